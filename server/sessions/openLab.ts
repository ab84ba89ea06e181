// One lab of one student: closed, being prepared, open on the cluster, and its checks while it is.
import { type Clock, type Disposable, type Logger } from '../base/index.ts';
import { createPodHistory, ensureSetup, isAutomatic, startOver, watchedResources } from '../checks/index.ts';
import type { CheckState, LabState } from '../contract/index.ts';
import type { Lab } from '../labs/index.ts';
import type { ClusterHandle } from '../ports/index.ts';
import type { Store } from '../store/index.ts';
import { CheckRuns } from './checkRuns.ts';
import { SessionError } from './errors.ts';
import type { Limiter } from './limiter.ts';
import { checksOfStep, judgeStep } from './progress.ts';
import { groupResources, watchResources } from './resourceWatch.ts';
import type { CheckRun } from './sessions.ts';
import { causeOf, setupSentence, type Trouble } from './trouble.ts';

export interface OpenLabOptions {
  sessionId: string; lab: Lab; store: Store; clock: Clock; logger: Logger; limiter: Limiter;
  onLab(state: LabState): void;
  onCheck(check: CheckState, passedSteps: string[]): void;
  /** Points, or steps seen or passed, changed. */
  onProgress(): void;
  onRun(run: CheckRun): void;
  onTrouble(trouble: Trouble): void;
  /** Milliseconds that this lab is on screen and that are not stored yet. */
  runningMs(): number;
}

interface Live { cluster: ClusterHandle; openedAt: number; abort: AbortController; history: ReturnType<typeof createPodHistory>; watch?: Disposable }

export class OpenLab {
  readonly #options: OpenLabOptions;
  readonly checks: CheckRuns;
  #phase: LabState['phase'] = 'closed';
  #detail: string | undefined;
  #live: Live | undefined;
  #preparing: { abort: AbortController; done: Promise<void> } | undefined;
  #passed: Set<string>;

  constructor(options: OpenLabOptions) {
    this.#options = options;
    this.#passed = this.#storedPasses();
    this.checks = new CheckRuns({
      ...options,
      onState: (state, change) => {
        if (change.ran) this.#judgeSteps(change.earned);
        options.onCheck(state, this.passedSteps());
      },
    });
  }

  get phase(): LabState['phase'] {
    return this.#phase;
  }

  state(): LabState {
    const { lab, store, sessionId } = this.#options;
    const quizIds = new Map(lab.quizzes.map((quiz) => [quiz.id, quiz.id as LabState['quizzes'][number]['id']]));
    return {
      labId: lab.id, phase: this.#phase, checks: this.checks.states(), passedSteps: this.passedSteps(),
      spentMs: this.#options.runningMs() + store.progress.steps(sessionId).filter((row) => row.labId === lab.id).reduce((sum, row) => sum + row.spentMs, 0),
      ...(this.#detail !== undefined && { detail: this.#detail }), ...(this.#live && { openedAt: this.#live.openedAt }),
      quizzes: store.progress.quizzes(sessionId, lab.id).flatMap((row) => (quizIds.has(row.quizId) ? [{ id: quizIds.get(row.quizId)!, choices: row.choices, correct: row.correct }] : [])),
    };
  }

  /** A step that passed stays so, except while a guard of it is seen to fail. */
  passedSteps(): string[] {
    return this.#options.lab.steps.filter((step) => this.#passed.has(step.id) && !judgeStep(step, (id) => this.checks.isEarned(id), (id) => this.checks.verdictOf(id)).broken).map((step) => step.id);
  }

  /** Prepares the lab on a cluster; resolves when it is open or has failed, which the state tells. Nothing happens when it is open there. */
  async open(clusterReady: (signal: AbortSignal) => Promise<{ cluster: ClusterHandle; uid: string }>, again: boolean): Promise<void> {
    if (this.#preparing && !again) return this.#preparing.done;
    if (this.#phase === 'open' && !again) return;
    this.close('preparing');
    const abort = new AbortController();
    const done = this.#prepare(clusterReady, again, abort.signal);
    this.#preparing = { abort, done };
    await done;
  }

  async #prepare(clusterReady: (signal: AbortSignal) => Promise<{ cluster: ClusterHandle; uid: string }>, again: boolean, signal: AbortSignal): Promise<void> {
    const { lab, store, sessionId, clock, logger } = this.#options;
    try {
      const { cluster, uid } = await clusterReady(signal);
      await (again ? startOver : ensureSetup)(lab, cluster, { signal });
      if (signal.aborted) return;
      const openedAt = clock.now();
      store.transaction(() => {
        store.progress.setOpening(sessionId, { labId: lab.id, clusterUid: uid, openedAt });
        store.podHistory.clear(sessionId, lab.id);
      });
      this.#preparing = undefined;
      this.resume(cluster, openedAt);
    } catch (error) {
      if (signal.aborted) return;
      this.#preparing = undefined;
      const cause = causeOf(error);
      logger.warn({ lab: lab.id, cause }, 'lab could not be prepared');
      if (!(error instanceof SessionError)) this.#options.onTrouble({ what: `Lab ${lab.number}, ${lab.title}, could not be set up.`, cause });
      this.#setPhase('failed', setupSentence(error));
    }
  }

  /** Takes the lab up on a cluster that it was prepared on at `openedAt`. */
  resume(cluster: ClusterHandle, openedAt: number): void {
    const { lab, clock, store, sessionId } = this.#options;
    const abort = new AbortController();
    const history = createPodHistory(cluster, lab.namespace, clock, {
      since: openedAt, entries: store.podHistory.list(sessionId, lab.id), record: (entries) => store.podHistory.append(sessionId, lab.id, entries),
    });
    this.#live = { cluster, openedAt, abort, history };
    this.checks.setPlace({ cluster, namespace: lab.namespace, history, signal: abort.signal });
    this.#setPhase('open');
  }

  /** Lets go of the cluster. Verdicts seen on it are forgotten, since the next one starts untouched. */
  close(phase: 'closed' | 'preparing' = 'closed'): void {
    if (phase === this.#phase && !this.#live && !this.#preparing) return;
    this.#preparing?.abort.abort();
    this.#preparing = undefined;
    this.#live?.abort.abort();
    this.#live?.watch?.dispose();
    this.#live?.history.dispose();
    this.checks.setPlace(undefined, this.#live !== undefined);
    this.#live = undefined;
    this.#setPhase(phase);
  }

  /** Runs the checks of steps that were seen, now and whenever their resources change, until deactivated. */
  activate(): void {
    const live = this.#live;
    if (!live || live.watch) return;
    const specs = this.#options.lab.checks.filter(isAutomatic);
    const wanted = groupResources(specs.map((spec) => ({ key: spec.id as string, resources: watchedResources(spec) })));
    live.watch = watchResources(live.cluster.kube, wanted, this.#options.clock, (ids) => {
      const seen = this.#seenChecks();
      this.checks.changed([...ids].filter((id) => seen.has(id)));
    });
    this.checks.trigger(this.#seenChecks());
  }

  deactivate(): void {
    this.#live?.watch?.dispose();
    delete this.#live?.watch;
  }

  /** A step came on screen. False when the lab has none of that id. */
  see(stepId: string): boolean {
    const { lab, store, sessionId, clock, onLab } = this.#options;
    const step = lab.steps.find((one) => one.id === stepId);
    if (!step) return false;
    const passed = this.#passed.size;
    store.progress.markStepSeen(sessionId, lab.id, step.id, clock.now());
    this.#judgeSteps(true);
    // A step without checks passes by being seen: no check will tell the page.
    if (this.#passed.size > passed) onLab(this.state());
    return true;
  }

  /** Check ids of a step, or those of `only` that the lab has. */
  checkIds(stepId: string | undefined, only?: readonly string[]): string[] {
    if (only) return only.filter((id) => this.checks.has(id));
    const step = this.#options.lab.steps.find((one) => one.id === stepId);
    return step ? checksOfStep(step).map((check) => check.id) : [];
  }

  /** Takes up what is stored, after progress was reset. */
  reload(): void {
    this.#passed = this.#storedPasses();
    this.checks.reload();
  }

  #setPhase(phase: LabState['phase'], detail?: string): void {
    this.#phase = phase;
    this.#detail = detail;
    this.#options.onLab(this.state());
  }

  #storedPasses(): Set<string> {
    const { store, sessionId, lab } = this.#options;
    return new Set(store.progress.steps(sessionId).filter((row) => row.labId === lab.id && row.passedAt !== null).map((row) => row.stepId));
  }

  #seenChecks(): Set<string> {
    const { store, sessionId, lab } = this.#options;
    const seen = new Set(store.progress.steps(sessionId).filter((row) => row.labId === lab.id).map((row) => row.stepId));
    return new Set(lab.steps.filter((step) => seen.has(step.id)).flatMap((step) => checksOfStep(step).map((check) => check.id as string)));
  }

  #judgeSteps(changed: boolean): void {
    const { lab, store, sessionId, clock, onProgress } = this.#options;
    let moved = changed;
    const seen = new Set(store.progress.steps(sessionId).filter((row) => row.labId === lab.id).map((row) => row.stepId));
    for (const step of lab.steps) {
      if (this.#passed.has(step.id)) continue;
      const { passed, unknown } = judgeStep(step, (id) => this.checks.isEarned(id), (id) => this.checks.verdictOf(id));
      const scores = checksOfStep(step).some((check) => !check.guard);
      if (passed && (scores || seen.has(step.id))) {
        store.progress.markStepPassed(sessionId, lab.id, step.id, clock.now());
        this.#passed.add(step.id);
        moved = true;
      } else if (unknown.length > 0 && scores) this.checks.trigger(unknown);
    }
    if (moved) onProgress();
  }
}
