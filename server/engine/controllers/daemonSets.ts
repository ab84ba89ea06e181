// The DaemonSet controller: one pod on every node that fits, replaced by rolling update.
import { DisposableStack, type Disposable } from '../../base/index.ts';
import { acceptsNode, resources, tolerates, type ControllerRevision, type DaemonSet, type Node, type Pod } from '../types/index.ts';
import type { ControllerContext } from './context.ts';
import {
  generationLabel, hashLabel, planDaemons, planDaemonStatus, planDaemonUpdate, specFor, withDaemonTolerations, type DaemonWorld, type NodeFit,
} from './daemonSetPlan.ts';
import { Expectations } from './expectations.ts';
import { keyOf, sameJson, splitKey } from './keys.ts';
import { ownerKey } from './ownership.ts';
import { createPod, deletePod, inBatches, podFrom, type PodHands } from './podCreation.ts';
import { availableIn } from './podState.ts';
import { claimPods, watchPods } from './podWatch.ts';
import { ensureRevision, forgetRevisions, listRevisions } from './revisions.ts';
import { WorkQueue } from './workQueue.ts';

const firstRetryMs = 1_000;
const longestRetryMs = 15 * 60_000;

/** Whether pods of the set belong on the node: selectors and taints, not room. */
export function fitOf(set: DaemonSet, node: Node): NodeFit {
  const spec = withDaemonTolerations(set.spec.template.spec);
  if (spec.nodeName && spec.nodeName !== node.metadata.name) return { run: false, keep: false };
  if (!acceptsNode({ spec }, node)) return { run: false, keep: false };
  const refused = (effects: string[]) => (node.spec.taints ?? []).some((taint) => effects.includes(taint.effect) && !tolerates(spec.tolerations, taint));
  return { run: !refused(['NoSchedule', 'NoExecute']), keep: !refused(['NoExecute']) };
}

/** What of a node decides about daemons. */
const partOf = ({ metadata, spec }: Node): unknown => [metadata.labels, spec.taints];

/** Starts the controller. */
export function startDaemonSets(context: ControllerContext): Disposable {
  const { client, clock, logger } = context;
  const recorder = context.recorder('daemonset-controller');
  const owned = new DisposableStack();
  const sets = client.informer(resources.daemonSets);
  const nodes = client.informer(resources.nodes);
  const expectations = new Expectations();
  /** By set and node: how often a pod ended there, and since when, so that ended pods are replaced ever more slowly. */
  const endings = new Map<string, { count: number; at: number }>();
  const hands: PodHands = { client, clock, recorder, expectations };
  const queue = owned.add(new WorkQueue({ name: 'daemonsets', logger, clock, sync }));

  async function revise(set: DaemonSet): Promise<{ update: ControllerRevision; all: ControllerRevision[] } | undefined> {
    const all = await listRevisions(client, set);
    const update = await ensureRevision(client, set, all, { hashLabel, annotated: true });
    if (update !== 'collision') return { update, all: [...all.filter(({ metadata }) => metadata.name !== update.metadata.name), update] };
    const counts = { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 };
    const collisionCount = (set.status?.collisionCount ?? 0) + 1;
    await client.updateSubresource(resources.daemonSets, 'status', { ...set, status: { ...counts, ...set.status, collisionCount } });
    return undefined;
  }

  /** True when an ended pod may be removed now; otherwise the key comes again when it may. */
  function mayReplace(key: string, pod: Pod): boolean {
    const place = `${key}/${pod.spec.nodeName}`, now = clock.now();
    const known = endings.get(place);
    const waitMs = known ? Math.min(firstRetryMs * 2 ** known.count, longestRetryMs) : 0;
    if (known && now - known.at < waitMs) {
      queue.addAfter(key, known.at + waitMs - now);
      return false;
    }
    endings.set(place, { count: known && now - known.at < 2 * longestRetryMs ? known.count + 1 : 0, at: now });
    return true;
  }

  async function sync(key: string): Promise<void> {
    const set = sets.get(splitKey(key));
    if (!set) return forget(key);
    if (JSON.stringify(set.spec.selector) === '{}') {
      recorder.record(set, 'Warning', 'SelectingAll', 'This daemon set is selecting all pods. A non-empty selector is required.');
      return;
    }
    const settled = expectations.fulfilled(key, clock.now());
    const revised = await revise(set);
    if (!revised) return; // the status write brings the key back
    const hash = revised.update.metadata.labels![hashLabel]!;
    const pods = await claimPods(client, set, ({ metadata }) => metadata.deletionTimestamp === undefined);
    const world: DaemonWorld = { nodes: nodes.list(), fit: (node) => fitOf(set, node), hash, now: clock.now() };
    let failure: unknown;
    if (settled && set.metadata.deletionTimestamp === undefined) failure = await act(key, set, pods, world);
    const status = planDaemonStatus(set, pods, world);
    if (!sameJson(status, set.status)) await client.updateSubresource(resources.daemonSets, 'status', { ...set, status });
    const inUse = new Set(pods.map(({ metadata }) => metadata.labels?.[hashLabel]));
    await forgetRevisions(client, set, revised.all, (one) => one === revised.update || inUse.has(one.metadata.labels?.[hashLabel]));
    const waits = pods.map((pod) => availableIn(pod, set.spec.minReadySeconds ?? 0, clock.now())).filter((ms) => ms);
    if (waits.length > 0) queue.addAfter(key, Math.min(...(waits as number[])));
    if (failure !== undefined) throw failure;
  }

  async function act(key: string, set: DaemonSet, pods: readonly Pod[], world: DaemonWorld): Promise<unknown> {
    let step = planDaemons(set, pods, world);
    if (step.creates.length + step.deletes.length + step.ended.length === 0) step = planDaemonUpdate(set, pods, world);
    const generation = set.metadata.annotations?.['deprecated.daemonset.template.generation'];
    const labels = { [hashLabel]: world.hash, ...(generation === undefined ? {} : { [generationLabel]: generation }) };
    const ended = step.ended.filter((pod) => mayReplace(key, pod));
    for (const pod of ended) {
      const failed = pod.status?.phase === 'Failed';
      recorder.record(set, failed ? 'Warning' : 'Normal', failed ? 'FailedDaemonPod' : 'SucceededDaemonPod',
        `Found ${failed ? 'failed' : 'succeeded'} daemon pod ${pod.metadata.namespace}/${pod.metadata.name} on node ${pod.spec.nodeName}, will try to ${failed ? 'kill' : 'delete'} it`);
    }
    const failures = await Promise.all([...step.deletes, ...ended].map((pod) => deletePod(hands, set, pod)));
    const failure = await inBatches(step.creates.length, (at) => {
      const pod = podFrom(set, set.spec.template, { generateName: `${set.metadata.name}-`, labels });
      return createPod(hands, set, { ...pod, spec: specFor(set.spec.template, step.creates[at]!) });
    });
    return failure ?? failures.find((one) => one !== undefined);
  }

  function forget(key: string): void {
    expectations.forget(key);
    for (const place of endings.keys()) if (place.startsWith(`${key}/`)) endings.delete(place);
  }

  const all = () => { for (const set of sets.list()) queue.add(keyOf(set)); };
  owned.add(sets.onEvent(({ object }) => queue.add(keyOf(object))));
  owned.add(watchPods(client, { kind: 'DaemonSet', owners: (namespace) => sets.list(namespace), expectations, wake: (key) => queue.add(key) }));
  owned.add(nodes.onEvent((event) => {
    if (event.type !== 'modified' || !sameJson(partOf(event.previous), partOf(event.object))) all();
  }));
  owned.add(client.informer(resources.controllerRevisions).onEvent(({ type, object }) => {
    const key = type === 'added' ? undefined : ownerKey(object, 'DaemonSet');
    if (key !== undefined) queue.add(key);
  }));
  all();
  return owned;
}
