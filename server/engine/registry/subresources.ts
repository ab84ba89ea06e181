// Writes to a part of an object: status, scale, finalize, ephemeralcontainers; and the action binding.
import type { StoredEntry } from '../storage/storage.ts';
import type { Deployment, KubeObject, Namespace, Pod, ReplicaSet } from '../types/index.ts';
import { decodeBody } from './bodies.ts';
import { requireEntry, timeNow } from './context.ts';
import type { Context } from './context.ts';
import { badRequest, conflict } from './errors.ts';
import { forbiddenField, invalidValue, repeated, required } from './fieldErrors.ts';
import { copyJson, sameJson } from './json.ts';
import { defaultContainer } from './kinds/pods/defaults.ts';
import type { Kind } from './kinds/rules.ts';
import type { SubresourceInfo, Target, WriteOptions } from './registry.ts';
import { formatSelector } from './selectors/labels.ts';
import { checkPreconditions, commitUpdate, refuse, updateObject } from './writes.ts';
import type { CommitOptions } from './writes.ts';

type Entry = StoredEntry & { value: KubeObject };
type Workload = Deployment | ReplicaSet;

/** autoscaling/v1 Scale. */
export interface Scale extends KubeObject { spec?: { replicas?: number }; status: { replicas: number; selector?: string } }

/** The Scale of a workload. */
export function scaleOf(object: KubeObject): Scale {
  const { spec, status, metadata } = object as Workload;
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const kept = { name, namespace: namespace!, uid: uid!, resourceVersion: resourceVersion!, creationTimestamp: creationTimestamp! };
  const selector = formatSelector(spec.selector);
  return { kind: 'Scale', apiVersion: 'autoscaling/v1', metadata: kept, spec: { replicas: spec.replicas ?? 0 }, status: { replicas: status?.replicas ?? 0, ...(selector ? { selector } : {}) } };
}

/** What a subresource shows of the object: itself, or its Scale. */
export function viewOf(object: KubeObject, subresource: SubresourceInfo | undefined): KubeObject {
  return subresource?.name === 'scale' ? scaleOf(object) : object;
}

/** Writes the part of `live` that the subresource is about, taken from `body` (already of the subresource's kind). */
export function updatePart(context: Context, kind: Kind, live: Entry, body: KubeObject, subresource: SubresourceInfo, options: WriteOptions & { managedFields?: unknown[] }): KubeObject {
  const withPath: CommitOptions = { ...options, subresource: subresource.name };
  checkPreconditions({ ...kind, rules: { ...kind.rules, versionedUpdates: false } }, live.value, body);
  if (subresource.name === 'scale') return scale(context, kind, live, body as Scale, withPath);
  if (subresource.name === 'status') return status(context, kind, live, body, withPath);
  const next = copyJson(live.value);
  delete next.metadata.managedFields;
  if (subresource.name === 'finalize') {
    const finalizers = (body as Namespace).spec?.finalizers ?? [];
    (next as Namespace).spec = finalizers.length > 0 ? { finalizers } : {};
  } else {
    const containers = (body as Pod).spec?.ephemeralContainers ?? [];
    checkEphemeral(kind, live.value as Pod, containers);
    containers.forEach(defaultContainer);
    (next as Pod).spec.ephemeralContainers = containers;
    next.metadata.generation = (next.metadata.generation ?? 0) + 1;
  }
  return commitUpdate(context, kind, live, next, withPath);
}

/** A status write keeps spec; labels, annotations and the like may come along, as upstream has it. */
function status(context: Context, kind: Kind, live: Entry, body: KubeObject, options: CommitOptions): KubeObject {
  const next = copyJson(live.value) as KubeObject & { status?: unknown };
  for (const field of ['labels', 'annotations', 'finalizers', 'ownerReferences', 'managedFields'] as const) {
    if (body.metadata[field] === undefined) delete next.metadata[field];
    else (next.metadata as unknown as Record<string, unknown>)[field] = body.metadata[field];
  }
  kind.rules.prepareStatus?.(next, live.value);
  next.status = (body as { status?: unknown }).status;
  if (next.status === undefined) delete next.status;
  return commitUpdate(context, kind, live, next, options);
}

function scale(context: Context, kind: Kind, live: Entry, body: Scale, options: CommitOptions): KubeObject {
  const replicas = body.spec?.replicas ?? 0;
  if (replicas < 0) refuse({ group: 'autoscaling', kind: 'Scale' }, live.value.metadata.name, [invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0')]);
  const next = copyJson(live.value) as Workload;
  next.spec.replicas = replicas;
  return updateObject(context, kind, live, next, options);
}

function checkEphemeral(kind: Kind, pod: Pod, containers: NonNullable<Pod['spec']['ephemeralContainers']>): void {
  const path = 'spec.ephemeralContainers';
  const taken = new Set([...pod.spec.containers, ...pod.spec.initContainers ?? []].map((container) => container.name));
  const problems = containers.flatMap((container, at) => [
    ...(container.name ? [] : [required(`${path}[${at}].name`)]),
    ...(container.image ? [] : [required(`${path}[${at}].image`)]),
    ...(taken.has(container.name) ? [{ field: `${path}[${at}].name`, reason: 'FieldValueDuplicate', message: `Duplicate value: ${JSON.stringify(container.name)}` }] : []),
  ]);
  problems.push(...repeated(containers, (at) => `${path}[${at}].name`, (container) => container.name));
  for (const before of pod.spec.ephemeralContainers ?? []) {
    const after = containers.find((container) => container.name === before.name);
    const completed = after && copyJson(after);
    if (completed) defaultContainer(completed);
    if (!completed) problems.push(forbiddenField(path, `existing ephemeral containers ${JSON.stringify(before.name)} may not be removed`));
    else if (!sameJson(completed, before)) problems.push(forbiddenField(path, `existing ephemeral containers ${JSON.stringify(before.name)} may not be changed`));
  }
  refuse(kind, pod.metadata.name, problems);
}

/** meta/v1 Status Success, the answer of actions; a KubeObject for the transport's sake. */
function success(): KubeObject {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } as unknown as KubeObject;
}

/** POST pods/NAME/binding: assigns a node once. */
export function bindPod(context: Context, kind: Kind, target: Target, body: unknown, options: WriteOptions): KubeObject {
  const { object } = decodeBody(body, { group: '', version: 'v1', kind: 'Binding' }, options);
  const node = (object as KubeObject & { target?: { kind?: string; name?: string } }).target?.name;
  if (!node) throw badRequest('Binding "" is invalid: target.name: Required value');
  const live = requireEntry(context, kind, target) as StoredEntry & { value: Pod };
  const { metadata, spec } = live.value;
  const busy = (why: string): Error => conflict({ group: '', resource: 'pods/binding' }, metadata.name, why);
  if (object.metadata.uid && object.metadata.uid !== metadata.uid) throw busy(`Precondition failed: UID in precondition: ${object.metadata.uid}, UID in object meta: ${metadata.uid}`);
  if (metadata.deletionTimestamp) throw busy(`pod ${metadata.name} is being deleted, cannot be assigned to a host`);
  if (spec.nodeName) throw busy(`pod ${metadata.name} is already assigned to node ${JSON.stringify(spec.nodeName)}`);
  const next = copyJson(live.value);
  next.spec.nodeName = node;
  const others = (next.status?.conditions ?? []).filter((condition) => condition.type !== 'PodScheduled');
  next.status = { ...next.status, conditions: [...others, { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: timeNow(context) }] };
  commitUpdate(context, kind, live, next, { ...options, subresource: 'binding' });
  return success();
}
