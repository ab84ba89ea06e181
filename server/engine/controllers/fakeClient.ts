// An in-memory Client for unit tests: versions, generations, conflicts, finalizers and informers, without defaulting or validation.
import { randomUUID } from 'node:crypto';
import {
  formatTime, matchesLabels, StatusError, type Client, type InformerEvent, type KubeObject, type ObjectKey, type ResourceRef,
} from '../types/index.ts';

type Listener = (event: InformerEvent<KubeObject>) => void;
type Finalized = KubeObject & { spec?: { finalizers?: string[]; nodeName?: string } };

class Collection {
  readonly objects = new Map<string, KubeObject>();
  readonly seen = new Map<string, KubeObject>();
  readonly listeners = new Set<Listener>();
}

const pathOf = ({ namespace, name }: ObjectKey) => `${namespace ?? ''}/${name}`;

function merge(target: unknown, patch: unknown): unknown {
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = target !== null && typeof target === 'object' && !Array.isArray(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (value !== undefined) result[key] = merge(result[key], value);
  }
  return result;
}

/** A fresh, empty cluster. Informers lag one turn of the event loop behind writes, as a stale cache would. */
export function createFakeClient(now: () => number = Date.now): Client {
  const collections = new Map<string, Collection>();
  let revision = 0;

  const of = (ref: ResourceRef): Collection => {
    const key = `${ref.group}/${ref.resource}`;
    let found = collections.get(key);
    if (!found) collections.set(key, (found = new Collection()));
    return found;
  };
  const emit = (collection: Collection, path: string, event: InformerEvent<KubeObject>) => setImmediate(() => {
    if (event.type === 'deleted') collection.seen.delete(path);
    else collection.seen.set(path, event.object);
    for (const listener of collection.listeners) listener(event);
  });
  const find = (ref: ResourceRef, key: ObjectKey): KubeObject => {
    const found = of(ref).objects.get(pathOf(key));
    if (!found) throw new StatusError('NotFound', `${ref.resource} "${key.name}" not found`);
    return found;
  };
  const store = (ref: ResourceRef, previous: KubeObject, wanted: KubeObject): KubeObject => {
    const collection = of(ref);
    const path = pathOf(previous.metadata);
    const { resourceVersion: _version, ...metadata } = wanted.metadata;
    const bare = (object: KubeObject) => JSON.stringify({ ...object, metadata: { ...object.metadata, resourceVersion: undefined } });
    if (bare({ ...wanted, metadata }) === bare(previous)) return previous;
    const next = structuredClone({ ...wanted, metadata: { ...metadata, resourceVersion: String(++revision) } });
    if (next.metadata.deletionTimestamp && !next.metadata.finalizers?.length && !(next as Finalized).spec?.finalizers?.length
      && !next.metadata.deletionGracePeriodSeconds) {
      collection.objects.delete(path);
      emit(collection, path, { type: 'deleted', object: next });
      return next;
    }
    collection.objects.set(path, next);
    emit(collection, path, { type: 'modified', object: next, previous });
    return next;
  };
  const checkVersion = (current: KubeObject, version: string | undefined) => {
    if (version !== undefined && version !== current.metadata.resourceVersion) throw new StatusError('Conflict', 'the object has been modified');
  };
  const keep = (current: KubeObject, wanted: KubeObject): KubeObject => ({
    ...wanted, metadata: { ...wanted.metadata, uid: current.metadata.uid, creationTimestamp: current.metadata.creationTimestamp, generation: current.metadata.generation },
  });

  return {
    async get(ref, key) {
      return find(ref, key) as never;
    },
    async list(ref, options = {}) {
      const wanted = Object.fromEntries((options.labelSelector ?? '').split(',').filter(Boolean).map((pair) => pair.split('=') as [string, string]));
      const items = [...of(ref).objects.values()].filter(({ metadata }) =>
        (options.namespace === undefined || metadata.namespace === options.namespace) && matchesLabels(wanted, metadata.labels));
      return { items: items as never[], resourceVersion: String(revision) };
    },
    async create(ref, object) {
      const collection = of(ref);
      const name = object.metadata.name || `${object.metadata.generateName}${Math.random().toString(36).slice(2, 7)}`;
      const path = pathOf({ ...object.metadata, name });
      if (collection.objects.has(path)) throw new StatusError('AlreadyExists', `${ref.resource} "${name}" already exists`);
      const created = structuredClone({
        ...object,
        ...(ref.resource === 'namespaces' ? { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } } : {}),
        metadata: { ...object.metadata, name, uid: object.metadata.uid ?? randomUUID(), generation: 1, resourceVersion: String(++revision), creationTimestamp: object.metadata.creationTimestamp ?? formatTime(now()) },
      });
      collection.objects.set(path, created);
      emit(collection, path, { type: 'added', object: created });
      return created as never;
    },
    async update(ref, object) {
      const current = find(ref, object.metadata);
      checkVersion(current, object.metadata.resourceVersion);
      const next = keep(current, { ...object, ...('status' in current ? { status: current.status } : {}) } as KubeObject);
      const specChanged = JSON.stringify((current as Finalized).spec) !== JSON.stringify((next as Finalized).spec);
      if (specChanged) next.metadata.generation = (current.metadata.generation ?? 0) + 1;
      return store(ref, current, next) as never;
    },
    async updateSubresource(ref, subresource, object) {
      const current = find(ref, object.metadata);
      if (subresource === 'binding') {
        const { target } = object as unknown as { target: { name: string } };
        return store(ref, current, { ...current, spec: { ...(current as Finalized).spec, nodeName: target.name } } as KubeObject) as never;
      }
      checkVersion(current, object.metadata.resourceVersion);
      const part = subresource === 'finalize' ? { spec: (object as Finalized).spec } : { status: (object as { status?: unknown }).status };
      return store(ref, current, { ...current, ...part } as KubeObject) as never;
    },
    async patch(ref, key, patch) {
      const current = find(ref, key);
      const { metadata } = patch as { metadata?: { resourceVersion?: string; uid?: string } };
      checkVersion(current, metadata?.resourceVersion);
      if (metadata?.uid !== undefined && metadata.uid !== current.metadata.uid) throw new StatusError('Conflict', 'the uid differs');
      const next = merge(current, patch) as KubeObject;
      if (JSON.stringify((current as Finalized).spec) !== JSON.stringify((next as Finalized).spec)) next.metadata.generation = (current.metadata.generation ?? 0) + 1;
      return store(ref, current, next) as never;
    },
    async delete(ref, key, options = {}) {
      const current = find(ref, key);
      if (options.preconditions?.uid !== undefined && options.preconditions.uid !== current.metadata.uid) throw new StatusError('Conflict', 'the uid differs');
      const finalizers = new Set(current.metadata.finalizers);
      if (options.propagationPolicy === 'Foreground') finalizers.add('foregroundDeletion');
      if (options.propagationPolicy === 'Orphan') finalizers.add('orphan');
      const graceful = ref.resource === 'pods' && (current as Finalized).spec?.nodeName && options.gracePeriodSeconds !== 0;
      const metadata = {
        ...current.metadata, finalizers: [...finalizers], deletionTimestamp: current.metadata.deletionTimestamp ?? formatTime(now()),
        ...(graceful ? { deletionGracePeriodSeconds: 30 } : { deletionGracePeriodSeconds: 0 }),
      };
      const terminating = ref.resource === 'namespaces' ? { status: { phase: 'Terminating' } } : {};
      store(ref, current, { ...current, ...terminating, metadata } as KubeObject);
    },
    informer(ref) {
      const collection = of(ref);
      return {
        list: (namespace) => [...collection.seen.values()].filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace) as never[],
        get: (key) => collection.seen.get(pathOf(key)) as never,
        onEvent(listener) {
          collection.listeners.add(listener as Listener);
          return { dispose: () => collection.listeners.delete(listener as Listener) };
        },
      };
    },
  } satisfies Client;
}

/** Resolves with the first defined, non-false value of `probe`, tried at every turn of the event loop; throws after ten seconds. */
export async function eventually<T>(probe: () => T | Promise<T>, what = probe.toString()): Promise<NonNullable<T>> {
  const end = Date.now() + 10_000;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > end) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
