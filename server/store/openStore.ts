// Opens the database file with node:sqlite.
import { DatabaseSync } from 'node:sqlite';
import { createAttemptsTable } from './attempts.ts';
import { createClassroomsTable } from './classrooms.ts';
import { StoreError } from './errors.ts';
import { ensureSchema } from './migrations.ts';
import { createPodHistoryTable } from './podHistory.ts';
import { createProgressTable } from './progress.ts';
import { createSessionsTable } from './sessions.ts';
import { createSettingsTable } from './settings.ts';
import type { Store } from './store.ts';
import { createTokensTable } from './tokens.ts';

/** Opens or creates the database; `:memory:` keeps it in this process. Throws StoreError `store-failed` or `store-too-new`. */
export function openStore({ file }: { file: string }): Store {
  let database: DatabaseSync;
  try {
    database = new DatabaseSync(file);
    // FULL: a commit is on the disk before anyone is told of it.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000');
  } catch (error) {
    throw new StoreError('store-failed', `The database ${file} cannot be opened.`, { cause: error, hint: 'Is the folder there and writable, and the disk not full?' });
  }
  ensureSchema(database);
  let depth = 0;
  const transaction = <T>(work: () => T): T => {
    if (depth > 0) return work();
    database.exec('BEGIN IMMEDIATE');
    depth++;
    try {
      const result = work();
      database.exec('COMMIT');
      return result;
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    } finally {
      depth--;
    }
  };
  return {
    settings: createSettingsTable(database),
    classrooms: createClassroomsTable(database),
    sessions: createSessionsTable(database),
    tokens: createTokensTable(database),
    progress: createProgressTable(database),
    attempts: createAttemptsTable(database, transaction),
    podHistory: createPodHistoryTable(database, transaction),
    transaction,
    dispose() {
      if (database.isOpen) database.close();
    },
  } satisfies Store;
}
