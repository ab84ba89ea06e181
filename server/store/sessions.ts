// Sessions: one student in one classroom.
import type { DatabaseSync } from 'node:sqlite';
import type { ClassroomId, LabId, SessionId } from '../contract/index.ts';

/** `nameKey` is the name folded for comparison; `labId` and `stepId` are what was last on screen. */
export interface SessionRow {
  id: SessionId; classroomId: ClassroomId; name: string; nameKey: string; joinedAt: number; lastSeenAt: number; labId: LabId | null; stepId: string | null;
}

/** Removed sessions keep their row as evidence and are never returned. */
export interface SessionsTable {
  /** False when the classroom has a student of that name key. */
  tryInsert(row: Omit<SessionRow, 'labId' | 'stepId'>): boolean;
  get(id: string): SessionRow | undefined;
  /** In the order of joining. */
  list(classroomId: string): SessionRow[];
  count(classroomId: string): number;
  touch(id: string, at: number): void;
  setPlace(id: string, labId: string, stepId: string | null): void;
  remove(id: string, at: number): void;
}

const columns = 'id, classroom_id AS classroomId, name, name_key AS nameKey, joined_at AS joinedAt, last_seen_at AS lastSeenAt, lab_id AS labId, step_id AS stepId';

export function createSessionsTable(database: DatabaseSync): SessionsTable {
  const insert = database.prepare('INSERT INTO sessions (id, classroom_id, name, name_key, joined_at, last_seen_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING');
  const get = database.prepare(`SELECT ${columns} FROM sessions WHERE id = ? AND removed_at IS NULL`);
  const list = database.prepare(`SELECT ${columns} FROM sessions WHERE classroom_id = ? AND removed_at IS NULL ORDER BY joined_at, id`);
  const count = database.prepare('SELECT count(*) AS count FROM sessions WHERE classroom_id = ? AND removed_at IS NULL');
  const touch = database.prepare('UPDATE sessions SET last_seen_at = ? WHERE id = ?');
  const setPlace = database.prepare('UPDATE sessions SET lab_id = ?, step_id = ? WHERE id = ?');
  const remove = database.prepare('UPDATE sessions SET removed_at = ? WHERE id = ?');
  return {
    tryInsert: (row) => insert.run(row.id, row.classroomId, row.name, row.nameKey, row.joinedAt, row.lastSeenAt).changes === 1,
    get: (id) => get.get(id) as SessionRow | undefined,
    list: (classroomId) => list.all(classroomId) as unknown as SessionRow[],
    count: (classroomId) => (count.get(classroomId) as { count: number }).count,
    touch: (id, at) => void touch.run(at, id),
    setPlace: (id, labId, stepId) => void setPlace.run(labId, stepId, id),
    remove: (id, at) => void remove.run(at, id),
  };
}
