// A resource followed live: listed, then watched, and listed again whenever the watch ends.
import { messageOf } from '../base/index.ts';
import type { Clock, Disposable } from '../base/index.ts';
import type { KubeClient, KubeObject, KubeResource } from '../ports/index.ts';

/** Told of changes. `listed` comes first and after every gap, with everything that is there. */
export interface FollowListener {
  listed(objects: readonly KubeObject[]): void;
  changed(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject): void;
  /** The API did not answer; it is tried again after a pause. */
  failed?(reason: string): void;
}

const pausesMs = [100, 300, 1000, 3000, 10_000];
/** A watch that held this long ended in the ordinary way. */
const longWatchMs = 5000;

/** Follows `resource` until disposed. Never throws; errors are told to the listener and tried again. */
export function follow(kube: KubeClient, resource: KubeResource, clock: Clock, listener: FollowListener): Disposable {
  const stop = new AbortController();
  const { signal } = stop;
  const pause = (ms: number) => new Promise<void>((resolve) => {
    const done = () => {
      timer.dispose();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.after(ms, done);
    signal.addEventListener('abort', done);
  });
  const run = async () => {
    let failures = 0;
    while (!signal.aborted) {
      const began = clock.now();
      try {
        const { items, resourceVersion } = await kube.list(resource);
        if (signal.aborted) return;
        listener.listed(items);
        for await (const event of kube.watch(resource, { resourceVersion, signal })) {
          if (signal.aborted) return;
          // An ERROR (410 Gone, mostly) ends what this watch can tell.
          if (event.type === 'ERROR') break;
          failures = 0;
          if (event.type !== 'BOOKMARK') listener.changed(event.type, event.object);
        }
      } catch (error) {
        if (signal.aborted) return;
        listener.failed?.(messageOf(error));
      }
      if (clock.now() - began > longWatchMs) failures = 0;
      await pause(pausesMs[Math.min(failures, pausesMs.length - 1)]!);
      failures += 1;
    }
  };
  void run();
  return { dispose: () => stop.abort() };
}

/** Resolves once `holds` is true of everything that is there. Rejects with the signal's reason when it aborts first. */
export function whenObjects(kube: KubeClient, resource: KubeResource, clock: Clock, holds: (objects: readonly KubeObject[]) => boolean, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const objects = new Map<string, KubeObject>();
    const keyOf = (object: KubeObject) => `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    const onAbort = () => { following.dispose(); reject(signal.reason); };
    const look = () => {
      if (!holds([...objects.values()])) return;
      following.dispose();
      signal.removeEventListener('abort', onAbort);
      resolve();
    };
    const following = follow(kube, resource, clock, {
      listed(all) {
        objects.clear();
        for (const object of all) objects.set(keyOf(object), object);
        look();
      },
      changed(type, object) {
        if (type === 'DELETED') objects.delete(keyOf(object));
        else objects.set(keyOf(object), object);
        look();
      },
    });
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
