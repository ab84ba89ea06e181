// Tells that something changed among the resources that checks look at, many events folded into one.
import { DisposableStack, type Clock, type Disposable } from '../base/index.ts';
import type { KubeClient, KubeResource } from '../ports/index.ts';

const foldMs = 100;
/** Between a watch that ended or failed and the next. */
const pauseMs = 500;

/** Calls back with the keys whose resource changed, at most every 100 ms. `keys` says who is told of which resource. */
export function watchResources<Key>(kube: KubeClient, wanted: readonly { resource: KubeResource; keys: readonly Key[] }[], clock: Clock, changed: (keys: ReadonlySet<Key>) => void): Disposable {
  const owned = new DisposableStack();
  const abort = new AbortController();
  owned.add({ dispose: () => abort.abort() });
  let dirty = new Set<Key>();
  let timer: Disposable | undefined;
  owned.add({ dispose: () => timer?.dispose() });
  const mark = (keys: readonly Key[]) => {
    for (const key of keys) dirty.add(key);
    timer ??= clock.after(foldMs, () => {
      timer = undefined;
      const told = dirty;
      dirty = new Set();
      if (!abort.signal.aborted) changed(told);
    });
  };
  for (const { resource, keys } of wanted) void follow(kube, resource, clock, abort.signal, () => mark(keys));
  return owned;
}

/** Groups the same resource wanted by several keys. */
export function groupResources<Key>(pairs: Iterable<{ key: Key; resources: readonly KubeResource[] }>): { resource: KubeResource; keys: Key[] }[] {
  const groups = new Map<string, { resource: KubeResource; keys: Key[] }>();
  for (const { key, resources } of pairs) {
    for (const resource of resources) {
      const id = `${resource.apiVersion} ${resource.resource} ${resource.namespace ?? ''}`;
      const group = groups.get(id) ?? { resource, keys: [] };
      if (!group.keys.includes(key)) group.keys.push(key);
      groups.set(id, group);
    }
  }
  return [...groups.values()];
}

async function follow(kube: KubeClient, resource: KubeResource, clock: Clock, signal: AbortSignal, changed: () => void): Promise<void> {
  let first = true;
  while (!signal.aborted) {
    try {
      const { resourceVersion } = await kube.list(resource);
      if (!first) changed(); // whatever happened between two watches
      first = false;
      for await (const event of kube.watch(resource, { resourceVersion, signal })) {
        if (event.type === 'ERROR') break;
        if (event.type !== 'BOOKMARK') changed();
      }
    } catch {
      // An API that does not answer is told by the cluster's health; here it is enough to try again.
    }
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const pause = clock.after(pauseMs, resolve);
      signal.addEventListener('abort', () => {
        pause.dispose();
        resolve();
      }, { once: true });
    });
  }
}
