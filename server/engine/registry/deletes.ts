// Deletion: preconditions, grace, finalizers; and the deletion of collections.
import { deepFreeze } from '../storage/freeze.ts';
import type { StoredEntry } from '../storage/storage.ts';
import type { DeleteOptions, KubeObject, Namespace } from '../types/index.ts';
import { kindOf, requireEntry, timeNow } from './context.ts';
import type { Context } from './context.ts';
import { conflict, forbidden, invalid } from './errors.ts';
import { notSupported } from './fieldErrors.ts';
import { copyJson, sameJson } from './json.ts';
import type { Kind } from './kinds/rules.ts';
import type { Deleted, Target } from './registry.ts';
import { isDoneWaiting } from './writes.ts';

type Entry = StoredEntry & { value: KubeObject };

/** Namespaces that a cluster cannot do without. */
const permanent = ['default', 'kube-system', 'kube-public'];

/** Deletes one object or marks it; throws NotFound, Conflict, Forbidden. */
export function deleteObject(context: Context, target: Target, options: DeleteOptions & { dryRun?: boolean } = {}): Deleted {
  const kind = kindOf(context, target);
  const entry = requireEntry(context, kind, target);
  checkOptions(kind, entry.value, options);
  const next = marked(context, kind, entry.value, options);
  if (isDoneWaiting(kind, next)) return { outcome: 'deleted', object: remove(context, entry, next, options.dryRun === true) };
  if (sameJson(next, entry.value)) return { outcome: 'pending', object: entry.value };
  if (options.dryRun) return { outcome: 'pending', object: deepFreeze(next) };
  next.metadata.resourceVersion = String(context.storage.currentRevision() + 1);
  context.storage.update(entry.key, next, entry.revision);
  return { outcome: 'pending', object: next };
}

function remove(context: Context, entry: Entry, next: KubeObject, dryRun: boolean): KubeObject {
  if (dryRun) return entry.value;
  next.metadata.resourceVersion = String(context.storage.currentRevision() + 1);
  context.storage.delete(entry.key, entry.revision);
  return deepFreeze(next);
}

function checkOptions(kind: Kind, live: KubeObject, options: DeleteOptions): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const { name } = live.metadata;
  if (uid !== undefined && uid !== live.metadata.uid) {
    throw conflict(kind, name, `the UID in the precondition (${uid}) does not match the UID in record (${live.metadata.uid}). The object might have been deleted and then recreated`);
  }
  if (resourceVersion !== undefined && resourceVersion !== live.metadata.resourceVersion) {
    throw conflict(kind, name, `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${live.metadata.resourceVersion}). The object might have been modified`);
  }
  const policies = ['Background', 'Foreground', 'Orphan'];
  if (options.propagationPolicy !== undefined && !policies.includes(options.propagationPolicy)) {
    throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', [notSupported('propagationPolicy', options.propagationPolicy, policies)]);
  }
  if (kind.resource === 'namespaces' && permanent.includes(name)) throw forbidden(kind, name, 'this namespace may not be deleted');
}

/** The object as its deletion leaves it for now. */
function marked(context: Context, kind: Kind, live: KubeObject, options: DeleteOptions): KubeObject {
  const next = copyJson(live);
  const metadata = next.metadata;
  const finalizers = finalizersFor(live, options);
  if (finalizers.length > 0) metadata.finalizers = finalizers;
  else delete metadata.finalizers;
  const grace = kind.rules.graceSeconds?.(live, options) ?? 0;
  const before = live.metadata.deletionGracePeriodSeconds ?? 0;
  if (live.metadata.deletionTimestamp === undefined) {
    metadata.deletionTimestamp = timeNow(context, grace);
    metadata.deletionGracePeriodSeconds = grace;
    if (metadata.generation) metadata.generation++;
  } else if (grace < before && (options.gracePeriodSeconds !== undefined || grace === 0)) {
    // A later deletion can only shorten what an earlier one granted.
    const shortened = Date.parse(live.metadata.deletionTimestamp) - (before - grace) * 1000;
    metadata.deletionTimestamp = new Date(Math.max(shortened, context.clock.now())).toISOString().replace(/\.\d+Z$/, 'Z');
    metadata.deletionGracePeriodSeconds = grace;
  }
  if (kind.resource === 'namespaces') (next as Namespace).status = { ...(next as Namespace).status, phase: 'Terminating' };
  return next;
}

/** Propagation is kept as finalizers for the garbage collector; a choice replaces an earlier one. */
function finalizersFor(live: KubeObject, { propagationPolicy }: DeleteOptions): string[] {
  const before = live.metadata.finalizers ?? [];
  if (propagationPolicy === undefined) return before;
  const others = before.filter((name) => name !== 'orphan' && name !== 'foregroundDeletion');
  if (propagationPolicy === 'Background') return others;
  return [...others, propagationPolicy === 'Orphan' ? 'orphan' : 'foregroundDeletion'];
}
