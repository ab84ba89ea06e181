// Object metadata on writes: names made up, server-set fields kept, and everything checked.
import { randomInt, randomUUID } from 'node:crypto';
import type { KubeObject, ObjectMeta } from '../types/index.ts';
import type { Context } from './context.ts';
import { timeNow } from './context.ts';
import { forbiddenField, invalidValue, required } from './fieldErrors.ts';
import type { FieldError } from './fieldErrors.ts';
import type { Kind } from './kinds/rules.ts';
import { checkAnnotations, checkLabels, checkName, qualifiedName } from './names.ts';

/** As upstream: no vowels and no look-alikes. */
const nameAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** A name from a generateName prefix: at most 63 characters, the last 5 random. */
export function generateName(prefix: string): string {
  let suffix = '';
  for (let n = 0; n < 5; n++) suffix += nameAlphabet[randomInt(nameAlphabet.length)];
  return prefix.slice(0, 58) + suffix;
}

/** Gives a new object its uid, time and generation; whatever the client put there is replaced. */
export function stampNew(object: KubeObject, kind: Kind, context: Context): void {
  const metadata = object.metadata as ObjectMeta & { selfLink?: string };
  metadata.uid = randomUUID();
  metadata.creationTimestamp = timeNow(context);
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
  if (kind.rules.hasGeneration) metadata.generation = 1;
  else delete metadata.generation;
}

/** Takes from `live` what an update may not change. */
export function keepServerFields(next: KubeObject, live: KubeObject): void {
  const from = live.metadata, to = next.metadata;
  to.uid = from.uid!;
  to.creationTimestamp = from.creationTimestamp!;
  for (const field of ['deletionTimestamp', 'deletionGracePeriodSeconds', 'generation', 'generateName'] as const) {
    if (from[field] === undefined) delete to[field];
    else (to as unknown as Record<string, unknown>)[field] = from[field];
  }
}

/** Problems of metadata in general. */
export function validateMetadata(object: KubeObject, kind: Kind): FieldError[] {
  const { name, generateName: prefix, labels, annotations, finalizers = [], ownerReferences = [] } = object.metadata;
  const problems: FieldError[] = [];
  if (!name) problems.push(required('metadata.name', prefix === undefined ? 'name or generateName is required' : ''));
  else problems.push(...checkName('metadata.name', name, kind.rules.nameRule));
  problems.push(...checkLabels('metadata.labels', labels), ...checkAnnotations('metadata.annotations', annotations));
  finalizers.forEach((finalizer, at) => {
    problems.push(...qualifiedName(finalizer).map((text) => invalidValue('metadata.finalizers', finalizer, text)));
    const known = ['foregroundDeletion', 'orphan', 'kubernetes'];
    if (!finalizer.includes('/') && !known.includes(finalizer)) problems.push(invalidValue(`metadata.finalizers[${at}]`, finalizer, 'name is neither a standard finalizer name nor is it fully qualified'));
  });
  ownerReferences.forEach((owner, at) => {
    for (const field of ['apiVersion', 'kind', 'name', 'uid'] as const) {
      if (!owner[field]) problems.push(invalidValue(`metadata.ownerReferences[${at}].${field}`, owner[field] ?? '', `${field === 'apiVersion' ? 'version' : field} must not be empty`));
    }
  });
  if (ownerReferences.filter((owner) => owner.controller).length > 1) {
    problems.push(invalidValue('metadata.ownerReferences', ownerReferences, 'Only one reference can have Controller set to true'));
  }
  return problems;
}

/** Problems of changing metadata from `live` to `next`. */
export function validateMetadataUpdate(next: KubeObject, live: KubeObject): FieldError[] {
  if (live.metadata.deletionTimestamp === undefined) return [];
  const before = live.metadata.finalizers ?? [];
  const added = (next.metadata.finalizers ?? []).filter((finalizer) => !before.includes(finalizer));
  if (added.length === 0) return [];
  return [forbiddenField('metadata.finalizers', `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((name) => JSON.stringify(name)).join(', ')}}`)];
}
