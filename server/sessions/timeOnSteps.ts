// How long each step is on a student's screen, however many pages show it.
import type { Clock } from '../base/index.ts';
import type { Store } from '../store/index.ts';

export interface StepPlace { labId: string; stepId?: string | undefined }

/** Running time is written at least this often, so that a crash of the server loses no more. */
const writeEveryMs = 60_000;

export class TimeOnSteps {
  readonly #sessionId: string;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #running = new Map<string, { place: { labId: string; stepId: string }; since: number }>();

  constructor({ sessionId, store, clock }: { sessionId: string; store: Store; clock: Clock }) {
    this.#sessionId = sessionId;
    this.#store = store;
    this.#clock = clock;
  }

  /** Tells what is on screen from now on; time of what no longer is gets written. */
  show(places: readonly StepPlace[]): void {
    const now = this.#clock.now();
    const shown = new Map(places.flatMap(({ labId, stepId }) => (stepId === undefined ? [] : [[keyOf({ labId, stepId }), { labId, stepId }] as const])));
    for (const [key, { place, since }] of this.#running) {
      if (shown.has(key) && now - since < writeEveryMs) continue;
      this.#store.progress.addTime(this.#sessionId, place.labId, place.stepId, now - since);
      this.#running.delete(key);
    }
    for (const [key, place] of shown) if (!this.#running.has(key)) this.#running.set(key, { place, since: now });
  }

  /** Milliseconds that are not written yet; undefined when the step is not on screen. */
  running(place: StepPlace): number | undefined {
    const found = this.#running.get(keyOf(place));
    return found && this.#clock.now() - found.since;
  }

  /** The same for all steps of a lab together. */
  runningInLab(labId: string): number {
    return [...this.#running.values()].filter(({ place }) => place.labId === labId).reduce((sum, { since }) => sum + this.#clock.now() - since, 0);
  }

  /** Forgets time that is not written: progress starts anew. */
  restart(): void {
    for (const entry of this.#running.values()) entry.since = this.#clock.now();
  }
}

const keyOf = ({ labId, stepId }: StepPlace): string => `${labId}/${stepId}`;
