// The in-process client: the registry behind the Client interface, and informers shared by all who ask.
import { createInformer } from './informer.ts';
import type { Patch, Registry, Target } from './registry/index.ts';
import type { Client, Informer, KubeObject, ObjectKey, ResourceRef } from './types/index.ts';

/** Informers of each registry, by resource; they live as long as it does. */
const informers = new WeakMap<Registry, Map<string, Informer<KubeObject>>>();

/** `manager` is recorded in managedFields of what this client writes; default `engine`. */
export interface ClientOptions { manager?: string }

/** A client over a registry. Bodies with unknown fields are refused (they are mistakes of this program). */
export function createClient(registry: Registry, options: ClientOptions = {}): Client {
  const write = { fieldManager: options.manager ?? 'engine', fieldValidation: 'Strict' as const };
  return {
    async get<T extends KubeObject>(ref: ResourceRef<T>, key: ObjectKey) {
      return registry.get(targetOf(ref, key)) as T;
    },
    async list<T extends KubeObject>(ref: ResourceRef<T>, { namespace, ...query }: { namespace?: string; labelSelector?: string; fieldSelector?: string } = {}) {
      const { items, resourceVersion } = registry.list({ resource: ref, ...(namespace ? { namespace } : {}) }, query);
      return { items: items as T[], resourceVersion };
    },
    async create<T extends KubeObject>(ref: ResourceRef<T>, object: T) {
      const { namespace } = object.metadata;
      return registry.create({ resource: ref, ...(namespace ? { namespace } : {}) }, object, write).object as T;
    },
    async update<T extends KubeObject>(ref: ResourceRef<T>, object: T) {
      return registry.update(targetOf(ref, object.metadata), object, write).object as T;
    },
    async updateSubresource<T extends KubeObject>(ref: ResourceRef<T>, subresource: string, object: T) {
      const target: Target = { ...targetOf(ref, object.metadata), subresource };
      const act = subresource === 'binding' || subresource === 'eviction' ? registry.create : registry.update;
      return act(target, object, write).object as T;
    },
    async patch<T extends KubeObject>(ref: ResourceRef<T>, key: ObjectKey, patch: object, subresource?: string) {
      const body: Patch = { type: 'merge', body: patch as Record<string, unknown> };
      return registry.patch({ ...targetOf(ref, key), ...(subresource ? { subresource } : {}) }, body, write).object as T;
    },
    async delete(ref: ResourceRef, key: ObjectKey, deleteOptions = {}) {
      registry.delete(targetOf(ref, key), deleteOptions);
    },
    informer<T extends KubeObject>(ref: ResourceRef<T>) {
      return informerOf(registry, ref) as unknown as Informer<T>;
    },
  } satisfies Client;
}

function targetOf(ref: ResourceRef, key: ObjectKey): Target {
  return { resource: ref, name: key.name, ...(ref.namespaced && key.namespace ? { namespace: key.namespace } : {}) };
}

function informerOf(registry: Registry, ref: ResourceRef): Informer<KubeObject> {
  let known = informers.get(registry);
  if (!known) informers.set(registry, known = new Map());
  const id = `${ref.group}/${ref.version}/${ref.resource}`;
  let informer = known.get(id);
  if (!informer) {
    informer = createInformer(registry, ref);
    known.set(id, informer);
  }
  return informer;
}
