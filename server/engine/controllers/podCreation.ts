// Pods of a controller: made and removed with its events, and remembered until the informer has seen them.
import { messageOf, type Clock } from '../../base/index.ts';
import type { EventRecorder } from '../eventRecorder.ts';
import { isStatus, resources, type Client, type KubeObject, type ObjectMeta, type Pod, type PodTemplate } from '../types/index.ts';
import type { Expectations } from './expectations.ts';
import { keyOf, objectKey } from './keys.ts';
import { controllerReference } from './ownership.ts';

/** What making and removing pods needs. */
export interface PodHands { client: Client; clock: Clock; recorder: EventRecorder; expectations: Expectations }

/** The sentences of the events; `verbless` as of ReplicaSets, DaemonSets and Jobs. */
const plain = {
  created: (pod: Pod) => `Created pod: ${pod.metadata.name}`, deleted: (pod: Pod) => `Deleted pod: ${pod.metadata.name}`,
  notCreated: (_pod: Pod, why: string) => `Error creating: ${why}`, notDeleted: (_pod: Pod, why: string) => `Error deleting: ${why}`,
};
type Sentences = typeof plain;

/** A pod from a template, owned by `owner`; `metadata` adds a name or generateName, labels, annotations. */
export function podFrom(owner: KubeObject, template: PodTemplate, metadata: Partial<ObjectMeta>): Pod {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      name: '', namespace: owner.metadata.namespace, finalizers: metadata.finalizers ?? finalizers, ...metadata,
      labels: { ...labels, ...metadata.labels }, annotations: { ...annotations, ...metadata.annotations }, ownerReferences: [controllerReference(owner)],
    },
    spec: template.spec,
  };
}

/** Creates a pod; returns the failure, which is recorded as an event unless the namespace is going away. */
export async function createPod({ client, clock, recorder, expectations }: PodHands, owner: KubeObject, pod: Pod, say: Sentences = plain): Promise<unknown> {
  try {
    const made = await client.create(resources.pods, pod);
    if (!client.informer(resources.pods).get(objectKey(made))) expectations.expectCreated(keyOf(owner), made.metadata.uid!, clock.now());
    recorder.record(owner, 'Normal', 'SuccessfulCreate', say.created(made));
    return undefined;
  } catch (error) {
    if (!isStatus(error, 'Forbidden') || !messageOf(error).includes('being terminated')) recorder.record(owner, 'Warning', 'FailedCreate', say.notCreated(pod, messageOf(error)));
    return error;
  }
}

/** Deletes a pod; returns the failure, which is recorded as an event. A pod that is gone is no failure. */
export async function deletePod({ client, clock, recorder, expectations }: PodHands, owner: KubeObject, pod: Pod, say: Sentences = plain): Promise<unknown> {
  const key = keyOf(owner), { uid } = pod.metadata;
  if (pod.metadata.deletionTimestamp === undefined) expectations.expectDeleted(key, uid!, clock.now());
  try {
    await client.delete(resources.pods, objectKey(pod), { preconditions: { uid } });
    recorder.record(owner, 'Normal', 'SuccessfulDelete', say.deleted(pod));
    return undefined;
  } catch (error) {
    expectations.seen(key, uid!, true);
    if (isStatus(error, 'NotFound') || isStatus(error, 'Conflict')) return undefined;
    recorder.record(owner, 'Warning', 'FailedDelete', say.notDeleted(pod, messageOf(error)));
    return error;
  }
}

/** Runs `make` so often, in batches that double, so that a refusal is met once and not hundreds of times; returns the first failure. */
export async function inBatches(count: number, make: (at: number) => Promise<unknown>): Promise<unknown> {
  let failure: unknown;
  for (let batch = 1, at = 0; at < count && failure === undefined; batch *= 2) {
    const size = Math.min(batch, count - at);
    const results = await Promise.all(Array.from({ length: size }, (_, n) => make(at + n)));
    failure = results.find((result) => result !== undefined);
    at += size;
  }
  return failure;
}
