// A live local copy of one resource, fed by a watch of the registry.
import { toDisposable } from '../base/index.ts';
import type { Registry } from './registry/index.ts';
import type { Informer, InformerEvent, KubeObject, ObjectKey, ResourceRef } from './types/index.ts';

type Listener = (event: InformerEvent<KubeObject>) => void;

/**
 * Watches `ref` for as long as the registry lives. The copy is current at any time, even while events wait: a listener may
 * see in `list` what it is not told of yet. A listener that throws is an uncaught error; the others still hear the event.
 */
export function createInformer(registry: Registry, ref: ResourceRef): Informer<KubeObject> {
  const objects = new Map<string, KubeObject>();
  const byNamespace = new Map<string, Map<string, KubeObject>>();
  const listeners = new Set<{ call: Listener; since: number }>();
  const queue: { event: InformerEvent<KubeObject>; number: number }[] = [];
  let number = 0;

  const deliver = (): void => {
    for (const { event, number: at } of queue.splice(0)) {
      for (const listener of listeners) {
        // A listener that came after the change has it in its copy already.
        if (listener.since >= at || !listeners.has(listener)) continue;
        try {
          listener.call(event);
        } catch (error) {
          queueMicrotask(() => { throw error; });
        }
      }
    }
  };
  const enqueue = (event: InformerEvent<KubeObject>): void => {
    number++;
    if (listeners.size === 0) return;
    if (queue.length === 0) queueMicrotask(deliver);
    queue.push({ event, number });
  };

  registry.watch({ resource: ref }, {}, ({ type, object }) => {
    const key = keyOf(object.metadata);
    const previous = objects.get(key);
    const space = object.metadata.namespace ?? '';
    if (type === 'DELETED') {
      objects.delete(key);
      byNamespace.get(space)?.delete(key);
      enqueue({ type: 'deleted', object });
      return;
    }
    objects.set(key, object);
    let inSpace = byNamespace.get(space);
    if (!inSpace) byNamespace.set(space, inSpace = new Map());
    inSpace.set(key, object);
    enqueue(previous ? { type: 'modified', object, previous } : { type: 'added', object });
  });

  return {
    list: (namespace) => [...(namespace === undefined ? objects : byNamespace.get(namespace) ?? new Map<string, KubeObject>()).values()],
    get: (key: ObjectKey) => objects.get(keyOf(key)),
    onEvent(call) {
      const listener = { call, since: number };
      listeners.add(listener);
      return toDisposable(() => listeners.delete(listener));
    },
  } satisfies Informer<KubeObject>;
}

function keyOf({ name, namespace }: ObjectKey): string {
  return `${namespace ?? ''}/${name}`;
}
