// One lane per machine: its jobs never overlap, are coalesced, and are tried again until they succeed.
import { messageOf, systemClock, type Clock, type Disposable, type Logger } from '../../base/index.ts';

/** Endpoints change in bursts; waiting this long turns a burst into one change of the kernel's rules. */
const coalesceMs = 3;
const firstRetryMs = 50;
const longestRetryMs = 5_000;

/** Jobs run in the order in which they are listed. */
export interface LaneJobs { readonly [name: string]: () => Promise<void> }

export class NodeLane implements Disposable {
  readonly #machine: string;
  readonly #jobs: LaneJobs;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #marked = new Set<string>();
  #idle: { promise: Promise<void>; resolve(): void } | undefined;
  #timer: Disposable | undefined;
  #running = false;
  #failures = 0;
  #disposed = false;

  constructor(machine: string, jobs: LaneJobs, logger: Logger, clock: Clock = systemClock) {
    this.#machine = machine;
    this.#jobs = jobs;
    this.#logger = logger;
    this.#clock = clock;
  }

  /** Runs the job soon; marking it again before it starts changes nothing, during its run makes it run once more. */
  mark(job: string): void {
    if (this.#disposed) return;
    this.#marked.add(job);
    if (!this.#running) this.#arm(coalesceMs);
  }

  /** Resolves when no job is marked or running. */
  idle(): Promise<void> {
    if (!this.#running && this.#marked.size === 0) return Promise.resolve();
    this.#idle ??= Promise.withResolvers<void>();
    return this.#idle.promise;
  }

  dispose(): void {
    this.#disposed = true;
    this.#marked.clear();
    this.#timer?.dispose();
    this.#idle?.resolve();
  }

  #arm(ms: number): void {
    this.#timer ??= this.#clock.after(ms, () => {
      this.#timer = undefined;
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    let failed = false;
    for (const name of Object.keys(this.#jobs)) {
      if (this.#disposed || !this.#marked.delete(name)) continue;
      try {
        await this.#jobs[name]!();
      } catch (error) {
        failed = true;
        if (!this.#disposed) {
          this.#marked.add(name);
          this.#logger.warn({ machine: this.#machine, job: name, error: messageOf(error) }, 'rules were not applied and will be tried again');
        }
      }
    }
    this.#running = false;
    this.#failures = failed ? this.#failures + 1 : 0;
    if (this.#marked.size > 0 && !this.#disposed) {
      this.#arm(failed ? Math.min(firstRetryMs * 2 ** (this.#failures - 1), longestRetryMs) : coalesceMs);
    } else {
      this.#idle?.resolve();
      this.#idle = undefined;
    }
  }
}
