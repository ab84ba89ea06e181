// The schema, as forward-only steps; a step that was released is never edited.
import type { DatabaseSync } from 'node:sqlite';
import { StoreError } from './errors.ts';

const steps: readonly string[] = [
  `
  CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE classrooms (
    id TEXT PRIMARY KEY,
    workshop_id TEXT NOT NULL,
    title TEXT NOT NULL,
    join_code TEXT NOT NULL UNIQUE,
    provider TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    classroom_id TEXT NOT NULL REFERENCES classrooms (id),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    joined_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    lab_id TEXT,
    step_id TEXT,
    removed_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX sessions_by_name ON sessions (classroom_id, name_key) WHERE removed_at IS NULL;

  CREATE TABLE tokens (
    hash TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('student', 'instructor')),
    session_id TEXT REFERENCES sessions (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tokens_by_session ON tokens (session_id);

  CREATE TABLE openings (
    session_id TEXT NOT NULL REFERENCES sessions (id),
    lab_id TEXT NOT NULL,
    cluster_uid TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    PRIMARY KEY (session_id, lab_id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE steps (
    session_id TEXT NOT NULL REFERENCES sessions (id),
    lab_id TEXT NOT NULL,
    step_id TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    passed_at INTEGER,
    PRIMARY KEY (session_id, lab_id, step_id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE attempts (
    id INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id),
    lab_id TEXT NOT NULL,
    check_id TEXT NOT NULL,
    asked INTEGER NOT NULL,
    verdict TEXT NOT NULL,
    verdict_json TEXT NOT NULL,
    observation_json TEXT NOT NULL,
    answer TEXT,
    ms REAL NOT NULL,
    at INTEGER NOT NULL,
    voided_at INTEGER
  ) STRICT;
  CREATE INDEX attempts_by_check ON attempts (session_id, lab_id, check_id, id);

  CREATE TABLE earned (
    session_id TEXT NOT NULL REFERENCES sessions (id),
    lab_id TEXT NOT NULL,
    check_id TEXT NOT NULL,
    points INTEGER NOT NULL,
    attempt_id INTEGER NOT NULL REFERENCES attempts (id),
    at INTEGER NOT NULL,
    PRIMARY KEY (session_id, lab_id, check_id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE quiz_answers (
    session_id TEXT NOT NULL REFERENCES sessions (id),
    lab_id TEXT NOT NULL,
    quiz_id TEXT NOT NULL,
    choices_json TEXT NOT NULL,
    correct INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (session_id, lab_id, quiz_id)
  ) STRICT, WITHOUT ROWID;
  `,
  'ALTER TABLE steps ADD COLUMN spent_ms INTEGER NOT NULL DEFAULT 0;',
  `
  CREATE TABLE pod_history (
    id INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id),
    lab_id TEXT NOT NULL,
    entry_json TEXT NOT NULL
  ) STRICT;
  CREATE INDEX pod_history_by_lab ON pod_history (session_id, lab_id, id);
  `,
];

/** Brings a database to the newest schema; each step is one transaction. Throws StoreError `store-too-new` for a file of a later version. */
export function ensureSchema(database: DatabaseSync): void {
  const version = Number((database.prepare('PRAGMA user_version').get() as { user_version: number }).user_version);
  if (version > steps.length) {
    throw new StoreError('store-too-new', `The database has schema ${version}, this version of Patchbay knows ${steps.length}.`, { hint: 'Start the newer version, or name another PATCHBAY_DATA.' });
  }
  for (const [index, step] of steps.entries()) {
    if (index < version) continue;
    database.exec(`BEGIN; ${step} PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}
