// Learns which sandbox held an address, one look at a node at a time however many pods change there.
import type { Clock, Disposable } from '../base/index.ts';
import type { ClusterHandle } from '../ports/index.ts';
import { readSandboxes } from './sandboxes.ts';

/** Changes of one node within this time share a look. */
const gatherMs = 50;
/** A node that does not answer is asked again after these pauses, then at its next change. */
const retriesMs = [500, 2000, 8000];

/** Told once for each wish: the sandbox that holds the address now, or undefined when none does. */
type Wish = { address: string; tell(sandboxId: string | undefined): void };

/** Collects wishes by node. At most one look at a node is under way. */
export class SandboxFinder implements Disposable {
  readonly #cluster: ClusterHandle;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  readonly #wishes = new Map<string, Wish[]>();
  readonly #running = new Set<string>();
  readonly #timers = new Set<Disposable>();

  constructor(cluster: ClusterHandle, clock: Clock) {
    this.#cluster = cluster;
    this.#clock = clock;
  }

  /** Asks for the sandbox that holds `address` on `machine`; looks that began before are not taken for an answer. */
  wish(machine: string, wish: Wish): void {
    const waiting = this.#wishes.get(machine);
    if (waiting) waiting.push(wish);
    else this.#wishes.set(machine, [wish]);
    if (!this.#running.has(machine)) this.#lookIn(machine, gatherMs, 0);
  }

  dispose(): void {
    this.#stop.abort();
    for (const timer of this.#timers) timer.dispose();
  }

  #lookIn(machine: string, ms: number, failures: number): void {
    this.#running.add(machine);
    const timer = this.#clock.after(ms, () => {
      this.#timers.delete(timer);
      void this.#look(machine, failures);
    });
    this.#timers.add(timer);
  }

  async #look(machine: string, failures: number): Promise<void> {
    const wishes = this.#wishes.get(machine) ?? [];
    this.#wishes.delete(machine);
    let failed = 0;
    try {
      const found = await readSandboxes(this.#cluster, machine, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      for (const { address, tell } of wishes) tell(found.get(address));
    } catch {
      if (this.#stop.signal.aborted) return;
      failed = failures + 1;
      if (failed <= retriesMs.length) this.#wishes.set(machine, [...wishes, ...(this.#wishes.get(machine) ?? [])]);
    }
    this.#running.delete(machine);
    if (this.#wishes.has(machine)) this.#lookIn(machine, failed > 0 ? retriesMs[Math.min(failed, retriesMs.length) - 1]! : gatherMs, failed);
  }
}
