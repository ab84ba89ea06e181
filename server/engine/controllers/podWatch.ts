// Wakes a controller when one of its pods, or a pod that it could adopt, changes.
import type { Disposable } from '../../base/index.ts';
import { matchesSelector, resources, type Client, type KubeObject, type LabelSelector, type Pod } from '../types/index.ts';
import type { Expectations } from './expectations.ts';
import { keyOf } from './keys.ts';
import { claimDependents, controllerOf, ownerKey } from './ownership.ts';

type Selecting = KubeObject & { spec: { selector?: LabelSelector } };

/** What the watch needs: `kind` of the controllers, their present list in a namespace, and what to do. */
export interface PodWatchOptions { kind: string; owners(namespace: string | undefined): Selecting[]; expectations: Expectations; wake(key: string): void }

/** Calls `wake` with the keys of the controllers that a change of a pod may concern, and tells the expectations. */
export function watchPods(client: Client, { kind, owners, expectations, wake }: PodWatchOptions): Disposable {
  return client.informer(resources.pods).onEvent((event) => {
    const { object } = event;
    const key = ownerKey(object, kind);
    const before = event.type === 'modified' ? ownerKey(event.previous, kind) : undefined;
    if (before !== undefined && before !== key) wake(before);
    if (key !== undefined) {
      expectations.seen(key, object.metadata.uid!, event.type === 'deleted' || object.metadata.deletionTimestamp !== undefined);
      return wake(key);
    }
    if (event.type === 'deleted' || controllerOf(object)) return;
    for (const owner of owners(object.metadata.namespace)) if (matchesSelector(owner.spec.selector, object.metadata.labels)) wake(keyOf(owner));
  });
}

/** The pods that `owner` controls, after adopting and releasing by its selector. */
export function claimPods(client: Client, owner: Selecting, mayAdopt?: (pod: Pod) => boolean): Promise<Pod[]> {
  const { selector } = owner.spec;
  const candidates = client.informer(resources.pods).list(owner.metadata.namespace)
    .filter((pod) => controllerOf(pod)?.uid === owner.metadata.uid || matchesSelector(selector, pod.metadata.labels));
  return claimDependents(client, resources.pods, owner, selector ?? {}, candidates, mayAdopt);
}
