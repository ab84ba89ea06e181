// The engine's log: one JSON line per message on standard error, which the supervisor appends to engine.log.
import { copyFileSync, fstatSync, ftruncateSync, writeSync } from 'node:fs';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';

const levels = { debug: 20, info: 30, warn: 40, error: 50 } as const;

function plain(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, value instanceof Error ? { message: messageOf(value), stack: value.stack } : (value as unknown)]));
}

/** Drops messages below `least`; `write` gets whole lines. */
export function createLineLogger(write: (line: string) => void, least: keyof typeof levels = 'info', bound: object = {}): Logger {
  const log = (level: keyof typeof levels) => (fields: object, message: string) => {
    if (levels[level] < levels[least]) return;
    write(`${JSON.stringify({ level: levels[level], time: Date.now(), ...plain(bound), ...plain(fields), msg: message })}\n`);
  };
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error'), child: (fields) => createLineLogger(write, least, { ...bound, ...fields }) } satisfies Logger;
}

/**
 * Writes lines to `descriptor`, the file `file` opened for appending by somebody else. Past `limit` bytes the file is
 * kept once as `file.1` and begun anew, so that nothing a student does fills the host's disk.
 */
export function boundedWriter(descriptor: number, file: string, limit = 4 * 1024 * 1024): (line: string) => void {
  let size = fstatSync(descriptor).size;
  return (line) => {
    if (size > limit) {
      copyFileSync(file, `${file}.1`);
      ftruncateSync(descriptor, 0);
      size = 0;
    }
    size += writeSync(descriptor, line);
  };
}
