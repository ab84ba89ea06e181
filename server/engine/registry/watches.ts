// Watch: storage events seen through selectors, initial events, bookmarks.
import { DisposableStack, toDisposable } from '../../base/index.ts';
import type { Clock, Disposable } from '../../base/index.ts';
import { deepFreeze } from '../storage/freeze.ts';
import type { StorageEvent } from '../storage/storage.ts';
import type { KubeObject } from '../types/index.ts';
import { kindOf, prefixOf } from './context.ts';
import type { Context } from './context.ts';
import { expired, tooLargeResourceVersion } from './errors.ts';
import { forbiddenField } from './fieldErrors.ts';
import { bookmarkOf, listObjects, parseVersion, refuseListOptions, tryMatcher } from './reads.ts';
import type { Target, WatchEvent, WatchQuery } from './registry.ts';
import type { ObjectPredicate } from './selectors/fields.ts';

const bookmarkEveryMs = 60_000;

/** Objects that left, under the revision of their leaving; shared by all watches of one event. */
const departures = new WeakMap<StorageEvent, KubeObject>();

/** See Registry.watch. */
export function watchObjects(context: Context, target: Target, query: WatchQuery, listener: (event: WatchEvent) => void): Disposable {
  const kind = kindOf(context, target);
  const { storage, clock } = context;
  const narrowed = target.name ? { ...query, fieldSelector: [query.fieldSelector, `metadata.name=${target.name}`].filter(Boolean).join(',') } : query;
  const matches = tryMatcher(kind, narrowed);
  checkOptions(query);
  const asked = parseVersion(query.resourceVersion);
  const current = storage.currentRevision();
  if (asked > current) throw tooLargeResourceVersion(asked, current);
  const initial = query.sendInitialEvents ?? asked === 0;
  const from = initial || asked === 0 ? current : asked;
  if (initial) {
    const { items } = listObjects(context, target, { ...(narrowed.labelSelector ? { labelSelector: narrowed.labelSelector } : {}), ...(narrowed.fieldSelector ? { fieldSelector: narrowed.fieldSelector } : {}) });
    for (const object of items) listener({ type: 'ADDED', object });
    if (query.sendInitialEvents && query.allowBookmarks) listener({ type: 'BOOKMARK', object: bookmarkOf(kind, current, { 'k8s.io/initial-events-end': 'true' }) });
  }
  const result = storage.watch(prefixOf(kind, target.namespace), from, (event) => {
    const seen = trySeen(event, matches);
    if (seen) listener(seen);
  });
  if (result.outcome === 'future') throw tooLargeResourceVersion(asked, current);
  if (result.outcome !== 'watching') throw expired(asked, current);
  const owned = new DisposableStack();
  owned.add(result.watch);
  if (query.allowBookmarks) owned.add(repeat(clock, bookmarkEveryMs, () => listener({ type: 'BOOKMARK', object: bookmarkOf(kind, storage.currentRevision()) })));
  return owned;
}

function repeat(clock: Clock, everyMs: number, action: () => void): Disposable {
  let timer = clock.after(everyMs, tick);
  function tick(): void {
    action();
    timer = clock.after(everyMs, tick);
  }
  return toDisposable(() => timer.dispose());
}

/** The event as one selector sees it: entering is ADDED, leaving is DELETED. */
function trySeen(event: StorageEvent, matches: ObjectPredicate | undefined): WatchEvent | undefined {
  const object = event.value as KubeObject;
  const before = event.previous !== undefined && (!matches || matches(event.previous as KubeObject));
  const now = event.type !== 'deleted' && (!matches || matches(object));
  if (now) return { type: before ? 'MODIFIED' : 'ADDED', object };
  return before ? { type: 'DELETED', object: departed(event) } : undefined;
}

function departed(event: StorageEvent): KubeObject {
  let object = departures.get(event);
  if (!object) {
    const last = event.previous as KubeObject;
    object = deepFreeze({ ...last, metadata: { ...last.metadata, resourceVersion: String(event.revision) } });
    departures.set(event, object);
  }
  return object;
}

function checkOptions({ sendInitialEvents, resourceVersionMatch: match }: WatchQuery): void {
  const field = 'resourceVersionMatch';
  if (sendInitialEvents === undefined) {
    if (match) refuseListOptions([forbiddenField(field, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided')]);
  } else if (match !== 'NotOlderThan') refuseListOptions([forbiddenField(field, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan')]);
}
