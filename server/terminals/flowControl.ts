// When to stop and go again, by how much output is on its way and not yet acknowledged.

/** Characters on their way at which a writer is stopped, and below which it goes again: the numbers that terminals in editors use. */
export const highWatermark = 100_000;
export const lowWatermark = 5_000;

/** A switch with hysteresis between the two watermarks. */
export class Watermark {
  #held = false;

  /** True while the writer has to wait. */
  get held(): boolean {
    return this.#held;
  }

  /** Tells what is outstanding now; returns whether the writer has to wait. */
  update(outstanding: number): boolean {
    if (outstanding > highWatermark) this.#held = true;
    else if (outstanding < lowWatermark) this.#held = false;
    return this.#held;
  }
}
