// Small files of a runtime's state on its node: written whole, read back after a restart of the engine.
import { chmodSync, closeSync, constants, existsSync, lstatSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Disposable } from '../../base/index.ts';
import { toDisposable } from '../../base/index.ts';
import { onMachine } from './layout.ts';

const fifoRetryMs = 1000;

/** Files of one machine by their path on that machine. Synchronous: they lie on a tmpfs and are a few hundred bytes. */
export class NodeFiles {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** The path as the engine reaches it. */
  path(path: string): string {
    return onMachine(this.root, path);
  }

  ensureDir(path: string, mode = 0o755): void {
    mkdirSync(this.path(path), { recursive: true, mode });
  }

  chmod(path: string, mode: number): void {
    chmodSync(this.path(path), mode);
  }

  remove(path: string): void {
    rmSync(this.path(path), { recursive: true, force: true });
  }

  ensureLink(target: string, path: string): void {
    try {
      lstatSync(this.path(path));
    } catch {
      symlinkSync(target, this.path(path));
    }
  }

  exists(path: string): boolean {
    return existsSync(this.path(path));
  }

  /** Replaces a file in one step, so that a reader never sees half of it. */
  write(path: string, text: string, mode = 0o644): void {
    const temporary = `${this.path(path)}.new`;
    writeFileSync(temporary, text, { mode });
    renameSync(temporary, this.path(path));
  }

  tryRead(path: string): string | undefined {
    try {
      return readFileSync(this.path(path), 'utf8');
    } catch {
      return undefined;
    }
  }

  /** Undefined when the file is missing or not JSON (cut off by a crash). */
  tryReadJson<T>(path: string): T | undefined {
    const text = this.tryRead(path);
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text) as T;
    } catch {
      return undefined;
    }
  }

  list(path: string): string[] {
    try {
      return readdirSync(this.path(path));
    } catch {
      return [];
    }
  }

  /** Milliseconds since the epoch; undefined when there is no such file. */
  tryModifiedAt(path: string): number | undefined {
    try {
      return statSync(this.path(path)).mtimeMs;
    } catch {
      return undefined;
    }
  }

  /** Writes to a fifo that has a reader; false when nobody reads. */
  tryWriteFifo(path: string, text: string): boolean {
    try {
      const fd = openSync(this.path(path), constants.O_WRONLY | constants.O_NONBLOCK);
      try {
        writeFileSync(fd, text);
      } finally {
        closeSync(fd);
      }
      return true;
    } catch {
      return false;
    }
  }

  /** Calls `onClosed` once nobody holds the fifo open for writing any more (the death of a process that has it as its stdin), or when it is not there. */
  watchFifo(path: string, onClosed: () => void): Disposable {
    let released = false;
    let socket: Socket | undefined;
    let timer: NodeJS.Timeout | undefined;
    const open = () => {
      if (released) return;
      try {
        const fd = openSync(this.path(path), constants.O_RDONLY | constants.O_NONBLOCK);
        socket = new Socket({ fd, readable: true, writable: false });
      } catch (error) {
        // Out of file descriptors says nothing about the other side; it is asked again.
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') timer = setTimeout(onClosed, 0);
        else timer = setTimeout(open, fifoRetryMs).unref();
        return;
      }
      socket.on('error', () => {});
      socket.once('close', () => {
        if (!released) onClosed();
      });
      socket.resume();
      socket.unref();
    };
    open();
    return toDisposable(() => {
      released = true;
      clearTimeout(timer);
      socket?.destroy();
    });
  }
}
