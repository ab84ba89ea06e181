// Create and update: the common course of every write, from decoded object to stored one.
import { deepFreeze } from '../storage/freeze.ts';
import type { StoredEntry } from '../storage/storage.ts';
import type { KubeObject, Namespace, Pod } from '../types/index.ts';
import { refuseEscalation } from './access.ts';
import { apiVersionOf, schemaOf, settleNamespace } from './bodies.ts';
import { keyOf, timeNow } from './context.ts';
import type { Context } from './context.ts';
import { alreadyExists, badRequest, conflict, forbidden, invalid, modifiedMeanwhile, notFound } from './errors.ts';
import { invalidValue } from './fieldErrors.ts';
import type { FieldError } from './fieldErrors.ts';
import { sameJson, shareUnchanged } from './json.ts';
import type { Json } from './json.ts';
import { namespaces } from './kinds/cluster.ts';
import type { Kind } from './kinds/rules.ts';
import { trackUpdate } from './managedFields/managers.ts';
import { generateName, keepServerFields, stampNew, validateMetadata, validateMetadataUpdate } from './metadata.ts';
import type { WriteOptions } from './registry.ts';
import { admitServiceAccount } from './serviceAccounts.ts';

/** `managedFields` overrides the bookkeeping (apply does its own); `subresource` is recorded as the way of the write. */
export interface CommitOptions extends WriteOptions { managedFields?: unknown[]; subresource?: string }

type Entry = StoredEntry & { value: KubeObject };

const defaultManager = 'unknown';

/** Stores a new object, which the caller gives away; throws NotFound or Forbidden for its namespace, AlreadyExists, Invalid. */
export function createObject(context: Context, kind: Kind, namespace: string | undefined, object: KubeObject, options: CommitOptions): KubeObject {
  const { rules } = kind;
  const metadata = object.metadata;
  settleNamespace(object, kind.namespaced, namespace);
  if (metadata.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
  const key = nameNew(context, kind, object);
  if (kind.namespaced) ensureLiveNamespace(context, kind, object);
  if (rules.hasStatus && !rules.statusOnCreate) delete (object as { status?: unknown }).status;
  rules.defaults?.(object);
  // Before prepareCreate and allocation: what the server itself decides is nobody's field.
  const managedFields = ownersAfter(context, kind, undefined, object, options);
  stampNew(object, kind, context);
  rules.prepareCreate?.(object, { clock: context.clock, dryRun: options.dryRun === true });
  if (context.admitServiceAccounts && kind.resource === 'pods') admitServiceAccount(context, kind, object as Pod);
  refuse(kind, metadata.name, [...validateMetadata(object, kind), ...rules.validate?.(object) ?? []]);
  if (context.storage.get(key)) throw alreadyExists(kind, metadata.name);
  refuseEscalation(context.storage, kind, object, options.user);
  refuse(kind, metadata.name, rules.allocate?.(object, undefined) ?? []);
  setOwners(object, managedFields);
  if (options.dryRun) return deepFreeze(object);
  metadata.resourceVersion = String(context.storage.currentRevision() + 1);
  context.storage.create(key, object);
  return object;
}

/**
 * Replaces the object of `live` by `next`, which the caller gives away. A write that changes nothing is none; one that
 * takes the last finalizer of a deleted object removes it. Throws Conflict or Invalid.
 */
export function updateObject(context: Context, kind: Kind, live: Entry, next: KubeObject, options: CommitOptions): KubeObject {
  const { rules } = kind;
  checkPreconditions(kind, live.value, next);
  next.metadata.name = live.value.metadata.name;
  keepServerFields(next, live.value);
  if (rules.hasStatus) keepStatus(next, live.value);
  rules.defaults?.(next);
  const managedFields = ownersAfter(context, kind, live.value, next, options);
  rules.prepareUpdate?.(next, live.value);
  refuse(kind, next.metadata.name, [
    ...validateMetadata(next, kind), ...rules.validate?.(next) ?? [],
    ...validateMetadataUpdate(next, live.value), ...rules.validateUpdate?.(next, live.value) ?? [],
  ]);
  refuseEscalation(context.storage, kind, next, options.user);
  refuse(kind, next.metadata.name, rules.allocate?.(next, live.value) ?? []);
  if (rules.hasGeneration && !sameJson(bodyOf(next), bodyOf(live.value))) next.metadata.generation = (live.value.metadata.generation ?? 0) + 1;
  return commitUpdate(context, kind, live, next, { ...options, managedFields });
}

/** Stores `next` over `live` without the kind's rules; for subresources, which check their own part. */
export function commitUpdate(context: Context, kind: Kind, live: Entry, next: KubeObject, options: CommitOptions): KubeObject {
  setOwners(next, ownersAfter(context, kind, live.value, next, options));
  next.metadata.resourceVersion = live.value.metadata.resourceVersion!;
  if (sameJson(shareUnchanged(next, live.value), live.value)) return live.value;
  if (options.dryRun) return deepFreeze(next);
  next.metadata = { ...next.metadata, resourceVersion: String(context.storage.currentRevision() + 1) };
  if (isDoneWaiting(kind, next)) {
    context.storage.delete(live.key, live.revision);
    return deepFreeze(next);
  }
  context.storage.update(live.key, next, live.revision);
  return next;
}

/** A deleted object that nothing holds any longer. */
export function isDoneWaiting(kind: Kind, object: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds > 0 || finalizers.length > 0) return false;
  return kind.resource !== namespaces.resource || !(object as Namespace).spec?.finalizers?.length;
}

/** Throws Conflict when the body was made from another state or another object, Invalid when it must say from which. */
export function checkPreconditions(kind: Kind, live: KubeObject, next: KubeObject): void {
  const { uid, resourceVersion, name } = next.metadata;
  if (name && name !== live.metadata.name) throw badRequest(`the name of the object (${name}) does not match the name on the URL (${live.metadata.name})`);
  if (uid && uid !== live.metadata.uid) throw conflict(kind, live.metadata.name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`);
  if (resourceVersion ? resourceVersion !== live.metadata.resourceVersion : false) throw conflict(kind, live.metadata.name, modifiedMeanwhile);
  if (!resourceVersion && kind.rules.versionedUpdates) refuse(kind, live.metadata.name, [invalidValue('metadata.resourceVersion', 0, 'must be specified for an update')]);
}

/** Throws Invalid when there are problems. */
export function refuse(kind: { group: string; kind: string }, name: string, problems: readonly FieldError[]): void {
  if (problems.length > 0) throw invalid(kind, name ?? '', problems);
}

/** The managedFields of `next`: given by apply, else kept up from `live`'s. */
function ownersAfter(context: Context, kind: Kind, live: KubeObject | undefined, next: KubeObject, options: CommitOptions): unknown[] {
  if (options.managedFields) return options.managedFields;
  const writer = { manager: options.fieldManager || defaultManager, operation: 'Update' as const, apiVersion: apiVersionOf(kind), subresource: options.subresource ?? '' };
  return trackUpdate(live as unknown as Json | undefined, next as unknown as Json, schemaOf(kind), writer, timeNow(context));
}

function setOwners(object: KubeObject, managedFields: unknown[]): void {
  if (managedFields.length > 0) object.metadata.managedFields = managedFields;
  else delete object.metadata.managedFields;
}

function nameNew(context: Context, kind: Kind, object: KubeObject): string {
  const { metadata } = object;
  if (metadata.name || !metadata.generateName) return keyOf(kind, metadata.namespace, metadata.name ?? '');
  for (;;) {
    metadata.name = generateName(metadata.generateName);
    const key = keyOf(kind, metadata.namespace, metadata.name);
    if (!context.storage.get(key)) return key;
  }
}

function ensureLiveNamespace(context: Context, kind: Kind, object: KubeObject): void {
  const name = object.metadata.namespace!;
  const namespace = context.storage.get(keyOf(namespaces as unknown as Kind, undefined, name))?.value as Namespace | undefined;
  if (!namespace) throw notFound(namespaces, name);
  if (namespace.metadata.deletionTimestamp === undefined && namespace.status?.phase !== 'Terminating') return;
  throw forbidden(kind, object.metadata.name ?? '', `unable to create new content in namespace ${name} because it is being terminated`,
    [{ reason: 'NamespaceTerminating', message: `namespace ${name} is being terminated`, field: 'metadata.namespace' }]);
}

function keepStatus(next: KubeObject, live: KubeObject): void {
  const from = live as { status?: unknown }, to = next as { status?: unknown };
  if (from.status === undefined) delete to.status;
  else to.status = from.status;
}

/** What metadata.generation counts. */
function bodyOf(object: KubeObject): Json {
  const { metadata: _m, status: _s, ...body } = object as unknown as Json;
  return body;
}
