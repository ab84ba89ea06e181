// Removes pods whose node is gone (upstream: podgc, orphaned pods).
import { DisposableStack, type Disposable } from '../../base/index.ts';
import { isStatus, resources } from '../types/index.ts';
import type { ControllerContext } from './context.ts';
import { keyOf, objectKey, splitKey } from './keys.ts';
import { isFinished } from './podState.ts';
import { WorkQueue } from './workQueue.ts';

/** A node may be replaced within this time and keep its pods; upstream's quarantine. */
const quarantineMs = 40_000;

/** Starts the controller. */
export function startPodCollector(context: ControllerContext): Disposable {
  const { client, clock, logger } = context;
  const owned = new DisposableStack();
  const nodes = client.informer(resources.nodes);
  const pods = client.informer(resources.pods);
  const queue = owned.add(new WorkQueue({ name: 'podcollector', logger, clock, sync }));

  async function sync(key: string): Promise<void> {
    const pod = pods.get(splitKey(key));
    if (!pod?.spec.nodeName || nodes.get({ name: pod.spec.nodeName })) return;
    try {
      if (!isFinished(pod)) await client.patch(resources.pods, objectKey(pod), { status: { phase: 'Failed' } }, 'status');
      await client.delete(resources.pods, objectKey(pod), { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } });
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error;
    }
  }

  owned.add(nodes.onEvent(({ type, object }) => {
    if (type !== 'deleted') return;
    for (const pod of pods.list()) if (pod.spec.nodeName === object.metadata.name) queue.addAfter(keyOf(pod), quarantineMs);
  }));
  for (const pod of pods.list()) {
    if (pod.spec.nodeName && !nodes.get({ name: pod.spec.nodeName })) queue.addAfter(keyOf(pod), quarantineMs);
  }
  return owned;
}
