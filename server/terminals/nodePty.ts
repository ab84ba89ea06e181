// Real pseudo-terminals; the one file that imports node-pty.
import { writeSync } from 'node:fs';
import * as nodePty from 'node-pty';
import { TerminalError } from './errors.ts';
import type { Pty, SpawnPty } from './pty.ts';

/** Typed text that waits for a process that does not read, in bytes. */
const inputLimit = 256 * 1024;
const killAfterMs = 2_000;

/**
 * Writes to the pty's own descriptor, which is non-blocking. node-pty's writer retries a full kernel buffer on every turn
 * of the event loop and without a bound: one shell that does not read would take a whole core and any memory.
 */
class InputQueue {
  readonly #fd: number;
  #waiting: Buffer[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #delayMs = 5;

  constructor(fd: number) {
    this.#fd = fd;
  }

  push(data: string): boolean {
    const bytes = Buffer.from(data, 'utf8');
    if (this.#bytes + bytes.length > inputLimit) return false;
    this.#waiting.push(bytes);
    this.#bytes += bytes.length;
    if (!this.#timer) this.#drain();
    return true;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#waiting = [];
    this.#bytes = inputLimit + 1; // takes nothing any more: the descriptor's number may soon be another file's
  }

  #drain(): void {
    this.#timer = undefined;
    while (this.#waiting[0]) {
      const head = this.#waiting[0];
      let written = 0;
      try {
        written = writeSync(this.#fd, head);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return this.close();
      }
      if (written > 0) this.#delayMs = 5;
      this.#bytes -= written;
      if (written === head.length) this.#waiting.shift();
      else {
        this.#waiting[0] = head.subarray(written);
        this.#timer = setTimeout(() => this.#drain(), this.#delayMs);
        this.#delayMs = Math.min(this.#delayMs * 2, 100);
        return;
      }
    }
  }
}

/** Starts a process with node-pty. A file that cannot be executed ends at once with a code, as in any shell. */
export const spawnNodePty: SpawnPty = (options, size) => {
  let child: nodePty.IPty;
  try {
    child = nodePty.spawn(options.file, options.args, { name: 'xterm-256color', cols: size.cols, rows: size.rows, cwd: options.cwd, env: options.env });
  } catch (error) {
    throw new TerminalError('shell-not-started', 'The shell could not be started.', { cause: error, hint: 'Open a new terminal; if it happens again, renew the cluster.' });
  }
  const input = new InputQueue((child as unknown as { fd: number }).fd);
  let ended = false;
  child.onExit(() => {
    ended = true;
    input.close();
  });
  return {
    write: (data) => input.push(data),
    resize({ cols, rows }) {
      if (!ended) child.resize(cols, rows);
    },
    pause: () => child.pause(),
    resume: () => child.resume(),
    kill() {
      if (ended) return;
      child.kill('SIGHUP');
      child.resume(); // a paused pty never tells that it ended
      setTimeout(() => { if (!ended) child.kill('SIGKILL'); }, killAfterMs).unref();
    },
    onData: (listener) => child.onData(listener),
    onExit: (listener) => child.onExit(({ exitCode, signal }) => listener(signal ? null : exitCode)),
  } satisfies Pty;
};
