// Everything of the storage room.
import { silentLogger } from '../../base/index.ts';
import type { Logger } from '../../base/index.ts';
import { openJournal } from './journal.ts';
import { MemoryStorage } from './memory.ts';
import type { Storage } from './storage.ts';

export * from './errors.ts';
export { deepFreeze } from './freeze.ts';
export * from './storage.ts';
export { openJournal } from './journal.ts';
export type { JournalOptions } from './journal.ts';

/** A store journalled in `dir`, or, without one, in memory only. Throws StorageError as openJournal does. */
export function createStore(options: { dir?: string; logger?: Logger } = {}): Storage {
  const logger = options.logger ?? silentLogger;
  if (options.dir !== undefined) return openJournal({ dir: options.dir, logger });
  return new MemoryStorage({ onListenerError: (error) => logger.error({ error }, 'a watch listener failed') });
}
