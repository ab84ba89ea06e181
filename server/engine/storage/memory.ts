// The store in memory: sorted keys, a bounded history, ordered delivery to watches; the journalled store adds a file to it.
import { toDisposable } from '../../base/index.ts';
import { deepFreeze } from './freeze.ts';
import type { SnapshotResult, Storage, StorageEvent, StoredEntry, StoredValue, WatchResult, WriteResult } from './storage.ts';

/** Events kept at least, and how many more gather before they are dropped in one move. */
const keptEvents = 5_000;
const droppedAtOnce = 1_000;

interface Watcher { prefix: string; listener: (event: StorageEvent) => void }

/** Options: `beforeWrite` is called with each change before it is made and may veto it by throwing; `onListenerError` hears of watch listeners that throw. */
export interface MemoryOptions {
  beforeWrite?: (event: StorageEvent) => void;
  onListenerError?: (error: unknown) => void;
}

/** A store that lives and dies with the process. */
export class MemoryStorage implements Storage {
  readonly #entries = new Map<string, StoredEntry>();
  /** All keys in order; kept sorted by insertion. */
  readonly #keys: string[] = [];
  readonly #watchers = new Set<Watcher>();
  readonly #options: MemoryOptions;
  #history: StorageEvent[] = [];
  /** Events up to this revision are gone. */
  #compacted = 0;
  #revision = 0;
  #pending: StorageEvent[] = [];
  #delivering = false;

  constructor(options: MemoryOptions = {}) {
    this.#options = options;
  }

  currentRevision(): number {
    return this.#revision;
  }

  get(key: string): StoredEntry | undefined {
    return this.#entries.get(key);
  }

  list(prefix: string, revision: number = this.#revision): SnapshotResult {
    if (revision > this.#revision) return { outcome: 'future' };
    if (revision < this.#compacted) return { outcome: 'compacted' };
    const entries: StoredEntry[] = [];
    for (let at = this.#search(prefix); at < this.#keys.length && this.#keys[at]!.startsWith(prefix); at++) {
      entries.push(this.#entries.get(this.#keys[at]!)!);
    }
    return { outcome: 'listed', entries: revision === this.#revision ? entries : this.#undo(entries, prefix, revision) };
  }

  create(key: string, value: StoredValue): WriteResult {
    if (this.#entries.has(key)) return { outcome: 'exists' };
    return this.#commit({ type: 'created', key, revision: this.#revision + 1, value: deepFreeze(value) });
  }

  update(key: string, value: StoredValue, expectedRevision?: number): WriteResult {
    const entry = this.#entries.get(key);
    if (!entry) return { outcome: 'absent' };
    if (expectedRevision !== undefined && entry.revision !== expectedRevision) return { outcome: 'conflict' };
    return this.#commit({ type: 'updated', key, revision: this.#revision + 1, value: deepFreeze(value), previous: entry.value });
  }

  delete(key: string, expectedRevision?: number): WriteResult {
    const entry = this.#entries.get(key);
    if (!entry) return { outcome: 'absent' };
    if (expectedRevision !== undefined && entry.revision !== expectedRevision) return { outcome: 'conflict' };
    return this.#commit({ type: 'deleted', key, revision: this.#revision + 1, value: entry.value, previous: entry.value });
  }

  watch(prefix: string, fromRevision: number, listener: (event: StorageEvent) => void): WatchResult {
    if (fromRevision > this.#revision) return { outcome: 'future' };
    if (fromRevision < this.#compacted) return { outcome: 'compacted' };
    // Events still waiting for delivery reach the new watcher from history, so it joins behind them.
    const replay = this.#history.slice(this.#historyAt(fromRevision));
    const joined = this.#revision;
    const watcher: Watcher = { prefix, listener: (event) => { if (event.revision > joined) listener(event); } };
    for (const event of replay) if (event.key.startsWith(prefix)) this.#call(listener, event);
    this.#watchers.add(watcher);
    return { outcome: 'watching', watch: toDisposable(() => this.#watchers.delete(watcher)) };
  }

  dispose(): void {
    this.#watchers.clear();
  }

  /** Takes in a change made in an earlier life, without telling `beforeWrite`; revisions must not fall. */
  restore(event: StorageEvent): void {
    deepFreeze(event.value);
    this.#apply(event);
  }

  /** Declares that nothing before `revision` is known any more. */
  restoreBase(revision: number): void {
    this.#revision = revision;
    this.#compacted = revision;
    this.#history = [];
  }

  /** Takes in an entry of a snapshot, which is no event. */
  restoreEntry(entry: StoredEntry): void {
    deepFreeze(entry.value);
    this.#set(entry);
  }

  #commit(event: StorageEvent): WriteResult {
    this.#options.beforeWrite?.(event);
    const entry = this.#apply(event);
    this.#pending.push(event);
    if (!this.#delivering) this.#deliver();
    return { outcome: 'written', entry };
  }

  #apply(event: StorageEvent): StoredEntry {
    const entry: StoredEntry = { key: event.key, value: event.value, revision: event.revision };
    this.#revision = event.revision;
    if (event.type === 'deleted') {
      this.#entries.delete(event.key);
      const at = this.#search(event.key);
      if (this.#keys[at] === event.key) this.#keys.splice(at, 1);
    } else this.#set(entry);
    this.#history.push(event);
    if (this.#history.length >= keptEvents + droppedAtOnce) {
      this.#history = this.#history.slice(droppedAtOnce);
      this.#compacted = this.#history[0]!.revision - 1;
    }
    return entry;
  }

  #set(entry: StoredEntry): void {
    if (!this.#entries.has(entry.key)) this.#keys.splice(this.#search(entry.key), 0, entry.key);
    this.#entries.set(entry.key, entry);
  }

  #deliver(): void {
    this.#delivering = true;
    for (let event = this.#pending.shift(); event; event = this.#pending.shift()) {
      for (const watcher of this.#watchers) {
        if (event.key.startsWith(watcher.prefix) && this.#watchers.has(watcher)) this.#call(watcher.listener, event);
      }
    }
    this.#delivering = false;
  }

  #call(listener: (event: StorageEvent) => void, event: StorageEvent): void {
    try {
      listener(event);
    } catch (error) {
      // A write must succeed whatever its observers do.
      this.#options.onListenerError?.(error);
    }
  }

  #undo(entries: StoredEntry[], prefix: string, revision: number): StoredEntry[] {
    const then = new Map(entries.map((entry) => [entry.key, entry]));
    for (let at = this.#history.length - 1; at >= 0 && this.#history[at]!.revision > revision; at--) {
      const event = this.#history[at]!;
      if (!event.key.startsWith(prefix)) continue;
      if (event.previous === undefined) then.delete(event.key);
      else then.set(event.key, { key: event.key, value: event.previous, revision });
    }
    return [...then.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Index of the first key that is not below `key`. */
  #search(key: string): number {
    let low = 0, high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Index of the first event after `revision`. */
  #historyAt(revision: number): number {
    let low = 0, high = this.#history.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#history[middle]!.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
