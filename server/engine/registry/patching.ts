// PATCH: the four kinds of patch, on an object or a part of it, and server-side apply with its create.
import { deepFreeze } from '../storage/freeze.ts';
import { StatusError } from '../types/index.ts';
import type { KubeObject } from '../types/index.ts';
import { apiVersionOf, decode, decodeBody, schemaOf, settleNamespace } from './bodies.ts';
import { keyOf, requireEntry, timeNow } from './context.ts';
import type { Context } from './context.ts';
import { badRequest, conflict, invalid, notFound } from './errors.ts';
import { invalidValue, required } from './fieldErrors.ts';
import { copyJson, isObject } from './json.ts';
import type { Json } from './json.ts';
import type { Kind } from './kinds/rules.ts';
import { applyConfig } from './managedFields/managers.ts';
import { PatchError } from './patches/errors.ts';
import { applyJsonPatch } from './patches/json.ts';
import { mergePatch } from './patches/merge.ts';
import { strategicPatch } from './patches/strategic.ts';
import type { GroupVersionKind, Patch, SubresourceInfo, Target, WriteOptions, Written } from './registry.ts';
import { updatePart, viewOf } from './subresources.ts';
import { createObject, updateObject } from './writes.ts';
import type { StoredEntry } from '../storage/storage.ts';

type PatchOptions = WriteOptions & { force?: boolean };
type Entry = StoredEntry & { value: KubeObject };

/** Patches what is there; only apply creates. Throws what updates throw, BadRequest and Invalid. */
export function patchObject(context: Context, kind: Kind, target: Target, patch: Patch, options: PatchOptions, subresource: SubresourceInfo | undefined): Written {
  if (patch.type === 'apply') return applyObject(context, kind, target, patch.body, options, subresource);
  const live = requireEntry(context, kind, target);
  const bodyKind = subresource ?? kind;
  const before = viewOf(live.value, subresource);
  const after = patched(before as unknown as Json, patch, bodyKind);
  const { object, problems } = decode(after, bodyKind);
  const all = [...options.decodeProblems ?? [], ...problems];
  if (all.length > 0 && options.fieldValidation === 'Strict') {
    throw invalid({ group: '', kind: '' }, '', [invalidValue('patch', JSON.stringify(patch.body), `strict decoding error: ${all.join(', ')}`)]);
  }
  if (object.kind !== bodyKind.kind || object.apiVersion !== apiVersionOf(bodyKind)) throw badRequest('the kind or apiVersion of an object may not be changed by a patch');
  if (!isObject(object.metadata)) object.metadata = {};
  const next = object as unknown as KubeObject;
  checkNamespace(next, target);
  const stored = subresource ? updatePart(context, kind, live, next, subresource, options) : updateObject(context, kind, live, next, options);
  return { object: viewOf(stored, subresource), warnings: options.fieldValidation === 'Ignore' ? [] : all, created: false };
}

/** The object after a patch, not yet decoded; throws BadRequest or Invalid. */
export function patched(before: Json, patch: Exclude<Patch, { type: 'apply' }>, kind: GroupVersionKind): Json {
  try {
    if (patch.type === 'json') return applyJsonPatch(before, patch.body);
    return patch.type === 'merge' ? mergePatch(before, patch.body) : strategicPatch(before, patch.body, schemaOf(kind));
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    if (error.outcome === 'malformed') throw badRequest(error.message);
    throw new StatusError('Invalid', 'the server rejected our request due to an error in our request', { causes: [{ reason: 'UnexpectedServerResponse', message: error.message }] });
  }
}

function checkNamespace(object: KubeObject, target: Target): void {
  if ((object.metadata.namespace ?? '') !== (target.namespace ?? '')) throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
}

function applyObject(context: Context, kind: Kind, target: Target, body: Json, options: PatchOptions, subresource: SubresourceInfo | undefined): Written {
  if (!options.fieldManager) throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [required('fieldManager', 'is required for apply patch')]);
  if (subresource?.name === 'scale') throw badRequest('apply is not supported on the scale subresource');
  if (!body.kind || !body.apiVersion) throw badRequest(`Object '${!body.kind ? 'Kind' : 'apiVersion'}' is missing in '${JSON.stringify(body)}'`);
  if (isObject(body.metadata) && body.metadata.managedFields !== undefined && body.metadata.managedFields !== null) throw badRequest('metadata.managedFields must be nil');
  const { object: config, warnings } = decodeBody(body, kind, options);
  const name = target.name!;
  if (config.metadata.name && config.metadata.name !== name) throw badRequest(`the name of the object (${config.metadata.name}) does not match the name on the URL (${name})`);
  config.metadata.name = name;
  settleNamespace(config, kind.namespaced, target.namespace);
  const wanted = ownPart(config, subresource);
  const live = context.storage.get(keyOf(kind, target.namespace, name)) as Entry | undefined;
  if (!live && subresource) throw notFound(kind, name);
  if (!live && wanted.metadata.uid) throw conflict(kind, name, `uid mismatch: the provided object specified uid ${wanted.metadata.uid}, and no existing object was found`);
  const { resourceVersion } = wanted.metadata;
  delete (wanted.metadata as { resourceVersion?: string }).resourceVersion;
  const applied = applyConfig((live?.value ?? {}) as unknown as Json, wanted as unknown as Json, schemaOf(kind), {
    manager: options.fieldManager, operation: 'Apply', apiVersion: apiVersionOf(kind), subresource: subresource?.name ?? '',
  }, { force: options.force === true, now: timeNow(context), complete: (object) => decode(object, kind).object });
  const next = copyJson(applied.object) as unknown as KubeObject;
  const commit = { ...options, managedFields: deepFreeze(applied.managedFields) };
  if (!live) return { object: createObject(context, kind, target.namespace, next, commit), warnings, created: true };
  if (resourceVersion) next.metadata.resourceVersion = resourceVersion;
  const stored = subresource ? updatePart(context, kind, live, next, subresource, commit) : updateObject(context, kind, live, next, commit);
  return { object: stored, warnings, created: false };
}

/** What an applied configuration may own through this path: everything but status, or status alone. */
function ownPart(config: KubeObject, subresource: SubresourceInfo | undefined): KubeObject {
  const { status, ...rest } = config as KubeObject & { status?: unknown };
  if (!subresource) return rest;
  if (subresource.name !== 'status') return config;
  const { apiVersion, kind, metadata } = rest;
  return { apiVersion, kind, metadata, ...(status === undefined ? {} : { status }) } as KubeObject;
}
