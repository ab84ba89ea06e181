// The namespace controller: empties a namespace that is being deleted, then lets it go.
import { DisposableStack, type Disposable } from '../../base/index.ts';
import { isStatus, resources, type Namespace, type ResourceRef } from '../types/index.ts';
import type { ControllerContext } from './context.ts';
import { withCondition } from './deploymentStatus.ts';
import { objectKey, sameJson } from './keys.ts';
import { namespacedKinds } from './managedKinds.ts';
import { WorkQueue } from './workQueue.ts';

/** How soon what waits for finalizers is looked at again; pods are awaited by their deletion event. */
const remainingRetryMs = 1_000;

interface Remaining { ref: ResourceRef; count: number; finalizers: Map<string, number> }

function groupResource({ group, resource }: ResourceRef): string {
  return group === '' ? `${resource}.` : `${resource}.${group}`;
}

/** Starts the controller. */
export function startNamespaces(context: ControllerContext): Disposable {
  const { client, clock, logger } = context;
  const owned = new DisposableStack();
  const namespaces = client.informer(resources.namespaces);
  const pods = client.informer(resources.pods);
  const queue = owned.add(new WorkQueue({ name: 'namespaces', logger, clock, sync }));

  async function emptyKind(namespace: string, ref: ResourceRef): Promise<Remaining> {
    const { items } = await client.list(ref, { namespace });
    await Promise.all(items.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(async (object) => {
      try {
        await client.delete(ref, objectKey(object), { propagationPolicy: 'Background' });
      } catch (error) {
        if (!isStatus(error, 'NotFound')) throw error;
      }
    }));
    const left = items.length === 0 ? [] : (await client.list(ref, { namespace })).items;
    const finalizers = new Map<string, number>();
    for (const name of left.flatMap(({ metadata }) => metadata.finalizers ?? [])) finalizers.set(name, (finalizers.get(name) ?? 0) + 1);
    return { ref, count: left.length, finalizers };
  }

  async function report(namespace: Namespace, remaining: readonly Remaining[]): Promise<void> {
    const left = remaining.filter(({ count }) => count > 0);
    const content = left.map(({ ref, count }) => `${groupResource(ref)} has ${count} resource instances`);
    const waits = left.flatMap(({ finalizers }) => [...finalizers].map(([name, count]) => `${name} in ${count} resource instances`));
    let conditions = namespace.status?.conditions;
    const set = (type: string, status: 'True' | 'False', reason: string, message: string) => {
      conditions = withCondition(conditions, { type, status, reason, message }, clock.now())
        .map(({ lastUpdateTime: _unused, ...condition }) => condition);
    };
    set('NamespaceDeletionDiscoveryFailure', 'False', 'ResourcesDiscovered', 'All resources successfully discovered');
    set('NamespaceDeletionContentFailure', 'False', 'ContentDeleted', 'All content successfully deleted, may be waiting on finalization');
    if (content.length > 0) set('NamespaceContentRemaining', 'True', 'SomeResourcesRemain', `Some resources are remaining: ${content.join(', ')}`);
    else set('NamespaceContentRemaining', 'False', 'ContentRemoved', 'All content successfully removed');
    if (waits.length > 0) set('NamespaceFinalizersRemaining', 'True', 'SomeFinalizersRemain', `Some content in the namespace has finalizers remaining: ${waits.join(', ')}`);
    else set('NamespaceFinalizersRemaining', 'False', 'ContentHasNoFinalizers', 'All content-preserving finalizers finished');
    const status: Namespace['status'] = { ...namespace.status, phase: 'Terminating', conditions };
    if (!sameJson(status, namespace.status)) await client.updateSubresource(resources.namespaces, 'status', { ...namespace, status });
  }

  async function sync(name: string): Promise<void> {
    const namespace = namespaces.get({ name });
    if (!namespace || namespace.metadata.deletionTimestamp === undefined) return;
    if (!namespace.spec?.finalizers?.includes('kubernetes')) return;
    const remaining = await Promise.all(namespacedKinds.map((ref) => emptyKind(name, ref)));
    if (remaining.some(({ count }) => count > 0)) {
      await report(namespace, remaining);
      return queue.addAfter(name, remainingRetryMs);
    }
    const finalizers = namespace.spec.finalizers.filter((finalizer) => finalizer !== 'kubernetes');
    try {
      await client.updateSubresource(resources.namespaces, 'finalize', { ...namespace, spec: { ...namespace.spec, finalizers } });
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error;
    }
  }

  owned.add(namespaces.onEvent(({ type, object }) => {
    if (type !== 'deleted' && object.metadata.deletionTimestamp !== undefined) queue.add(object.metadata.name);
  }));
  owned.add(pods.onEvent(({ type, object }) => {
    const name = object.metadata.namespace!;
    if (type === 'deleted' && namespaces.get({ name })?.metadata.deletionTimestamp !== undefined) queue.add(name);
  }));
  for (const { metadata } of namespaces.list()) queue.add(metadata.name);
  return owned;
}
