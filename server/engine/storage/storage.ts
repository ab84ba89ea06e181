// The store of a cluster as the registry sees it: keys, values and one global revision; nothing of Kubernetes but that.
import type { Disposable } from '../../base/index.ts';

/** Any value; frozen deeply once stored, so the same object may be handed to everyone. */
export type StoredValue = object;

/** A value under its key and the revision that wrote it. */
export interface StoredEntry { key: string; value: StoredValue; revision: number }

/** One change. `value` is the new value, or the last one of a deletion; `previous` what the key held before. */
export interface StorageEvent {
  type: 'created' | 'updated' | 'deleted';
  key: string;
  revision: number;
  value: StoredValue;
  previous?: StoredValue;
}

/** Outcome of a conditional write. `exists`, `absent` and `conflict` changed nothing. */
export type WriteResult =
  | { outcome: 'written'; entry: StoredEntry }
  | { outcome: 'exists' | 'absent' | 'conflict' };

/** A running watch, or why it cannot run: history before `fromRevision` is gone, or the revision is in the future. */
export type WatchResult = { outcome: 'watching'; watch: Disposable } | { outcome: 'compacted' | 'future' };

/** Entries as they were at a revision; `compacted` when history no longer reaches back to it. */
export type SnapshotResult = { outcome: 'listed'; entries: StoredEntry[] } | { outcome: 'compacted' | 'future' };

/**
 * Keys are any non-empty strings; order is by UTF-16 code unit. All calls are synchronous and atomic, so that a
 * read followed by a write in the same turn cannot race. A write returns after it is as durable as the
 * implementation promises. Values given are frozen deeply and kept: callers pass objects of their own.
 */
export interface Storage {
  /** The revision of the last write; 0 when nothing was ever written. The next write has this plus one. */
  currentRevision(): number;
  get(key: string): StoredEntry | undefined;
  /** Entries whose key starts with `prefix`, in key order; with `revision`, as they were then. */
  list(prefix: string, revision?: number): SnapshotResult;
  /** Stores a new key; `exists` when it is there already. */
  create(key: string, value: StoredValue): WriteResult;
  /** Replaces a value; `absent` or, when `expectedRevision` is given and not the entry's, `conflict`. */
  update(key: string, value: StoredValue, expectedRevision?: number): WriteResult;
  /** Removes a key; the written entry is the last value under the new revision. */
  delete(key: string, expectedRevision?: number): WriteResult;
  /**
   * Calls `listener` for every change under `prefix` strictly after `fromRevision`: first what history holds, before
   * this returns, then each write, in order, before that write returns (a write made by a listener comes after).
   * At least the last 5,000 events are kept.
   */
  watch(prefix: string, fromRevision: number, listener: (event: StorageEvent) => void): WatchResult;
  /** Releases files; no call is allowed afterwards. */
  dispose(): void;
}
