// The store that survives its process: memory plus an append-only file, replayed at start.
import { closeSync, existsSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, renameSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { silentLogger } from '../../base/index.ts';
import type { Logger } from '../../base/index.ts';
import { StorageError } from './errors.ts';
import { encodeRecord, parseJournal } from './journalRecords.ts';
import { MemoryStorage } from './memory.ts';
import type { Storage, StorageEvent } from './storage.ts';

/** Journals below this are not worth rewriting. */
const defaultCompactBytes = 8 * 1024 * 1024;

/** `dir` is made when absent and belongs to this store alone. `compactBytes`: size from which the file is rewritten (and four times its last rewritten size). */
export interface JournalOptions { dir: string; logger?: Logger; compactBytes?: number }

/**
 * Opens `dir`/journal. A write is in the operating system's hands before its caller is told, so it survives SIGKILL of
 * the process (not a power cut). Throws StorageError `journal-damaged` or `journal-write-failed`.
 */
export function openJournal(options: JournalOptions): Storage {
  const logger = options.logger ?? silentLogger;
  const path = join(options.dir, 'journal');
  mkdirSync(options.dir, { recursive: true, mode: 0o700 });
  const memory = new MemoryStorage({
    beforeWrite: (event) => append(event),
    onListenerError: (error) => logger.error({ error }, 'a watch listener failed'),
  });
  replay(memory, path, logger);

  let file = openSync(path, 'a', 0o600);
  let size = statSync(path).size;
  const compactBytes = options.compactBytes ?? defaultCompactBytes;
  let compactAt = compactBytes;

  function append(event: StorageEvent): void {
    // Before the write, memory holds exactly what the file holds, so this is the moment to rewrite it.
    if (size >= compactAt) compact();
    const line = encodeRecord(event.type === 'deleted'
      ? { o: 'del', r: event.revision, k: event.key }
      : { o: 'put', r: event.revision, k: event.key, v: event.value });
    try {
      size += writeWholly(file, Buffer.from(line));
    } catch (error) {
      ftruncateSync(file, size);
      throw new StorageError('journal-write-failed', 'The cluster could not store a change.', { cause: error, hint: 'Check that the disk has space.' });
    }
  }

  function compact(): void {
    const next = `${path}.next`;
    const target = openSync(next, 'w', 0o600);
    const written = writeSnapshot(target, memory);
    fsyncSync(target);
    renameSync(next, path);
    closeSync(file);
    closeSync(target);
    file = openSync(path, 'a');
    logger.debug({ before: size, after: written }, 'journal compacted');
    size = written;
    compactAt = Math.max(compactBytes, written * 4);
  }

  return {
    currentRevision: () => memory.currentRevision(),
    get: (key) => memory.get(key),
    list: (prefix, revision) => memory.list(prefix, revision),
    create: (key, value) => memory.create(key, value),
    update: (key, value, expected) => memory.update(key, value, expected),
    delete: (key, expected) => memory.delete(key, expected),
    watch: (prefix, from, listener) => memory.watch(prefix, from, listener),
    dispose() {
      memory.dispose();
      closeSync(file);
    },
  } satisfies Storage;
}

function writeSnapshot(file: number, memory: MemoryStorage): number {
  let written = 0;
  let pending = encodeRecord({ o: 'base', r: memory.currentRevision() });
  const all = memory.list('');
  for (const entry of all.outcome === 'listed' ? all.entries : []) {
    if (pending.length > 1024 * 1024) {
      written += writeWholly(file, Buffer.from(pending));
      pending = '';
    }
    pending += encodeRecord({ o: 'entry', r: entry.revision, k: entry.key, v: entry.value });
  }
  return written + writeWholly(file, Buffer.from(pending));
}

function writeWholly(file: number, bytes: Buffer): number {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
  return bytes.length;
}

function replay(memory: MemoryStorage, path: string, logger: Logger): void {
  if (!existsSync(path)) return;
  const content = readFileSync(path);
  const { records, validBytes } = parseJournal(content);
  if (validBytes < content.length) {
    truncateSync(path, validBytes);
    logger.warn({ bytes: content.length - validBytes }, 'an unfinished record at the end of the journal was cut off');
  }
  for (const record of records) {
    if (record.o === 'base') memory.restoreBase(record.r);
    else if (record.o === 'entry') memory.restoreEntry({ key: record.k, value: record.v, revision: record.r });
    else {
      const previous = memory.get(record.k)?.value;
      if (record.o === 'put') {
        memory.restore({ type: previous ? 'updated' : 'created', key: record.k, revision: record.r, value: record.v, ...(previous ? { previous } : {}) });
      } else if (previous) memory.restore({ type: 'deleted', key: record.k, revision: record.r, value: previous, previous });
    }
  }
}
