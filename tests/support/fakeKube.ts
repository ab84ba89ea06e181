// A Kubernetes API of plain objects in this process: get, list, apply, delete and watch, enough for labs and checks.
import { randomUUID } from 'node:crypto';
import { tryKind } from '../../server/labs/index.ts';
import type { KubeClient, KubeObject, KubeResource, WatchEvent } from '../../server/ports/index.ts';

interface Follower { resource: KubeResource; push(event: WatchEvent): void }

export interface FakeKube extends KubeClient {
  /** Watches that are open now. */
  watches(): number;
}

/** Begins with the namespace kube-system; a new namespace gets its `default` service account at once. */
export function createFakeKube(): FakeKube {
  const objects = new Map<string, KubeObject>();
  const followers = new Set<Follower>();
  let version = 1;
  const keyOf = (resource: KubeResource, name: string) => `${resource.apiVersion}/${resource.resource}/${resource.namespace ?? ''}/${name}`;
  const tell = (type: WatchEvent['type'], resource: KubeResource, object: KubeObject) => {
    for (const follower of followers) {
      const wanted = follower.resource;
      if (wanted.apiVersion === resource.apiVersion && wanted.resource === resource.resource && (wanted.namespace ?? resource.namespace) === resource.namespace) follower.push({ type, object });
    }
  };
  const put = (object: KubeObject, namespace?: string): KubeObject => {
    const info = tryKind(object.kind)!;
    const resource: KubeResource = { apiVersion: object.apiVersion, resource: info.resource, ...(info.namespaced && { namespace: object.metadata.namespace ?? namespace ?? 'default' }) };
    const key = keyOf(resource, object.metadata.name);
    const before = objects.get(key);
    const stored: KubeObject = { ...object, metadata: { ...object.metadata, ...(resource.namespace && { namespace: resource.namespace }), uid: before?.metadata.uid ?? randomUUID(), resourceVersion: String(++version) } };
    objects.set(key, stored);
    tell(before ? 'MODIFIED' : 'ADDED', resource, stored);
    if (object.kind === 'Namespace' && !before) put({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: object.metadata.name } });
    return stored;
  };
  const remove = (resource: KubeResource, name: string) => {
    const key = keyOf(resource, name);
    const object = objects.get(key);
    if (!object) return;
    objects.delete(key);
    tell('DELETED', resource, object);
    if (resource.resource === 'namespaces') for (const [inner, one] of objects) if (one.metadata.namespace === name) objects.delete(inner);
  };
  put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } });
  return {
    watches: () => followers.size,
    get: async (resource, name) => objects.get(keyOf(resource, name)),
    async list(resource) {
      const prefix = `${resource.apiVersion}/${resource.resource}/${resource.namespace === undefined ? '' : `${resource.namespace}/`}`;
      return { items: [...objects].filter(([key]) => key.startsWith(prefix)).map(([, object]) => object), resourceVersion: String(version) };
    },
    apply: async (object, options) => put(object, options?.namespace),
    delete: async (resource, name) => remove(resource, name),
    async *watch(resource, { signal }) {
      const waiting: WatchEvent[] = [];
      let wake = () => {};
      const follower: Follower = { resource, push: (event) => { waiting.push(event); wake(); } };
      followers.add(follower);
      const onAbort = () => wake();
      signal.addEventListener('abort', onAbort);
      try {
        while (!signal.aborted) {
          while (waiting.length > 0) yield waiting.shift()!;
          if (!signal.aborted) await new Promise<void>((resolve) => { wake = resolve; });
        }
      } finally {
        followers.delete(follower);
        signal.removeEventListener('abort', onAbort);
      }
    },
    request: async () => ({ status: 404, body: {} }),
  } satisfies FakeKube;
}
