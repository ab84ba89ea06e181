// Owner references: who controls an object, and adopting or releasing what a selector matches.
import {
  isStatus, matchesSelector, type Client, type KubeObject, type LabelSelector, type OwnerReference, type ResourceRef,
} from '../types/index.ts';
import { objectKey } from './keys.ts';

/** The reference to the managing controller, if any. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller);
}

/** A controlling, blocking reference to `owner`. */
export function controllerReference(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion, kind: owner.kind, name: owner.metadata.name, uid: owner.metadata.uid!,
    controller: true, blockOwnerDeletion: true,
  };
}

/** An object's reference to `owner`'s kind that controls it, resolved by the caller to a key when the uid fits. */
export function ownerKey(object: KubeObject, kind: string): string | undefined {
  const owner = controllerOf(object);
  return owner?.kind === kind ? `${object.metadata.namespace}/${owner.name}` : undefined;
}

async function adopt<T extends KubeObject>(client: Client, ref: ResourceRef<T>, owner: KubeObject, object: T): Promise<T | undefined> {
  const ownerReferences = [...(object.metadata.ownerReferences ?? []), controllerReference(owner)];
  const patch = { metadata: { uid: object.metadata.uid, resourceVersion: object.metadata.resourceVersion, ownerReferences } };
  try {
    return await client.patch(ref, objectKey(object), patch);
  } catch (error) {
    if (isStatus(error, 'NotFound')) return undefined;
    throw error;
  }
}

async function release<T extends KubeObject>(client: Client, ref: ResourceRef<T>, owner: KubeObject, object: T): Promise<void> {
  const ownerReferences = (object.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid);
  try {
    await client.patch(ref, objectKey(object), { metadata: { uid: object.metadata.uid, ownerReferences } });
  } catch (error) {
    if (!isStatus(error, 'NotFound') && !isStatus(error, 'Invalid')) throw error;
  }
}

/**
 * The candidates that `owner` controls, after adopting matching orphans and releasing what no longer matches.
 * `mayAdopt` excludes orphans that are not worth adopting (finished pods).
 */
export async function claimDependents<T extends KubeObject>(
  client: Client, ref: ResourceRef<T>, owner: KubeObject, selector: LabelSelector, candidates: readonly T[],
  mayAdopt: (object: T) => boolean = () => true,
): Promise<T[]> {
  const claimed: T[] = [];
  const ownerDeleted = owner.metadata.deletionTimestamp !== undefined;
  for (const object of candidates) {
    const controller = controllerOf(object);
    const matches = matchesSelector(selector, object.metadata.labels);
    if (controller) {
      if (controller.uid !== owner.metadata.uid) continue;
      if (matches || ownerDeleted) claimed.push(object);
      else await release(client, ref, owner, object);
    } else if (matches && !ownerDeleted && !object.metadata.deletionTimestamp && mayAdopt(object)) {
      const adopted = await adopt(client, ref, owner, object);
      if (adopted) claimed.push(adopted);
    }
  }
  return claimed;
}
