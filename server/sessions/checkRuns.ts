// Runs one lab's checks on its cluster: one run of a check at a time, folded re-runs, attempts recorded as they must be.
import { messageOf, type Clock, type Disposable, type Logger } from '../base/index.ts';
import type { CheckState, Verdict } from '../contract/index.ts';
import { isAutomatic, runCheck } from '../checks/index.ts';
import type { CheckSpec, Lab } from '../labs/index.ts';
import type { CheckContext } from '../ports/index.ts';
import type { Store } from '../store/index.ts';
import { SessionError } from './errors.ts';
import type { Limiter } from './limiter.ts';
import type { CheckRun } from './sessions.ts';
import type { Trouble } from './trouble.ts';

/** A run that takes longer is ended; its verdict is then `broken`. */
const runLimitMs = 60_000;

/** Runs of one check that may wait for one another. */
const waitingLimit = 4;

/** After a change a check that is not green runs again after each of these: what was just started may not answer yet, and nothing tells when it does. */
const followUpsMs = [150, 300, 600];

/** Everything a run needs of its opened lab; `signal` aborts when the lab is closed or started over. */
export type RunPlace = Pick<CheckContext, 'cluster' | 'namespace' | 'history' | 'signal'>;

interface Entry { spec: CheckSpec; running: boolean; again: boolean; tail: Promise<void>; waiting: number; followUps: readonly number[]; timer?: Disposable; verdict?: Verdict; attempts: number; checkedAt?: number; answer?: string }

export interface CheckRunsOptions {
  sessionId: string; lab: Lab; store: Store; clock: Clock; logger: Logger; limiter: Limiter;
  /** After anything of a check's state changed; `earned` when it just earned its points. */
  onState(state: CheckState, change: { earned: boolean; ran: boolean }): void;
  onRun(run: CheckRun): void;
  onTrouble(trouble: Trouble): void;
}

export class CheckRuns {
  readonly #options: CheckRunsOptions;
  readonly #entries = new Map<string, Entry>();
  #earned = new Set<string>();
  #place: RunPlace | undefined;

  constructor(options: CheckRunsOptions) {
    this.#options = options;
    this.reload();
  }

  /** Takes up what is stored, for a new session object and after progress was reset. */
  reload(): void {
    const { sessionId, lab, store } = this.#options;
    const past = new Map(store.attempts.past(sessionId, lab.id).map((row) => [row.checkId, row]));
    this.#earned = new Set(store.attempts.earned(sessionId).filter((row) => row.labId === lab.id).map((row) => row.checkId));
    this.#forgetFollowUps();
    for (const spec of lab.checks) {
      const known = past.get(spec.id);
      this.#entries.set(spec.id, {
        spec, running: false, again: false, tail: Promise.resolve(), waiting: 0, followUps: [], attempts: known?.attempts ?? 0,
        ...(known && { verdict: known.verdict, checkedAt: known.checkedAt }), ...(known?.answer && { answer: known.answer }),
      });
    }
  }

  /** Where checks run from now on; undefined when the lab is closed. Old live verdicts are forgotten only with `forget`. */
  setPlace(place: RunPlace | undefined, forget = false): void {
    this.#place = place;
    this.#forgetFollowUps();
    if (!forget) return;
    for (const entry of this.#entries.values()) {
      delete entry.verdict;
      delete entry.checkedAt;
    }
  }

  has(id: string): boolean {
    return this.#entries.has(id);
  }

  isEarned(id: string): boolean {
    return this.#earned.has(id);
  }

  verdictOf(id: string): Verdict['kind'] | undefined {
    return this.#entries.get(id)?.verdict?.kind;
  }

  states(): CheckState[] {
    return this.#options.lab.checks.map((spec) => this.state(spec.id));
  }

  state(id: string): CheckState {
    const { spec, verdict, running, attempts, checkedAt, answer } = this.#entries.get(id)!;
    return { id: spec.id, earned: this.#earned.has(id), running, attempts, ...(verdict && { verdict }), ...(checkedAt !== undefined && { checkedAt }), ...(answer !== undefined && { answer }) };
  }

  /** The cluster changed in a way that may matter to these: they run now, and a few times more while they are not green. */
  changed(ids: Iterable<string>): void {
    for (const id of ids) {
      const entry = this.#entries.get(id);
      if (!entry) continue;
      entry.timer?.dispose();
      entry.followUps = followUpsMs;
      this.trigger([id]);
    }
  }

  /** Runs automatic ones among these soon; one that is running runs once more after. */
  trigger(ids: Iterable<string>): void {
    for (const id of ids) {
      const entry = this.#entries.get(id);
      if (!entry || !this.#place || !isAutomatic(entry.spec)) continue;
      if (entry.waiting > 0) entry.again = true;
      else void this.#enqueue(entry, { asked: false });
    }
  }

  /** A run that was asked for; resolves with the state after it, also when the lab was closed meanwhile. Throws SessionError `too-many-requests`. */
  async ask(id: string, answer: string | undefined): Promise<CheckState> {
    const entry = this.#entries.get(id)!;
    if (entry.waiting >= waitingLimit) throw new SessionError('too-many-requests', 'This check is already running several times over.', { hint: 'Wait for its result.' });
    if (answer !== undefined) entry.answer = answer;
    await this.#enqueue(entry, { asked: true, ...(answer !== undefined && { answer }) });
    return this.state(id);
  }

  #enqueue(entry: Entry, how: { asked: boolean; answer?: string }): Promise<void> {
    entry.waiting++;
    entry.tail = entry.tail.then(async () => {
      try {
        await this.#options.limiter(() => this.#run(entry, how));
      } catch (error) {
        this.#options.logger.error({ check: entry.spec.id, error: messageOf(error) }, 'a run could not be recorded');
        entry.running = false;
      } finally {
        entry.waiting--;
      }
      if (entry.again && entry.waiting === 0) {
        entry.again = false;
        this.trigger([entry.spec.id]);
      }
    });
    return entry.tail;
  }

  async #run(entry: Entry, how: { asked: boolean; answer?: string }): Promise<void> {
    const { clock, lab, logger, onState, onRun, onTrouble } = this.#options;
    const place = this.#place;
    if (!place) return;
    entry.running = true;
    if (how.asked) onState(this.state(entry.spec.id), { earned: false, ran: false });
    const signal = AbortSignal.any([place.signal, AbortSignal.timeout(runLimitMs)]);
    const { observation, verdict, ms } = await runCheck(entry.spec, { ...place, signal, clock, ...(how.answer !== undefined && { answer: how.answer }) });
    entry.running = false;
    if (place.signal.aborted) return onState(this.state(entry.spec.id), { earned: false, ran: false });
    entry.verdict = verdict;
    entry.checkedAt = clock.now();
    const earns = verdict.kind === 'passed' && !entry.spec.guard && !this.#earned.has(entry.spec.id);
    if (how.asked || earns) this.#record(entry, how, { observation, verdict, ms }, earns);
    if (verdict.kind === 'broken') {
      const cause = typeof observation.notRun === 'string' ? observation.notRun : JSON.stringify(observation).slice(0, 1_000);
      logger.warn({ lab: lab.id, check: entry.spec.id, cause }, 'check could not run');
      onTrouble({ what: `Check "${entry.spec.title}" of lab ${lab.number} could not run.`, cause });
    }
    this.#followUp(entry);
    onRun({ type: entry.spec.type, verdict: verdict.kind, ms, asked: how.asked });
    onState(this.state(entry.spec.id), { earned: earns, ran: true });
  }

  #followUp(entry: Entry): void {
    entry.timer?.dispose();
    const [delay, ...rest] = entry.verdict?.kind === 'failed' || entry.verdict?.kind === 'waiting' ? entry.followUps : [];
    entry.followUps = rest;
    if (delay !== undefined) entry.timer = this.#options.clock.after(delay, () => this.trigger([entry.spec.id]));
  }

  #forgetFollowUps(): void {
    for (const entry of this.#entries.values()) {
      entry.timer?.dispose();
      entry.followUps = [];
    }
  }

  #record(entry: Entry, how: { asked: boolean; answer?: string }, result: { observation: Record<string, unknown>; verdict: Verdict; ms: number }, earns: boolean): void {
    const { store, sessionId, lab } = this.#options;
    store.attempts.record({ sessionId, labId: lab.id, checkId: entry.spec.id, at: entry.checkedAt!, ...how, ...result }, earns ? entry.spec.points : undefined);
    if (how.asked) entry.attempts++;
    if (earns) this.#earned.add(entry.spec.id);
  }
}
