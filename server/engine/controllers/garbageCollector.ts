// The garbage collector: follows owner references by uid and deletes, releases or holds dependents.
import { DisposableStack, type Disposable } from '../../base/index.ts';
import { isStatus, type KubeObject, type OwnerReference, type ResourceRef } from '../types/index.ts';
import type { ControllerContext } from './context.ts';
import { keyOf, objectKey } from './keys.ts';
import { collectedKinds } from './managedKinds.ts';
import { WorkQueue } from './workQueue.ts';

const foreground = 'foregroundDeletion';
const orphan = 'orphan';

interface Tracked { ref: ResourceRef; object: KubeObject }

/** Every live object by uid, and the dependents of each owner. */
class OwnerGraph {
  readonly objects = new Map<string, Tracked>();
  readonly #dependents = new Map<string, Set<string>>();

  put(tracked: Tracked): void {
    const uid = tracked.object.metadata.uid!;
    this.#unlink(uid);
    this.objects.set(uid, tracked);
    for (const owner of tracked.object.metadata.ownerReferences ?? []) {
      const known = this.#dependents.get(owner.uid);
      if (known) known.add(uid);
      else this.#dependents.set(owner.uid, new Set([uid]));
    }
  }

  remove(uid: string): void {
    this.#unlink(uid);
    this.objects.delete(uid);
  }

  dependents(uid: string): Tracked[] {
    return [...(this.#dependents.get(uid) ?? [])].map((dependent) => this.objects.get(dependent)!);
  }

  #unlink(uid: string): void {
    for (const owner of this.objects.get(uid)?.object.metadata.ownerReferences ?? []) {
      const known = this.#dependents.get(owner.uid);
      known?.delete(uid);
      if (known?.size === 0) this.#dependents.delete(owner.uid);
    }
  }
}

/** Starts the controller. Owners of kinds that the engine does not store are left alone. */
export function startGarbageCollector(context: ControllerContext): Disposable {
  const { client, clock, logger } = context;
  const owned = new DisposableStack();
  const graph = new OwnerGraph();
  const queue = owned.add(new WorkQueue({ name: 'garbage', logger, clock, sync }));

  function refOf(owner: OwnerReference): ResourceRef | undefined {
    return collectedKinds.find(({ group, version, kind }) =>
      kind === owner.kind && owner.apiVersion === (group === '' ? version : `${group}/${version}`));
  }

  async function ownerState(object: KubeObject, owner: OwnerReference): Promise<'solid' | 'dangling' | 'waiting'> {
    const ref = refOf(owner);
    if (!ref) return 'solid';
    const known = graph.objects.get(owner.uid)?.object;
    const namespace = ref.namespaced ? object.metadata.namespace : undefined;
    if (known && known.metadata.name === owner.name && (!ref.namespaced || known.metadata.namespace === namespace)) {
      return known.metadata.deletionTimestamp !== undefined && known.metadata.finalizers?.includes(foreground) ? 'waiting' : 'solid';
    }
    try {
      const live = await client.get(ref, { name: owner.name, namespace });
      return live.metadata.uid === owner.uid ? 'solid' : 'dangling';
    } catch (error) {
      if (isStatus(error, 'NotFound')) return 'dangling';
      throw error;
    }
  }

  async function remove(tracked: Tracked, blocking: boolean): Promise<void> {
    const { metadata } = tracked.object;
    const policy = metadata.finalizers?.includes(orphan) ? 'Orphan'
      : metadata.finalizers?.includes(foreground) || blocking ? 'Foreground' : 'Background';
    try {
      await client.delete(tracked.ref, objectKey(tracked.object), { propagationPolicy: policy, preconditions: { uid: metadata.uid } });
    } catch (error) {
      if (!isStatus(error, 'NotFound') && !isStatus(error, 'Conflict')) throw error;
    }
  }

  async function dropOwners(tracked: Tracked, gone: ReadonlySet<string>): Promise<void> {
    const { metadata } = tracked.object;
    const ownerReferences = (metadata.ownerReferences ?? []).filter(({ uid }) => !gone.has(uid));
    try {
      await client.patch(tracked.ref, objectKey(tracked.object), { metadata: { uid: metadata.uid, ownerReferences } });
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error;
    }
  }

  async function dropFinalizer(tracked: Tracked, finalizer: string): Promise<void> {
    const { metadata } = tracked.object;
    const finalizers = (metadata.finalizers ?? []).filter((name) => name !== finalizer);
    try {
      await client.patch(tracked.ref, objectKey(tracked.object), { metadata: { resourceVersion: metadata.resourceVersion, finalizers } });
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error;
    }
  }

  /** An owner that is being deleted with dependents to release (orphan) or to outlive (foreground). */
  async function syncOwner(tracked: Tracked): Promise<void> {
    const { uid, finalizers } = tracked.object.metadata;
    const dependents = graph.dependents(uid!);
    if (finalizers?.includes(orphan)) {
      await Promise.all(dependents.map((dependent) => dropOwners(dependent, new Set([uid!]))));
      return dropFinalizer(tracked, orphan);
    }
    if (!finalizers?.includes(foreground)) return;
    for (const dependent of dependents) queue.add(dependent.object.metadata.uid!);
    const blocking = dependents.some(({ object }) =>
      object.metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.blockOwnerDeletion));
    if (!blocking) await dropFinalizer(tracked, foreground);
  }

  async function sync(uid: string): Promise<void> {
    const tracked = graph.objects.get(uid);
    if (!tracked) return;
    const { metadata } = tracked.object;
    if (metadata.deletionTimestamp !== undefined) return syncOwner(tracked);
    const owners = metadata.ownerReferences ?? [];
    if (owners.length === 0) return;
    const states = await Promise.all(owners.map((owner) => ownerState(tracked.object, owner)));
    if (states.includes('solid')) {
      const gone = new Set(owners.filter((_, i) => states[i] !== 'solid').map((owner) => owner.uid));
      if (gone.size > 0) await dropOwners(tracked, gone);
      return;
    }
    const waiting = states.includes('waiting') && graph.dependents(uid).length > 0;
    await remove(tracked, waiting);
  }

  function changed(ref: ResourceRef, object: KubeObject, previous?: KubeObject): void {
    graph.put({ ref, object });
    const { uid, ownerReferences, deletionTimestamp, finalizers } = object.metadata;
    if (ownerReferences?.some((owner) => !graph.objects.has(owner.uid))) queue.add(uid!);
    if (deletionTimestamp !== undefined && (finalizers?.includes(foreground) || finalizers?.includes(orphan))) queue.add(uid!);
    // An owner waiting in the foreground is freed when a dependent stops blocking it.
    for (const owner of previous?.metadata.ownerReferences ?? []) {
      if (!ownerReferences?.some((kept) => kept.uid === owner.uid)) queue.add(owner.uid);
    }
  }

  const informers = collectedKinds.map((ref) => ({ ref, informer: client.informer(ref) }));
  for (const { ref, informer } of informers) for (const object of informer.list()) graph.put({ ref, object });
  for (const { ref, informer } of informers) {
    for (const object of informer.list()) changed(ref, object);
    owned.add(informer.onEvent((event) => {
      if (event.type !== 'deleted') return changed(ref, event.object, event.type === 'modified' ? event.previous : undefined);
      const { uid, ownerReferences } = event.object.metadata;
      const dependents = graph.dependents(uid!);
      graph.remove(uid!);
      for (const dependent of dependents) queue.add(dependent.object.metadata.uid!);
      for (const owner of ownerReferences ?? []) if (graph.objects.has(owner.uid)) queue.add(owner.uid);
      logger.debug({ kind: ref.kind, key: keyOf(event.object), dependents: dependents.length }, 'an object is gone');
    }));
  }
  return owned;
}
