// The disruption controller: says how many pods of each PodDisruptionBudget may go at present.
import { DisposableStack, type Disposable } from '../../base/index.ts';
import { formatTime, isStatus, matchesSelector, resources, type Condition, type KubeObject, type Pod, type PodDisruptionBudget } from '../types/index.ts';
import type { ControllerContext } from './context.ts';
import { keyOf, sameJson, splitKey } from './keys.ts';
import { controllerOf } from './ownership.ts';
import { isActive, readyCondition } from './podState.ts';
import { share } from './rollout.ts';
import { WorkQueue } from './workQueue.ts';

/** A pod that was let go and is still here after this time was not deleted after all. */
const disruptionTimeoutMs = 2 * 60_000;

type Status = NonNullable<PodDisruptionBudget['status']>;

/** The counts of a budget. `expected` is what the pods' controllers ask for; undefined when a pod has none that has a scale. */
export function planBudget(budget: PodDisruptionBudget, pods: readonly Pod[], expected: number | undefined, now: number): Status {
  const { minAvailable, maxUnavailable } = budget.spec ?? {};
  const disruptedPods = Object.fromEntries(Object.entries(budget.status?.disruptedPods ?? {}).filter(([name, at]) =>
    pods.some(({ metadata }) => metadata.name === name && metadata.deletionTimestamp === undefined) && Date.parse(at) + disruptionTimeoutMs > now));
  const currentHealthy = pods.filter((pod) => isActive(pod) && readyCondition(pod) && disruptedPods[pod.metadata.name] === undefined).length;
  const byCount = typeof minAvailable === 'number';
  const expectedPods = byCount ? pods.length : expected ?? 0;
  let desiredHealthy = 0;
  if (byCount) desiredHealthy = minAvailable;
  else if (minAvailable !== undefined) desiredHealthy = share(minAvailable, expectedPods, Math.ceil);
  else if (maxUnavailable !== undefined) desiredHealthy = Math.max(0, expectedPods - share(maxUnavailable, expectedPods, Math.ceil));
  const disruptionsAllowed = expectedPods <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
  const type = 'DisruptionAllowed', status = disruptionsAllowed > 0 ? 'True' : 'False';
  const known = budget.status?.conditions?.find((one) => one.type === type);
  const condition: Condition = {
    type, status, reason: disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods', message: '',
    observedGeneration: budget.metadata.generation, lastTransitionTime: known?.status === status ? known.lastTransitionTime : formatTime(now),
  };
  return {
    observedGeneration: budget.metadata.generation, disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods, conditions: [condition],
    ...(Object.keys(disruptedPods).length > 0 ? { disruptedPods } : {}),
  };
}

/** Starts the controller. */
export function startDisruptionBudgets(context: ControllerContext): Disposable {
  const { client, clock, logger } = context;
  const recorder = context.recorder('controllermanager');
  const owned = new DisposableStack();
  const budgets = client.informer(resources.podDisruptionBudgets);
  const pods = client.informer(resources.pods);
  const queue = owned.add(new WorkQueue({ name: 'disruptions', logger, clock, sync }));

  /** The controller whose scale counts for a pod: the Deployment above a ReplicaSet, a ReplicaSet or a StatefulSet. */
  function scaledOwner(pod: Pod): { uid: string; replicas: number } | undefined {
    const { namespace } = pod.metadata;
    const owner = controllerOf(pod);
    const found = (object: (KubeObject & { spec: { replicas?: number } }) | undefined, uid: string | undefined) =>
      (object && object.metadata.uid === uid ? { uid: uid!, replicas: object.spec.replicas ?? 1 } : undefined);
    if (owner?.kind === 'StatefulSet') return found(client.informer(resources.statefulSets).get({ namespace, name: owner.name }), owner.uid);
    if (owner?.kind !== 'ReplicaSet') return undefined;
    const set = client.informer(resources.replicaSets).get({ namespace, name: owner.name });
    const above = set && controllerOf(set);
    if (above?.kind !== 'Deployment') return found(set, owner.uid);
    return found(client.informer(resources.deployments).get({ namespace, name: above.name }), above.uid);
  }

  /** What the pods' controllers ask for together; the first pod without one that scales is an error, as upstream. */
  function expectedCount(own: readonly Pod[]): number | { problem: string } {
    const owners = new Map<string, number>();
    for (const pod of own) {
      const owner = scaledOwner(pod);
      if (!owner) {
        const kind = controllerOf(pod);
        return { problem: kind ? `${kind.apiVersion.split('/')[0]}/${kind.kind} does not implement the scale subresource` : `found no controllers for pod ${JSON.stringify(pod.metadata.name)}` };
      }
      owners.set(owner.uid, owner.replicas);
    }
    return [...owners.values()].reduce((sum, count) => sum + count, 0);
  }

  async function sync(key: string): Promise<void> {
    const budget = budgets.get(splitKey(key));
    if (!budget) return;
    const selector = budget.spec?.selector;
    const own = selector ? pods.list(budget.metadata.namespace).filter(({ metadata }) => matchesSelector(selector, metadata.labels)) : [];
    if (own.length === 0) recorder.record(budget, 'Normal', 'NoPods', 'No matching pods found');
    const expected = typeof budget.spec?.minAvailable === 'number' ? undefined : expectedCount(own);
    let status: Status;
    if (typeof expected === 'object') {
      recorder.record(budget, 'Warning', 'CalculateExpectedPodCountFailed', `Failed to calculate the number of expected pods: ${expected.problem}`);
      const { disruptedPods: _d, ...before } = planBudget(budget, own, 0, clock.now());
      const [condition] = before.conditions!;
      status = { ...before, disruptionsAllowed: 0, conditions: [{ ...condition!, status: 'False', reason: 'SyncFailed', message: expected.problem }] };
    } else status = planBudget(budget, own, expected, clock.now());
    if (Object.keys(status.disruptedPods ?? {}).length > 0) queue.addAfter(key, disruptionTimeoutMs);
    if (sameJson(status, budget.status)) return;
    try {
      await client.updateSubresource(resources.podDisruptionBudgets, 'status', { ...budget, status });
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error;
    }
  }

  function wake(namespace: string | undefined, labels: Record<string, string> | undefined): void {
    for (const budget of budgets.list(namespace)) if (budget.spec?.selector && matchesSelector(budget.spec.selector, labels)) queue.add(keyOf(budget));
  }
  owned.add(budgets.onEvent(({ object }) => queue.add(keyOf(object))));
  owned.add(pods.onEvent((event) => {
    wake(event.object.metadata.namespace, event.object.metadata.labels);
    if (event.type === 'modified' && !sameJson(event.previous.metadata.labels, event.object.metadata.labels)) wake(event.object.metadata.namespace, event.previous.metadata.labels);
  }));
  for (const ref of [resources.deployments, resources.replicaSets, resources.statefulSets]) {
    owned.add(client.informer<KubeObject & { spec: { replicas?: number } }>(ref).onEvent((event) => {
      if (event.type === 'modified' && event.previous.spec.replicas !== event.object.spec.replicas) for (const budget of budgets.list(event.object.metadata.namespace)) queue.add(keyOf(budget));
    }));
  }
  for (const budget of budgets.list()) queue.add(keyOf(budget));
  return owned;
}
