// The lines of a journal: checksum, space, JSON; and what to make of a file that ends in the middle of one.
import { crc32 } from 'node:zlib';
import { StorageError } from './errors.ts';

/** `base` opens a compacted journal and gives its revision; `entry` is one value of it; `put` and `del` are writes since. */
export type JournalRecord =
  | { o: 'base'; r: number }
  | { o: 'entry' | 'put'; r: number; k: string; v: object }
  | { o: 'del'; r: number; k: string };

/** One line, newline included. */
export function encodeRecord(record: JournalRecord): string {
  const json = JSON.stringify(record);
  return `${checksum(json)} ${json}\n`;
}

/**
 * All records of a journal and how many bytes hold them; what follows `validBytes` is a torn tail: a last write that no
 * caller was told of. Throws StorageError `journal-damaged` when readable records follow an unreadable one.
 */
export function parseJournal(content: Buffer): { records: JournalRecord[]; validBytes: number } {
  const records: JournalRecord[] = [];
  let start = 0;
  while (start < content.length) {
    const end = content.indexOf(0x0a, start);
    const record = end < 0 ? undefined : tryRecord(content.toString('utf8', start, end));
    if (!record) {
      if (end >= 0 && hasRecord(content, end + 1)) throw damaged(start);
      break;
    }
    records.push(record);
    start = end + 1;
  }
  return { records, validBytes: start };
}

function damaged(offset: number): StorageError {
  return new StorageError('journal-damaged', `The cluster's journal cannot be read at byte ${offset}, and later records follow.`,
    { hint: 'Remove the cluster and start it again, or restore its state folder from a copy.' });
}

function hasRecord(content: Buffer, from: number): boolean {
  return content.toString('utf8', from).split('\n').some((line) => tryRecord(line) !== undefined);
}

function tryRecord(line: string): JournalRecord | undefined {
  const json = line.slice(9);
  if (line[8] !== ' ' || line.slice(0, 8) !== checksum(json)) return undefined;
  return JSON.parse(json) as JournalRecord;
}

function checksum(json: string): string {
  return crc32(json).toString(16).padStart(8, '0');
}
