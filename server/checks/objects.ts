// Objects selected by kind, name, selector and claims.
import { tryKind } from '../labs/index.ts';
import type { Assertion } from '../labs/index.ts';
import type { CheckContext, KubeObject, KubeResource } from '../ports/index.ts';
import { firstMiss } from './assertions.ts';

/** A selection as specs write it. */
export interface ObjectPick { kind: string; apiVersion?: string; resource?: string; name?: string; selector?: string; where?: Assertion[]; clusterScoped?: boolean }

/** The resource behind a selection; `namespace` is left out for cluster-scoped kinds. */
export function resourceOf(pick: ObjectPick, namespace: string): KubeResource {
  const known = tryKind(pick.kind);
  const scoped = pick.clusterScoped || known?.namespaced === false;
  return { apiVersion: pick.apiVersion ?? known!.apiVersion, resource: pick.resource ?? known!.resource, ...(scoped ? {} : { namespace }) };
}

/** The selected objects, those being deleted included, ordered by name. */
export async function pickObjects(pick: ObjectPick, context: CheckContext, namespace: string): Promise<KubeObject[]> {
  const resource = resourceOf(pick, namespace);
  const objects = pick.name !== undefined
    ? [await context.cluster.kube.get(resource, pick.name)].filter((one) => one !== undefined)
    : (await context.cluster.kube.list(resource, pick.selector === undefined || pick.selector === '*' ? {} : { labelSelector: pick.selector })).items;
  return objects.filter((object) => !pick.where || firstMiss(object, pick.where) === undefined).sort((a, b) => a.metadata.name.localeCompare(b.metadata.name));
}
