// A lab's namespace and objects in a student's cluster: applied when it opens, removed and reapplied when it starts over.
import { messageOf, systemClock } from '../base/index.ts';
import type { Clock } from '../base/index.ts';
import { fileBlocks, tryKind } from '../labs/index.ts';
import type { Lab, LabValues, Manifest } from '../labs/index.ts';
import type { ClusterHandle, KubeResource } from '../ports/index.ts';
import { CheckError } from './errors.ts';
import { whenObjects } from './follow.ts';
import { ensureLabFolder, removeLabFiles } from './workstation.ts';

/** `signal` ends the waiting; `clock` is for tests. */
export interface SetupOptions { signal: AbortSignal; clock?: Clock }

const namespaces: KubeResource = { apiVersion: 'v1', resource: 'namespaces' };

/** What a page of this cluster fills in. */
export function labValues(cluster: ClusterHandle): LabValues {
  return { provider: cluster.provider, networkPlugin: cluster.networkPlugin, machines: cluster.machines };
}

/**
 * Makes the lab's namespace and applies its setup; resolves when pods can be made there. Calling it again changes nothing that is right.
 * The workstation's kubectl then works in the lab's namespace. Throws CheckError `setup-failed`.
 */
export async function ensureSetup(lab: Lab, cluster: ClusterHandle, { signal, clock = systemClock }: SetupOptions): Promise<void> {
  await failing(lab, 'prepared', async () => {
    await whenObjects(cluster.kube, namespaces, clock, (all) => !all.some((one) => one.metadata.name === lab.namespace && one.metadata.deletionTimestamp !== undefined), signal);
    await cluster.kube.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: lab.namespace, labels: { 'patchbay.dev/lab': lab.id } } });
    const accounts = { apiVersion: 'v1', resource: 'serviceaccounts', namespace: lab.namespace };
    await Promise.all([
      ensureLabFolder(lab, cluster, signal),
      whenObjects(cluster.kube, accounts, clock, (all) => all.some((one) => one.metadata.name === 'default'), signal),
    ]);
    for (const object of inOrder(lab.setup)) {
      signal.throwIfAborted();
      await cluster.kube.apply(structuredClone(object), isNamespaced(object) ? { namespace: lab.namespace } : {});
    }
  });
}

/**
 * Removes the lab's namespace, everything in it, what its setup made elsewhere, and the files its page saved; then sets it up anew.
 * Resolves when it is as just opened. Throws CheckError `setup-failed`.
 */
export async function startOver(lab: Lab, cluster: ClusterHandle, options: SetupOptions): Promise<void> {
  const { signal, clock = systemClock } = options;
  await failing(lab, 'removed', async () => {
    const elsewhere = lab.setup.filter((object) => object.kind !== 'Namespace' && (!isNamespaced(object) || (object.metadata.namespace ?? lab.namespace) !== lab.namespace));
    for (const object of elsewhere.toReversed()) {
      const resource = manifestResource(object, lab.namespace);
      if (!resource) throw new CheckError('setup-failed', `It is not known how to delete a ${object.kind}.`);
      await cluster.kube.delete(resource, object.metadata.name);
      await whenObjects(cluster.kube, resource, clock, (all) => !all.some((one) => one.metadata.name === object.metadata.name), signal);
    }
    const own = [lab.namespace, ...lab.setup.filter((object) => object.kind === 'Namespace').map((object) => object.metadata.name)];
    await Promise.all(own.map((name) => removeNamespace(cluster, name)));
    await whenObjects(cluster.kube, namespaces, clock, (all) => !all.some((one) => own.includes(one.metadata.name)), signal);
    await removeLabFiles(cluster, fileBlocks(lab, labValues(cluster)).map((file) => file.path), signal);
  });
  await ensureSetup(lab, cluster, options);
}

/** Deletes a namespace and hurries its pods: one that ignores TERM would hold everything up for its whole grace period. */
async function removeNamespace(cluster: ClusterHandle, name: string): Promise<void> {
  await cluster.kube.delete(namespaces, name);
  const pods: KubeResource = { apiVersion: 'v1', resource: 'pods', namespace: name };
  const { items } = await cluster.kube.list(pods);
  await Promise.all(items.map((pod) => cluster.kube.delete(pods, pod.metadata.name, { gracePeriodSeconds: 1 })));
}

async function failing(lab: Lab, verb: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new CheckError('setup-failed', `Lab "${lab.title}" could not be ${verb}: ${messageOf(error)}`, { hint: 'Try again; if it stays, make a new cluster.', cause: error });
  }
}

function isNamespaced(object: Manifest): boolean {
  return tryKind(object.kind)?.namespaced ?? true;
}

function manifestResource(object: Manifest, namespace: string): KubeResource | undefined {
  const info = tryKind(object.kind);
  return info && { apiVersion: object.apiVersion, resource: info.resource, ...(info.namespaced ? { namespace: object.metadata.namespace ?? namespace } : {}) };
}

/** Namespaces and definitions first, everything else as written. */
function inOrder(objects: readonly Manifest[]): Manifest[] {
  const rank = (object: Manifest) => ['Namespace', 'CustomResourceDefinition'].includes(object.kind) ? 0 : 1;
  return objects.toSorted((a, b) => rank(a) - rank(b));
}
