// The ReplicaSet controller: keeps the asked number of pods, adopts and releases, reports status.
import { DisposableStack, messageOf, type Disposable } from '../../base/index.ts';
import {
  formatTime, isStatus, matchesSelector, matchesLabels, resources, type Condition, type Pod, type PodTemplate, type ReplicaSet,
} from '../types/index.ts';
import type { ControllerContext } from './context.ts';
import { planDeletions } from './deletionRank.ts';
import { Expectations } from './expectations.ts';
import { keyOf, objectKey, sameJson, splitKey } from './keys.ts';
import { claimDependents, controllerOf, controllerReference, ownerKey } from './ownership.ts';
import { availableIn, isActive, isFinished, readyCondition } from './podState.ts';
import { WorkQueue } from './workQueue.ts';

/** Upstream's cap on pods created or deleted by one sync. */
const burst = 500;

function podFrom(rs: ReplicaSet, template: PodTemplate): Pod {
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      name: '', generateName: `${rs.metadata.name}-`, namespace: rs.metadata.namespace,
      labels: template.metadata?.labels, annotations: template.metadata?.annotations, finalizers: template.metadata?.finalizers,
      ownerReferences: [controllerReference(rs)],
    },
    spec: template.spec,
  };
}

/** Starts the controller. */
export function startReplicaSets(context: ControllerContext): Disposable {
  const { client, clock, logger } = context;
  const recorder = context.recorder('replicaset-controller');
  const owned = new DisposableStack();
  const sets = client.informer(resources.replicaSets);
  const pods = client.informer(resources.pods);
  const expectations = new Expectations();
  const queue = owned.add(new WorkQueue({ name: 'replicasets', logger, clock, sync }));

  async function createPods(rs: ReplicaSet, count: number): Promise<unknown> {
    const key = keyOf(rs);
    const failures: unknown[] = [];
    // In batches that double, so that a refusal (quota, namespace going away) is met once and not 500 times.
    for (let batch = 1, left = count; left > 0 && failures.length === 0; batch *= 2) {
      const size = Math.min(batch, left);
      left -= size;
      await Promise.all(Array.from({ length: size }, async () => {
        try {
          const pod = await client.create(resources.pods, podFrom(rs, rs.spec.template));
          if (!pods.get(objectKey(pod))) expectations.expectCreated(key, pod.metadata.uid!, clock.now());
          recorder.record(rs, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
        } catch (error) {
          failures.push(error);
          if (isStatus(error, 'Forbidden') && messageOf(error).includes('being terminated')) return;
          recorder.record(rs, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`);
        }
      }));
    }
    return failures[0];
  }

  async function deletePods(rs: ReplicaSet, doomed: readonly Pod[]): Promise<unknown> {
    const key = keyOf(rs);
    let failure: unknown;
    await Promise.all(doomed.map(async (pod) => {
      expectations.expectDeleted(key, pod.metadata.uid!, clock.now());
      try {
        await client.delete(resources.pods, objectKey(pod), { preconditions: { uid: pod.metadata.uid } });
        recorder.record(rs, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
      } catch (error) {
        expectations.seen(key, pod.metadata.uid!, true);
        if (isStatus(error, 'NotFound')) return;
        failure = error;
        recorder.record(rs, 'Warning', 'FailedDelete', `Error deleting: ${messageOf(error)}`);
      }
    }));
    return failure;
  }

  function statusOf(rs: ReplicaSet, active: readonly Pod[], failure: unknown, difference: number): NonNullable<ReplicaSet['status']> {
    const now = clock.now();
    const minReady = rs.spec.minReadySeconds ?? 0;
    const labels = rs.spec.template.metadata?.labels ?? {};
    const others = (rs.status?.conditions ?? []).filter(({ type }) => type !== 'ReplicaFailure');
    const failed = rs.status?.conditions?.find(({ type }) => type === 'ReplicaFailure');
    const conditions: Condition[] = failure === undefined ? others : [...others, failed ?? {
      type: 'ReplicaFailure', status: 'True', reason: difference < 0 ? 'FailedCreate' : 'FailedDelete',
      message: messageOf(failure), lastTransitionTime: formatTime(now),
    }];
    return {
      replicas: active.length,
      fullyLabeledReplicas: active.filter((pod) => matchesLabels(labels, pod.metadata.labels)).length,
      readyReplicas: active.filter((pod) => readyCondition(pod)).length,
      availableReplicas: active.filter((pod) => availableIn(pod, minReady, now) === 0).length,
      observedGeneration: rs.metadata.generation,
      ...(conditions.length > 0 ? { conditions } : {}),
    };
  }

  async function sync(key: string): Promise<void> {
    const rs = sets.get(splitKey(key));
    if (!rs) return expectations.forget(key);
    const settled = expectations.fulfilled(key, clock.now());
    const candidates = pods.list(rs.metadata.namespace).filter((pod) =>
      controllerOf(pod)?.uid === rs.metadata.uid || matchesSelector(rs.spec.selector, pod.metadata.labels));
    const claimed = await claimDependents(client, resources.pods, rs, rs.spec.selector, candidates, (pod) => !isFinished(pod));
    const active = claimed.filter(isActive);
    const difference = active.length - (rs.spec.replicas ?? 1);
    let failure: unknown;
    if (settled && rs.metadata.deletionTimestamp === undefined) {
      if (difference < 0) failure = await createPods(rs, Math.min(-difference, burst));
      if (difference > 0) failure = await deletePods(rs, planDeletions(active, Math.min(difference, burst), clock.now()));
    }
    const status = statusOf(rs, active, failure, difference);
    if (!sameJson(status, rs.status)) await client.updateSubresource(resources.replicaSets, 'status', { ...rs, status });
    const waits = active.map((pod) => availableIn(pod, rs.spec.minReadySeconds ?? 0, clock.now())).filter((ms) => ms);
    if (waits.length > 0) queue.addAfter(key, Math.min(...(waits as number[])));
    if (failure !== undefined) throw failure;
  }

  owned.add(sets.onEvent(({ object }) => queue.add(keyOf(object))));
  owned.add(pods.onEvent((event) => {
    const { object } = event;
    const key = ownerKey(object, 'ReplicaSet');
    if (event.type === 'modified') {
      const before = ownerKey(event.previous, 'ReplicaSet');
      if (before !== undefined && before !== key) queue.add(before);
    }
    if (key !== undefined) {
      expectations.seen(key, object.metadata.uid!, event.type === 'deleted' || object.metadata.deletionTimestamp !== undefined);
      return queue.add(key);
    }
    if (event.type === 'deleted' || controllerOf(object)) return;
    for (const rs of sets.list(object.metadata.namespace)) {
      if (matchesSelector(rs.spec.selector, object.metadata.labels)) queue.add(keyOf(rs));
    }
  }));
  for (const rs of sets.list()) queue.add(keyOf(rs));
  return owned;
}
