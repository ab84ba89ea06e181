// Real pseudo-terminals; the one file that imports node-pty.
import { writeSync } from 'node:fs';
import type { ReadStream } from 'node:tty';
import * as nodePty from 'node-pty';
import { TerminalError } from './errors.ts';
import type { Pty, SpawnPty } from './pty.ts';

/** Typed text that waits for a process that does not read, in bytes. */
const inputLimit = 256 * 1024;
const killAfterMs = 2_000;
/** A process that left something running on its terminal is over once nothing was said for this long. */
const quietMs = 200;

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

/**
 * node-pty throws away what is unread 200 milliseconds after the process ended, also while reading is paused. This keeps its socket
 * until all was read. Calls back when the process has ended.
 */
function readToTheEnd(socket: ReadStream, processEnded: () => void): void {
  const destroy = socket.destroy.bind(socket);
  let timer: NodeJS.Timeout | undefined;
  const waitForQuiet = () => {
    clearTimeout(timer);
    timer = setTimeout(() => { if (!socket.isPaused()) destroy(); }, quietMs);
  };
  let ended = false;
  socket.destroy = (error?: Error) => {
    if (error || socket.readableEnded || socket.destroyed) return destroy(error);
    if (!ended) {
      ended = true;
      processEnded();
      socket.on('data', waitForQuiet);
      socket.on('resume', waitForQuiet);
      waitForQuiet();
    }
    return socket;
  };
  socket.once('close', () => clearTimeout(timer));
}

/** Starts a process with node-pty. A file that cannot be executed ends at once with a code, as in any shell. */
export const spawnNodePty: SpawnPty = (options, size) => {
  let child: nodePty.IPty;
  try {
    child = nodePty.spawn(options.file, options.args, { name: 'xterm-256color', cols: size.cols, rows: size.rows, cwd: options.cwd, env: options.env });
  } catch (error) {
    throw new TerminalError('shell-not-started', 'The shell could not be started.', { cause: error, hint: 'Open a new terminal; if it happens again, renew the cluster.' });
  }
  const { fd, _socket: socket } = child as unknown as { fd: number; _socket: ReadStream };
  const input = new InputQueue(fd);
  let ended = false;
  const end = () => {
    ended = true;
    input.close();
  };
  readToTheEnd(socket, end);
  child.onExit(end);
  return {
    write: (data) => input.push(data),
    resize({ cols, rows }) {
      if (!ended) child.resize(cols, rows);
    },
    pause: () => child.pause(),
    resume: () => child.resume(),
    kill() {
      child.resume(); // a paused pty never tells that it ended
      if (ended) return; // its process id may be another's by now
      child.kill('SIGHUP');
      setTimeout(() => { if (!ended) child.kill('SIGKILL'); }, killAfterMs).unref();
    },
    onData: (listener) => child.onData(listener),
    onExit: (listener) => child.onExit(({ exitCode, signal }) => listener(signal ? null : exitCode)),
  } satisfies Pty;
};
