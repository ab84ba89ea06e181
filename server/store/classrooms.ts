// Classrooms: one run of a workshop each.
import type { DatabaseSync } from 'node:sqlite';
import type { ClassroomId } from '../contract/index.ts';

/** Times are milliseconds since the epoch, here and in every table. */
export interface ClassroomRow { id: ClassroomId; workshopId: string; title: string; joinCode: string; provider: string; createdAt: number }

export interface ClassroomsTable {
  insert(row: ClassroomRow): void;
  /** Oldest first. */
  list(): ClassroomRow[];
  /** What the classroom runs now: a workshop may be renamed, a provider changed. */
  update(id: string, values: { title: string; provider: string }): void;
}

export function createClassroomsTable(database: DatabaseSync): ClassroomsTable {
  const insert = database.prepare('INSERT INTO classrooms (id, workshop_id, title, join_code, provider, created_at) VALUES (?, ?, ?, ?, ?, ?)');
  const list = database.prepare('SELECT id, workshop_id AS workshopId, title, join_code AS joinCode, provider, created_at AS createdAt FROM classrooms ORDER BY created_at, id');
  const update = database.prepare('UPDATE classrooms SET title = ?, provider = ? WHERE id = ?');
  return {
    insert: (row) => void insert.run(row.id, row.workshopId, row.title, row.joinCode, row.provider, row.createdAt),
    list: () => list.all() as unknown as ClassroomRow[],
    update: (id, { title, provider }) => void update.run(title, provider, id),
  };
}
