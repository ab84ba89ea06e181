// One student: cluster, labs, shells and connected pages, and the events between them.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DisposableStack, messageOf, type Clock, type Disposable, type Logger } from '../base/index.ts';
import type { Clusters } from '../clusters/index.ts';
import type { ClusterView, LabState, SessionEvent, SessionView, StudentRow, WorkshopView } from '../contract/index.ts';
import { labValues, saveLabFile } from '../checks/index.ts';
import { findFileBlock, judgeQuiz, renderLab, type LabValues, type Workshop } from '../labs/index.ts';
import type { ClusterHandle } from '../ports/index.ts';
import type { SessionRow, Store } from '../store/index.ts';
import type { Terminals } from '../terminals/index.ts';
import { clusterNotReady, SessionError } from './errors.ts';
import { createLimiter, type Limiter } from './limiter.ts';
import { OpenLab } from './openLab.ts';
import { stepStates, summarise } from './progress.ts';
import type { CheckRun, Connection, Session, SessionLabs, SessionTerminals, Watching } from './sessions.ts';
import { createStudentTerminals } from './studentTerminals.ts';

/** How long answers wait for something that is nearly there. */
const patienceMs = 4_000;
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
  readonly labs: SessionLabs;
  readonly terminals: SessionTerminals;
  readonly #options: StudentSessionOptions;
  readonly #owned = new DisposableStack();
  readonly #labs = new Map<string, OpenLab>();
  readonly #pages = new Set<Page>();
  readonly #limiter: Limiter;
  #adopted: ClusterHandle | undefined;
  #active: string | undefined;
  /** Labs that were asked for and are to be prepared again on a new cluster. */
  readonly #wanted = new Set<string>();
  #tick: Disposable | undefined;
  #renewing: Promise<void> | undefined;

  constructor(options: StudentSessionOptions) {
    this.#options = options;
    this.id = options.row.id;
    const own = createLimiter(checksAtOnce);
    this.#limiter = (work) => own(() => options.limiter(work));
    this.terminals = createStudentTerminals(this.id, options.terminals, () => options.clusters.tryHandle(options.clusterName));
    this.labs = this.#createLabs();
    this.#active = options.row.labId ?? undefined;
    this.#owned.add(options.clusters.onChange((name, view) => { if (name === options.clusterName) this.#clusterChanged(view); }));
    this.#owned.add({ dispose: () => this.#tick?.dispose() });
    this.#adopt();
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
    return { sessionId: row.id, name: row.name, classroom, workshop: this.#workshopView(), cluster: this.clusterView };
  }

  row(): StudentRow {
    const { row, workshop, store, clock } = this.#options;
    const stored = store.sessions.get(this.id) ?? row;
    const progress = this.#progress();
    const lab = workshop.labs.find((one) => one.id === stored.labId);
    return {
      sessionId: row.id, name: row.name, joinedAt: row.joinedAt, lastSeenAt: this.online ? clock.now() : stored.lastSeenAt, online: this.online, cluster: this.clusterView,
      points: progress.earned.reduce((sum, one) => sum + one.points, 0),
      ...(lab && stored.stepId && { at: { labId: lab.id, stepId: stored.stepId } }),
      progress: Object.fromEntries(workshop.labs.map((one) => [one.id, stepStates(one, progress)])),
    };
  }

  async renewCluster(): Promise<ClusterView> {
    const { clusters, clusterName, terminals } = this.#options;
    this.#renewing ??= (async () => {
      this.#adopted = undefined;
      for (const lab of this.#labs.values()) lab.close();
      await terminals.closeAll(this.id);
      await clusters.renew(clusterName);
    })().finally(() => { this.#renewing = undefined; });
    await this.#renewing;
    return this.clusterView;
  }

  async resetProgress(): Promise<void> {
    const { store, clock } = this.#options;
    store.transaction(() => {
      store.attempts.voidAll(this.id, clock.now());
      store.progress.clear(this.id);
    });
    for (const lab of this.#labs.values()) {
      lab.reload();
      this.#tell({ type: 'lab', lab: lab.state() });
    }
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
        this.#seen();
        if (this.#pages.size === 0) for (const lab of this.#labs.values()) lab.deactivate();
      },
    };
  }

  /** Tells every page, then forgets them. */
  leave(reason: string): void {
    this.#tell({ type: 'removed', reason });
    this.#pages.clear();
  }

  dispose(): void {
    this.#owned.dispose();
    for (const lab of this.#labs.values()) lab.close();
    this.#pages.clear();
  }

  #createLabs(): SessionLabs {
    return {
      view: async (labId) => {
        const lab = this.#labOf(labId);
        const cluster = await this.#clusterSoon();
        const view = renderLab(lab, this.#values(cluster));
        // What a cluster lacks is known only once it is there.
        return cluster ? view : { ...view, unmetNeeds: [] };
      },
      state: (labId) => this.#open(labId).state(),
      open: (labId) => this.#prepare(labId, false),
      startOver: (labId) => this.#prepare(labId, true),
      runCheck: async (labId, checkId, answer) => {
        const open = this.#open(labId);
        if (!open.checks.has(checkId)) throw new SessionError('unknown-check', 'The lab has no such check.');
        if (open.phase !== 'open') throw new SessionError('lab-not-open', 'The lab is not open on your cluster yet.', { hint: 'Wait until it is prepared, or open it again.' });
        return open.checks.ask(checkId, answer);
      },
      answerQuiz: (labId, quizId, choices) => {
        const { store, clock } = this.#options;
        const lab = this.#labOf(labId);
        const result = judgeQuiz(lab, quizId, choices);
        if (!result) throw new SessionError('not-found', 'The lab has no such quiz.');
        store.progress.setQuiz(this.id, lab.id, { quizId, choices: [...choices], correct: result.correct }, clock.now());
        this.#tell({ type: 'lab', lab: this.#open(labId).state() });
        return result;
      },
      saveFile: async (labId, blockId) => {
        const cluster = this.#options.clusters.tryHandle(this.#options.clusterName);
        if (!cluster) throw clusterNotReady();
        const file = findFileBlock(this.#labOf(labId), blockId, this.#values(cluster));
        if (!file) throw new SessionError('not-found', 'The lab has no such file.');
        return { path: await saveLabFile(cluster, file, AbortSignal.timeout(patienceMs)) };
      },
      asset: (labId, name) => {
        const path = join(this.#labOf(labId).folder, 'files', name);
        if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*\.(png|jpe?g|gif|webp|svg)$/.test(name) || !existsSync(path)) throw new SessionError('not-found', 'The lab has no such image.');
        return path;
      },
    } satisfies SessionLabs;
  }

  async #prepare(labId: string, again: boolean): Promise<LabState> {
    const lab = this.#labOf(labId);
    const open = this.#open(labId);
    const { clusters, clusterName, clock } = this.#options;
    clusters.ensure(clusterName);
    this.#active = lab.id;
    this.#wanted.add(lab.id);
    const work = open.open(async (signal) => {
      const cluster = await clusters.whenReady(clusterName, signal);
      const unmet = renderLab(lab, this.#values(cluster)).unmetNeeds;
      if (unmet.length > 0) throw new SessionError('needs-unmet', unmet.join(' '));
      return { cluster, uid: await uidOf(cluster) };
    }, again).then(() => this.#activate());
    await Promise.race([work, new Promise<void>((resolve) => clock.after(patienceMs, resolve))]);
    return open.state();
  }

  #watch(page: Page, place: Watching | undefined): void {
    const { store, row } = this.#options;
    const lab = place && this.#options.workshop.labs.find((one) => one.id === place.labId);
    if (!place || !lab) {
      delete page.place;
      return;
    }
    const open = this.#open(lab.id);
    if (!open.see(place.stepId)) return;
    page.place = place;
    store.sessions.setPlace(this.id, lab.id, place.stepId);
    row.labId = lab.id;
    this.#active = lab.id;
    this.#activate();
    open.checks.trigger(open.checkIds(place.stepId, place.checkIds));
    this.#tick ??= this.#options.clock.after(visibleEveryMs, () => this.#runVisible());
    this.#options.onChange();
  }

  #runVisible(): void {
    this.#tick = undefined;
    let any = false;
    for (const { place } of this.#pages) {
      if (!place) continue;
      any = true;
      const open = this.#open(place.labId);
      open.checks.trigger(open.checkIds(place.stepId, place.checkIds));
    }
    if (any) this.#tick = this.#options.clock.after(visibleEveryMs, () => this.#runVisible());
  }

  // Only labs that someone looks at follow the cluster: the one opened last, and those on other pages of the student.
  #activate(): void {
    const wanted = new Set([...this.#pages].flatMap((page) => (page.place ? [page.place.labId] : [])));
    if (this.#active) wanted.add(this.#active);
    for (const [id, lab] of this.#labs) {
      if (wanted.has(id)) lab.activate();
      else lab.deactivate();
    }
  }

  #clusterChanged(view: ClusterView): void {
    this.#tell({ type: 'cluster', cluster: view });
    this.#options.onChange();
    if (view.state === 'ready') this.#adopt();
    else if (view.state !== 'unreachable') this.#letGo();
  }

  #letGo(): void {
    this.#adopted = undefined;
    for (const lab of this.#labs.values()) if (lab.phase === 'open') lab.close();
  }

  // A cluster that labs were opened on is taken up where it was left; on a new one the lab on screen is prepared again.
  #adopt(): void {
    const { clusters, clusterName, store, logger, workshop } = this.#options;
    const cluster = clusters.tryHandle(clusterName);
    if (!cluster || cluster === this.#adopted) return;
    this.#adopted = cluster;
    const openings = store.progress.openings(this.id).filter((row) => workshop.labs.some((lab) => lab.id === row.labId));
    for (const row of openings) this.#wanted.add(row.labId);
    if (this.#wanted.size === 0) return;
    uidOf(cluster).then((uid) => {
      if (this.#adopted !== cluster || this.#owned.disposed) return;
      for (const row of openings) {
        const open = this.#open(row.labId);
        if (open.phase === 'closed' && row.clusterUid === uid) open.resume(cluster, row.openedAt);
      }
      if (this.#active && this.#wanted.has(this.#active) && ['closed', 'failed'].includes(this.#open(this.#active).phase)) void this.#prepare(this.#active, false);
      if (this.online) this.#activate();
    }).catch((error: unknown) => logger.warn({ session: this.id, error: messageOf(error) }, 'cluster could not be taken up'));
  }

  async #clusterSoon(): Promise<ClusterHandle | undefined> {
    const { clusters, clusterName } = this.#options;
    const { state } = this.clusterView;
    if (state === 'queued' || state === 'provisioning') return clusters.whenReady(clusterName, AbortSignal.timeout(patienceMs)).catch(() => undefined);
    return clusters.tryHandle(clusterName);
  }

  #values(cluster: ClusterHandle | undefined): LabValues {
    if (cluster) return labValues(cluster);
    const { provider, networkPlugin = '' } = this.clusterView;
    return { provider, networkPlugin, machines: [] };
  }

  #labOf(labId: string) {
    const lab = this.#options.workshop.labs.find((one) => one.id === labId);
    if (!lab) throw new SessionError('not-found', 'There is no such lab.', { hint: 'Go back to the contents.' });
    return lab;
  }

  #open(labId: string): OpenLab {
    const lab = this.#labOf(labId);
    const known = this.#labs.get(lab.id);
    if (known) return known;
    const { store, clock, logger, onCheck } = this.#options;
    const made = new OpenLab({
      sessionId: this.id, lab, store, clock, logger, limiter: this.#limiter,
      onLab: (state) => this.#tell({ type: 'lab', lab: state }),
      onCheck: (check, passedSteps) => this.#tell({ type: 'check', labId: lab.id, check, passedSteps }),
      onProgress: () => this.#progressChanged(),
      onRun: onCheck,
    });
    this.#labs.set(lab.id, made);
    return made;
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

// A cluster made anew under an old name has another kube-system.
async function uidOf(cluster: ClusterHandle): Promise<string> {
  return (await cluster.kube.get({ apiVersion: 'v1', resource: 'namespaces' }, 'kube-system'))?.metadata.uid ?? '';
}
