// What was seen of a lab's pods, so that exercises about change over time outlive a restart of the server.
import type { DatabaseSync } from 'node:sqlite';
import type { PodHistoryEntry } from '../ports/index.ts';

const keptEntries = 2000;

export interface PodHistoryTable {
  /** Adds entries in their order; the newest 2,000 of each lab stay. */
  append(sessionId: string, labId: string, entries: readonly PodHistoryEntry[]): void;
  list(sessionId: string, labId: string): PodHistoryEntry[];
  clear(sessionId: string, labId: string): void;
}

export function createPodHistoryTable(database: DatabaseSync, transaction: <T>(work: () => T) => T): PodHistoryTable {
  const insert = database.prepare('INSERT INTO pod_history (session_id, lab_id, entry_json) VALUES (?, ?, ?)');
  const prune = database.prepare('DELETE FROM pod_history WHERE session_id = ?1 AND lab_id = ?2 AND id <= (SELECT id FROM pod_history WHERE session_id = ?1 AND lab_id = ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3)');
  const list = database.prepare('SELECT entry_json AS entry FROM pod_history WHERE session_id = ? AND lab_id = ? ORDER BY id');
  const clear = database.prepare('DELETE FROM pod_history WHERE session_id = ? AND lab_id = ?');
  return {
    append: (sessionId, labId, entries) => transaction(() => {
      for (const entry of entries) insert.run(sessionId, labId, JSON.stringify(entry));
      prune.run(sessionId, labId, keptEntries);
    }),
    list: (sessionId, labId) => (list.all(sessionId, labId) as { entry: string }[]).map((row) => JSON.parse(row.entry) as PodHistoryEntry),
    clear: (sessionId, labId) => void clear.run(sessionId, labId),
  };
}
