// The store as services see it: one small table interface for each kind of row, and transactions over them.
import type { Disposable } from '../base/index.ts';
import type { AttemptsTable } from './attempts.ts';
import type { ClassroomsTable } from './classrooms.ts';
import type { PodHistoryTable } from './podHistory.ts';
import type { ProgressTable } from './progress.ts';
import type { SessionsTable } from './sessions.ts';
import type { SettingsTable } from './settings.ts';
import type { TokensTable } from './tokens.ts';

/** What was written is on disk when a call returns. */
export interface Store extends Disposable {
  readonly settings: SettingsTable;
  readonly classrooms: ClassroomsTable;
  readonly sessions: SessionsTable;
  readonly tokens: TokensTable;
  readonly progress: ProgressTable;
  readonly attempts: AttemptsTable;
  readonly podHistory: PodHistoryTable;
  /** Runs synchronous work as one transaction; a throw undoes all of it. May be nested. */
  transaction<T>(work: () => T): T;
}
