// Container logs: reads conmon's CRI lines back into what the container wrote, and follows them as they grow.
import { statSync, watch } from 'node:fs';
import type { Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Readable } from 'node:stream';
import type { LogOptions } from '../types/index.ts';

/** One CRI line: `content` holds no line end; `partial` lines continue in the next one of the same stream. */
export interface LogLine { time: string; stream: 'stdout' | 'stderr'; partial: boolean; content: Buffer }

const newline = 10;
const space = 32;
const chunkBytes = 64 * 1024;

/** Undefined when the line is not in CRI form (cut off while it was written). */
export function tryParseLine(line: Buffer): LogLine | undefined {
  const first = line.indexOf(space);
  const second = line.indexOf(space, first + 1);
  const third = line.indexOf(space, second + 1);
  if (first <= 0 || second <= 0 || third <= 0) return undefined;
  const stream = line.toString('latin1', first + 1, second);
  if (stream !== 'stdout' && stream !== 'stderr') return undefined;
  const partial = line.toString('latin1', second + 1, third).split(':')[0] === 'P';
  return { time: line.toString('latin1', 0, first), stream, partial, content: line.subarray(third + 1) };
}

/** The bytes that a line stands for. `atStart`: the previous piece of this stream was complete, so that a timestamp belongs here. */
export function formatLine(line: LogLine, timestamps: boolean, atStart: boolean): Buffer {
  const parts = [line.content, ...(line.partial ? [] : [Buffer.from('\n')])];
  return Buffer.concat(timestamps && atStart ? [Buffer.from(`${line.time.replace('+00:00', 'Z')} `), ...parts] : parts);
}

/** Where to read, and until when: `ended` resolves when the container has ended and its log is whole. */
export interface LogSource { path: string; ended: Promise<void> }

/** Lines of a log from its start or from a byte on, and while it grows; stops with `signal`. A log that began anew is read from its start. */
export async function* readLines(source: LogSource, options: { follow: boolean; from?: number; signal: AbortSignal }): AsyncGenerator<LogLine> {
  const { path } = source;
  let wake = () => {};
  let pending = false;
  let over = false;
  const notify = () => {
    pending = true;
    wake();
  };
  const watcher = options.follow ? watch(dirname(path), { persistent: false }, (_kind, name) => {
    if (name === null || name === basename(path)) notify();
  }) : undefined;
  watcher?.on('error', () => {
    over = true;
    notify();
  });
  options.signal.addEventListener('abort', notify);
  void source.ended.finally(() => {
    over = true;
    notify();
  });
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r').catch(() => undefined);
    if (!file) return;
    let offset = options.from ?? 0;
    let rest = Buffer.alloc(0);
    const buffer = Buffer.alloc(chunkBytes);
    for (;;) {
      pending = false;
      // Read before the last look, so that what came with the container's end is still told.
      const last = over || !options.follow;
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, chunkBytes, offset);
        if (bytesRead === 0 || options.signal.aborted) break;
        offset += bytesRead;
        let data = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
        for (let at = data.indexOf(newline); at >= 0; at = data.indexOf(newline)) {
          const line = tryParseLine(data.subarray(0, at));
          data = data.subarray(at + 1);
          if (line) yield line;
        }
        rest = data;
      }
      if (options.signal.aborted) return;
      const now = tryStat(path);
      const opened = await file.stat();
      if (now && (now.ino !== opened.ino || now.size < offset)) {
        await file.close();
        file = await open(path, 'r');
        offset = 0;
        rest = Buffer.alloc(0);
        continue;
      }
      if (last) return;
      if (!pending && !over) await new Promise<void>((resolve) => {
        wake = resolve;
        if (pending || over) resolve();
      });
    }
  } finally {
    watcher?.close();
    options.signal.removeEventListener('abort', notify);
    await file?.close().catch(() => {});
  }
}

/** The text of a log as `kubectl logs` wants it. */
export function openLog(source: LogSource, options: LogOptions): Readable {
  const stop = new AbortController();
  const stream = Readable.from(logText(source, options, stop.signal), { objectMode: false });
  stream.once('close', () => stop.abort());
  return stream;
}

async function* logText(source: LogSource, options: LogOptions, signal: AbortSignal): AsyncGenerator<Buffer> {
  let left = options.limitBytes ?? Infinity;
  const since = options.sinceTime?.getTime();
  const complete = { stdout: true, stderr: true };
  const format = (line: LogLine): Buffer | undefined => {
    const atStart = complete[line.stream];
    complete[line.stream] = !line.partial;
    if (since !== undefined && Date.parse(line.time) < since) return undefined;
    const text = formatLine(line, options.timestamps, atStart);
    const shown = text.length > left ? text.subarray(0, left) : text;
    left -= shown.length;
    return shown;
  };
  let skip = options.tailLines === undefined ? 0 : Math.max(0, (await countLines(source.path, signal)) - options.tailLines);
  for await (const line of readLines(source, { follow: options.follow, signal })) {
    if (skip > 0) {
      if (!line.partial) skip -= 1;
      complete[line.stream] = !line.partial;
      continue;
    }
    const text = format(line);
    if (text && text.length > 0) yield text;
    if (left <= 0) return;
  }
}

async function countLines(path: string, signal: AbortSignal): Promise<number> {
  let lines = 0;
  for await (const line of readLines({ path, ended: Promise.resolve() }, { follow: false, signal })) if (!line.partial) lines += 1;
  return lines;
}

function tryStat(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
