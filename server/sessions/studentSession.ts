// One student: cluster, labs, shells and connected pages, and the events between them.
import { DisposableStack, type Clock, type Disposable, type Logger } from '../base/index.ts';
import type { Clusters } from '../clusters/index.ts';
import type { ClusterView, LabId, SessionEvent, SessionView, StudentRow, WorkshopView } from '../contract/index.ts';
import type { Workshop } from '../labs/index.ts';
import type { SessionRow, StepRow, Store } from '../store/index.ts';
import type { Terminals } from '../terminals/index.ts';
import { createLimiter, type Limiter } from './limiter.ts';
import { checksOfStep, stepStates, summarise } from './progress.ts';
import type { CheckRun, Connection, Session, SessionTerminals, Watching } from './sessions.ts';
import { StudentLabs } from './studentLabs.ts';
import { createStudentTerminals } from './studentTerminals.ts';
import { TimeOnSteps } from './timeOnSteps.ts';
import type { Trouble } from './trouble.ts';

/** Visible checks run this often by themselves. */
const visibleEveryMs = 5_000;
/** Checks of one student that run at once. */
const checksAtOnce = 4;

export interface StudentSessionOptions {
  row: SessionRow; classroom: string; workshop: Workshop; clusterName: string;
  store: Store; terminals: Terminals; clusters: Clusters; clock: Clock; logger: Logger;
  /** Shared by all students, over each student's own bound. */
  limiter: Limiter;
  onChange(): void;
  onCheck(run: CheckRun): void;
}

interface Page { listener(event: SessionEvent): void; place?: Watching }

export class StudentSession implements Session, Disposable {
  readonly id: string;
  readonly labs: StudentLabs;
  readonly terminals: SessionTerminals;
  readonly #options: StudentSessionOptions;
  readonly #owned = new DisposableStack();
  readonly #pages = new Set<Page>();
  #tick: Disposable | undefined;
  #renewing: Promise<void> | undefined;
  #trouble: (Trouble & { at: number }) | undefined;
  readonly #time: TimeOnSteps;

  constructor(options: StudentSessionOptions) {
    this.#options = options;
    this.id = options.row.id;
    const { clusters, clusterName } = options;
    const own = createLimiter(checksAtOnce);
    this.#time = new TimeOnSteps({ ...options, sessionId: this.id });
    this.terminals = createStudentTerminals(this.id, options.terminals, () => clusters.tryHandle(clusterName));
    this.labs = new StudentLabs({
      ...options, sessionId: this.id, lastLabId: options.row.labId,
      limiter: (work) => own(() => options.limiter(work)),
      tell: (event) => this.#tell(event),
      onProgress: () => this.#progressChanged(),
      onRun: (run) => {
        options.onCheck(run);
        if (run.asked) options.onChange();
      },
      onTrouble: (trouble) => {
        this.#trouble = { ...trouble, at: options.clock.now() };
        options.onChange();
      },
      runningMs: (labId) => this.#time.runningInLab(labId),
      places: () => this.#places(),
    });
    this.#owned.add(clusters.onChange((name, view) => { if (name === clusterName) this.#clusterChanged(view); }));
    this.#owned.add({ dispose: () => this.#tick?.dispose() });
    this.labs.adopt();
  }

  /** Finds or queues the session's cluster; does nothing when it has one. */
  ensureCluster(): void {
    this.#options.clusters.ensure(this.#options.clusterName);
  }

  get online(): boolean {
    return this.#pages.size > 0;
  }

  get clusterView(): ClusterView {
    return this.#options.clusters.view(this.#options.clusterName);
  }

  view(): SessionView {
    const { row, classroom } = this.#options;
    return { sessionId: row.id, name: row.name, classroom, workshop: this.#workshopView(), cluster: forStudent(this.clusterView) };
  }

  row(): StudentRow {
    const { row, workshop, store, clock } = this.#options;
    const stored = store.sessions.get(this.id) ?? row;
    const progress = this.#progress();
    const at = stored.labId && stored.stepId ? this.#place(stored.labId, stored.stepId, progress.steps) : undefined;
    return {
      sessionId: row.id, name: row.name, joinedAt: row.joinedAt, lastSeenAt: this.online ? clock.now() : stored.lastSeenAt, online: this.online, cluster: this.clusterView,
      points: progress.earned.reduce((sum, one) => sum + one.points, 0),
      ...(at && { at }), ...(this.#trouble && { trouble: this.#trouble }),
      progress: Object.fromEntries(workshop.labs.map((one) => [one.id, stepStates(one, progress)])),
    };
  }

  async renewCluster(): Promise<ClusterView> {
    const { clusters, clusterName, terminals } = this.#options;
    this.#renewing ??= (async () => {
      this.labs.letGo(true);
      await terminals.closeAll(this.id);
      await clusters.renew(clusterName);
    })().finally(() => { this.#renewing = undefined; });
    await this.#renewing;
    return forStudent(this.clusterView);
  }

  async resetProgress(): Promise<void> {
    const { store, clock } = this.#options;
    store.transaction(() => {
      store.attempts.voidAll(this.id, clock.now());
      store.progress.clear(this.id);
    });
    this.#time.restart();
    this.labs.reload();
    this.#progressChanged();
  }

  connect(listener: (event: SessionEvent) => void): Connection {
    const page: Page = { listener };
    this.#pages.add(page);
    this.#seen();
    return {
      watching: (place) => this.#watch(page, place),
      dispose: () => {
        if (!this.#pages.delete(page)) return;
        this.#time.show(this.#places());
        this.#seen();
        if (this.#pages.size === 0) this.labs.deactivate();
      },
    };
  }

  /** Tells every page, then forgets them. */
  leave(reason: string): void {
    this.#tell({ type: 'removed', reason });
    this.#pages.clear();
    this.#time.show([]);
  }

  dispose(): void {
    this.#owned.dispose();
    this.#pages.clear();
    this.#time.show([]);
    this.labs.letGo(true);
  }

  #watch(page: Page, place: Watching | undefined): void {
    delete page.place;
    if (place && this.labs.see(place)) page.place = place;
    this.#time.show(this.#places());
    if (!page.place) return this.#options.onChange();
    this.labs.activate();
    this.#options.store.sessions.setPlace(this.id, page.place.labId, page.place.stepId ?? null);
    this.#tick ??= this.#options.clock.after(visibleEveryMs, () => this.#runVisible());
    this.#options.onChange();
  }

  #runVisible(): void {
    this.#tick = undefined;
    if (this.#places().length === 0) return;
    this.#time.show(this.#places());
    this.labs.runVisible();
    this.#tick = this.#options.clock.after(visibleEveryMs, () => this.#runVisible());
  }

  #places(): Watching[] {
    return [...this.#pages].flatMap((page) => (page.place ? [page.place] : []));
  }

  #clusterChanged(view: ClusterView): void {
    this.#tell({ type: 'cluster', cluster: forStudent(view) });
    this.#options.onChange();
    if (view.state === 'ready') this.labs.adopt();
    else if (view.state !== 'unreachable') this.labs.letGo(false);
  }

  #place(labId: LabId, stepId: string, steps: readonly StepRow[]): StudentRow['at'] {
    const { store, workshop, clock } = this.#options;
    const step = workshop.labs.find((one) => one.id === labId)?.steps.find((one) => one.id === stepId);
    if (!step) return undefined;
    const asked = store.attempts.asked(this.id, labId);
    const running = this.#time.running({ labId, stepId });
    const spentMs = (steps.find((row) => row.labId === labId && row.stepId === stepId)?.spentMs ?? 0) + (running ?? 0);
    return {
      labId, stepId, spentMs, ...(running !== undefined && { since: clock.now() - spentMs }),
      attempts: checksOfStep(step).reduce((sum, check) => sum + (asked.get(check.id) ?? 0), 0),
    };
  }

  #progress() {
    const { store } = this.#options;
    return { earned: store.attempts.earned(this.id), steps: store.progress.steps(this.id) };
  }

  #workshopView(): WorkshopView {
    const { workshop } = this.#options;
    const progress = this.#progress();
    return { id: workshop.id, title: workshop.title, summary: workshop.summary, labs: workshop.labs.map((lab) => summarise(lab, progress)) };
  }

  #progressChanged(): void {
    if (this.online) this.#tell({ type: 'workshop', workshop: this.#workshopView() });
    this.#options.onChange();
  }

  #seen(): void {
    this.#options.store.sessions.touch(this.id, this.#options.clock.now());
    this.#options.onChange();
  }

  #tell(event: SessionEvent): void {
    for (const page of this.#pages) page.listener(event);
  }
}

// A machine's words help an instructor and frighten a student.
function forStudent(view: ClusterView): ClusterView {
  return { ...view, cause: undefined };
}
