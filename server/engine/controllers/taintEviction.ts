// Taint eviction: pods leave a node whose NoExecute taints they do not tolerate, or tolerate only for a time.
import { DisposableStack, type Disposable } from '../../base/index.ts';
import { coversTaint, formatTime, isStatus, resources, type Condition, type Node, type Pod, type Taint } from '../types/index.ts';
import type { ControllerContext } from './context.ts';
import { keyOf, objectKey, sameJson, splitKey } from './keys.ts';
import { WorkQueue } from './workQueue.ts';

/** Milliseconds that the pod may stay under the taints; undefined is for ever, 0 not at all. */
export function staysFor(pod: Pod, taints: readonly Taint[]): number | undefined {
  let shortest: number | undefined;
  for (const taint of taints) {
    const covering = (pod.spec.tolerations ?? []).filter((toleration) => coversTaint(toleration, taint));
    if (covering.length === 0) return 0;
    const limits = covering.flatMap(({ tolerationSeconds }) => (tolerationSeconds === undefined ? [] : [Math.max(0, tolerationSeconds) * 1000]));
    if (limits.length > 0) shortest = Math.min(shortest ?? Infinity, ...limits);
  }
  return shortest;
}

const repelling = (node: Node | undefined): Taint[] => (node?.spec.taints ?? []).filter(({ effect }) => effect === 'NoExecute');

/** Starts the controller. */
export function startTaintEviction(context: ControllerContext): Disposable {
  const { client, clock, logger } = context;
  const recorder = context.recorder('taint-eviction-controller');
  const owned = new DisposableStack();
  const nodes = client.informer(resources.nodes);
  const pods = client.informer(resources.pods);
  /** By key: since when the pod's time runs. */
  const counting = new Map<string, { uid: string; since: number }>();
  const queue = owned.add(new WorkQueue({ name: 'tainteviction', logger, clock, sync }));

  async function evict(pod: Pod): Promise<void> {
    const { namespace, name, uid } = pod.metadata;
    recorder.record(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${namespace}/${name}`);
    const disrupted: Condition = {
      type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager', message: 'Taint manager: deleting due to NoExecute taint', lastTransitionTime: formatTime(clock.now()),
    };
    const conditions = [...(pod.status?.conditions ?? []).filter(({ type }) => type !== 'DisruptionTarget'), disrupted];
    try {
      await client.patch(resources.pods, objectKey(pod), { metadata: { uid }, status: { conditions } }, 'status');
      await client.delete(resources.pods, objectKey(pod), { preconditions: { uid } });
    } catch (error) {
      if (!isStatus(error, 'NotFound') && !isStatus(error, 'Conflict')) throw error;
    }
  }

  function forget(key: string, pod: Pod | undefined): void {
    if (counting.delete(key) && pod && pod.metadata.deletionTimestamp === undefined) {
      recorder.record(pod, 'Normal', 'TaintManagerEviction', `Cancelling deletion of Pod ${key}`);
    }
  }

  async function sync(key: string): Promise<void> {
    const pod = pods.get(splitKey(key));
    if (!pod?.spec.nodeName || pod.metadata.deletionTimestamp !== undefined) return forget(key, pod);
    const taints = repelling(nodes.get({ name: pod.spec.nodeName }));
    const ms = taints.length === 0 ? undefined : staysFor(pod, taints);
    if (ms === undefined) return forget(key, pod);
    const known = counting.get(key);
    const since = known?.uid === pod.metadata.uid ? known!.since : clock.now();
    const left = since + ms - clock.now();
    if (left > 0) {
      counting.set(key, { uid: pod.metadata.uid!, since });
      return queue.addAfter(key, left);
    }
    counting.delete(key);
    await evict(pod);
  }

  const onNode = (name: string) => { for (const pod of pods.list()) if (pod.spec.nodeName === name) queue.add(keyOf(pod)); };
  owned.add(nodes.onEvent((event) => {
    const before = event.type === 'modified' ? repelling(event.previous) : [];
    if (!sameJson(before, repelling(event.object))) onNode(event.object.metadata.name);
  }));
  owned.add(pods.onEvent((event) => {
    const { object } = event;
    const relevant = event.type !== 'modified' || event.previous.spec !== object.spec || object.metadata.deletionTimestamp !== undefined;
    if (relevant && (counting.has(keyOf(object)) || repelling(nodes.get({ name: object.spec.nodeName ?? '' })).length > 0)) queue.add(keyOf(object));
  }));
  for (const { metadata, spec } of nodes.list()) if (spec.taints?.length) onNode(metadata.name);
  return owned;
}
