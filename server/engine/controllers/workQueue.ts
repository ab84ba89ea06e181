// A queue of keys to reconcile: coalesced, one run at a time per key, retried with back-off.
import { messageOf, systemClock, type Clock, type Disposable, type Logger } from '../../base/index.ts';
import { StatusError } from '../types/index.ts';

const firstRetryMs = 5;
const longestConflictRetryMs = 1_000;
const longestRetryMs = 30_000;

/** `sync` brings one key to its desired state; what it throws is retried. At most `concurrency` (default 8) keys run at once. */
export interface WorkQueueOptions {
  name: string;
  logger: Logger;
  clock?: Clock;
  concurrency?: number;
  sync(key: string): Promise<void>;
}

/** Keys added many times before a run count once; a key added during its own run runs once more. */
export class WorkQueue implements Disposable {
  readonly #options: WorkQueueOptions;
  readonly #clock: Clock;
  readonly #waiting = new Set<string>();
  readonly #running = new Set<string>();
  readonly #again = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Map<string, { at: number; timer: Disposable }>();
  #scheduled = false;
  #disposed = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Runs the key soon. */
  add(key: string): void {
    if (this.#disposed) return;
    if (this.#running.has(key)) this.#again.add(key);
    else this.#waiting.add(key);
    this.#schedule();
  }

  /** Runs the key in `ms`, or earlier when an earlier time was already asked for. */
  addAfter(key: string, ms: number): void {
    if (this.#disposed) return;
    const at = this.#clock.now() + ms;
    const known = this.#timers.get(key);
    if (known && known.at <= at) return;
    known?.timer.dispose();
    const timer = this.#clock.after(ms, () => {
      this.#timers.delete(key);
      this.add(key);
    });
    this.#timers.set(key, { at, timer });
  }

  /** Stops timers and starts nothing more; a run under way ends by itself. */
  dispose(): void {
    this.#disposed = true;
    this.#waiting.clear();
    for (const { timer } of this.#timers.values()) timer.dispose();
    this.#timers.clear();
  }

  #schedule(): void {
    if (this.#scheduled || this.#disposed) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#drain();
    });
  }

  #drain(): void {
    for (const key of this.#waiting) {
      if (this.#disposed || this.#running.size >= (this.#options.concurrency ?? 8)) return;
      this.#waiting.delete(key);
      this.#running.add(key);
      void this.#run(key);
    }
  }

  async #run(key: string): Promise<void> {
    try {
      await this.#options.sync(key);
      this.#failures.delete(key);
    } catch (error) {
      this.#retry(key, error);
    } finally {
      this.#running.delete(key);
      if (this.#again.delete(key) && !this.#disposed) this.#waiting.add(key);
      if (this.#waiting.size > 0) this.#schedule();
    }
  }

  #retry(key: string, error: unknown): void {
    if (this.#disposed) return;
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const race = error instanceof StatusError && (error.status === 409 || error.status === 404);
    const longest = race ? longestConflictRetryMs : longestRetryMs;
    const ms = Math.min(firstRetryMs * 2 ** (failures - 1), longest);
    const fields = { queue: this.#options.name, key, failures, ms, error: messageOf(error) };
    if (race) this.#options.logger.debug(fields, 'a key will be synced again');
    else this.#options.logger.warn(fields, 'a key could not be synced');
    this.addAfter(key, ms);
  }
}
