// The pseudo-terminal that a session needs, whatever is behind it.
import type { Disposable } from '../base/index.ts';
import type { PtyOptions } from '../ports/index.ts';

export interface PtySize { cols: number; rows: number }

/** A process on a pseudo-terminal. Listeners are called in the order of events; `onExit` exactly once, after the last data. */
export interface Pty {
  /** Types text; false when the process does not read and the bounded queue is full, in which case nothing of it was taken. */
  write(data: string): boolean;
  resize(size: PtySize): void;
  /** Stops reading; the kernel then stops the writing process. */
  pause(): void;
  resume(): void;
  /** Hangs up, then kills what is left after two seconds. */
  kill(): void;
  onData(listener: (data: string) => void): Disposable;
  onExit(listener: (code: number | null) => void): Disposable;
}

/** Starts a process on a new pseudo-terminal; throws TerminalError `shell-not-started`. */
export type SpawnPty = (options: PtyOptions, size: PtySize) => Pty;
