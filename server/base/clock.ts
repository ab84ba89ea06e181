// Time as a dependency, so that tests can move it.
import type { Disposable } from './disposable.ts';

/** A clock in milliseconds since the epoch, and timers on it. */
export interface Clock {
  now(): number;
  /** Calls back once after `ms` unless disposed before. Does not keep the process alive. */
  after(ms: number, callback: () => void): Disposable;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return { dispose: () => clearTimeout(timer) };
  },
} satisfies Clock;
