// One student's labs on their cluster: opened when asked for, taken up again on a cluster that is found, prepared anew on a new one.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, type Clock, type Logger } from '../base/index.ts';
import { CheckError, labValues, saveLabFile } from '../checks/index.ts';
import type { Clusters } from '../clusters/index.ts';
import type { CheckState, LabState, LabView, QuizResult, SavedFile, SessionEvent } from '../contract/index.ts';
import { findFileBlock, judgeQuiz, renderLab, type Lab, type LabValues, type Workshop } from '../labs/index.ts';
import type { ClusterHandle } from '../ports/index.ts';
import type { Store } from '../store/index.ts';
import { clusterNotReady, SessionError } from './errors.ts';
import type { Limiter } from './limiter.ts';
import { OpenLab } from './openLab.ts';
import type { CheckRun, SessionLabs, Watching } from './sessions.ts';
import { causeOf, type Trouble } from './trouble.ts';

/** How long answers wait for something that is nearly there. */
const patienceMs = 4_000;

export interface StudentLabsOptions {
  sessionId: string; workshop: Workshop; clusters: Clusters; clusterName: string; store: Store; clock: Clock; logger: Logger; limiter: Limiter;
  /** The lab that was on screen last, when it is known. */
  lastLabId: string | null;
  tell(event: SessionEvent): void;
  onProgress(): void;
  onRun(run: CheckRun): void;
  onTrouble(trouble: Trouble): void;
  /** Milliseconds that a lab is on screen and that are not stored yet. */
  runningMs(labId: string): number;
  /** What the student's pages show now. */
  places(): Watching[];
}

export class StudentLabs implements SessionLabs {
  readonly #options: StudentLabsOptions;
  readonly #labs = new Map<string, OpenLab>();
  /** Labs that were asked for and are to be prepared again on a new cluster. */
  readonly #wanted = new Set<string>();
  #active: string | undefined;
  #adopted: ClusterHandle | undefined;

  constructor(options: StudentLabsOptions) {
    this.#options = options;
    this.#active = options.lastLabId ?? undefined;
  }

  async view(labId: string): Promise<LabView> {
    const lab = this.#labOf(labId);
    const cluster = await this.#clusterSoon();
    const view = renderLab(lab, this.#values(cluster));
    // What a cluster lacks is known only once it is there.
    return cluster ? view : { ...view, unmetNeeds: [] };
  }

  state(labId: string): LabState {
    return this.#open(labId).state();
  }

  open(labId: string): Promise<LabState> {
    return this.#prepare(labId, false);
  }

  startOver(labId: string): Promise<LabState> {
    return this.#prepare(labId, true);
  }

  async runCheck(labId: string, checkId: string, answer?: string): Promise<CheckState> {
    const open = this.#open(labId);
    if (!open.checks.has(checkId)) throw new SessionError('unknown-check', 'The lab has no such check.');
    if (open.phase !== 'open') throw new SessionError('lab-not-open', 'The lab is not open on your cluster yet.', { hint: 'Wait until it is prepared, or open it again.' });
    return open.checks.ask(checkId, answer);
  }

  answerQuiz(labId: string, quizId: string, choices: readonly string[]): QuizResult {
    const { store, clock, sessionId, tell } = this.#options;
    const lab = this.#labOf(labId);
    const result = judgeQuiz(lab, quizId, choices);
    if (!result) throw new SessionError('not-found', 'The lab has no such quiz.');
    store.progress.setQuiz(sessionId, lab.id, { quizId, choices: [...choices], correct: result.correct }, clock.now());
    tell({ type: 'lab', lab: this.state(labId) });
    return result;
  }

  async saveFile(labId: string, blockId: string): Promise<SavedFile> {
    const { clusters, clusterName, logger, onTrouble } = this.#options;
    const lab = this.#labOf(labId);
    const cluster = clusters.tryHandle(clusterName);
    if (!cluster) throw clusterNotReady();
    const file = findFileBlock(lab, blockId, this.#values(cluster));
    if (!file) throw new SessionError('not-found', 'The lab has no such file.');
    try {
      return { path: await saveLabFile(cluster, file, AbortSignal.timeout(patienceMs)) };
    } catch (error) {
      if (error instanceof CheckError) throw error; // what the student's own workstation says
      const cause = causeOf(error);
      logger.warn({ lab: lab.id, file: file.path, cause }, 'file could not be saved');
      onTrouble({ what: `${file.path} of lab ${lab.number} could not be saved on the workstation.`, cause });
      throw new SessionError('save-failed', 'Your workstation does not answer, so the file was not saved.', { hint: 'Try again in a moment; if it stays, make a new cluster.', cause: error });
    }
  }

  asset(labId: string, name: string): string {
    const path = join(this.#labOf(labId).folder, 'files', name);
    if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*\.(png|jpe?g|gif|webp|svg)$/.test(name) || !existsSync(path)) throw new SessionError('not-found', 'The lab has no such image.');
    return path;
  }

  /** A page shows a step: it counts as seen, its lab follows the cluster, its checks run. False when there is no such step. */
  see({ labId, stepId, checkIds }: Watching): boolean {
    if (!this.#options.workshop.labs.some((lab) => lab.id === labId)) return false;
    const open = this.#open(labId);
    if (stepId !== undefined && !open.see(stepId)) return false;
    this.#active = labId;
    this.activate();
    open.checks.trigger(open.checkIds(stepId, checkIds));
    return true;
  }

  /** Runs the checks of every step on screen. */
  runVisible(): void {
    for (const { labId, stepId, checkIds } of this.#options.places()) {
      const open = this.#open(labId);
      open.checks.trigger(open.checkIds(stepId, checkIds));
    }
  }

  /** Only labs that someone looks at follow the cluster: the one opened last, and those on other pages of the student. */
  activate(): void {
    const wanted = new Set(this.#options.places().map((place) => place.labId));
    if (this.#active) wanted.add(this.#active);
    for (const [id, lab] of this.#labs) {
      if (wanted.has(id)) lab.activate();
      else lab.deactivate();
    }
  }

  deactivate(): void {
    for (const lab of this.#labs.values()) lab.deactivate();
  }

  /** The cluster is there: labs opened on it are taken up where they were left; on a new one the lab on screen is prepared again. */
  adopt(): void {
    const { clusters, clusterName, store, logger, workshop, sessionId } = this.#options;
    const cluster = clusters.tryHandle(clusterName);
    if (!cluster || cluster === this.#adopted) return;
    this.#adopted = cluster;
    const openings = store.progress.openings(sessionId).filter((row) => workshop.labs.some((lab) => lab.id === row.labId));
    for (const row of openings) this.#wanted.add(row.labId);
    if (this.#wanted.size === 0) return;
    uidOf(cluster).then((uid) => {
      if (this.#adopted !== cluster) return;
      for (const row of openings) {
        const open = this.#open(row.labId);
        if (open.phase === 'closed' && row.clusterUid === uid) open.resume(cluster, row.openedAt);
      }
      if (this.#active && this.#wanted.has(this.#active) && ['closed', 'failed'].includes(this.#open(this.#active).phase)) void this.#prepare(this.#active, false);
      if (this.#options.places().length > 0) this.activate();
    }).catch((error: unknown) => logger.warn({ error: messageOf(error) }, 'cluster could not be taken up'));
  }

  /** The cluster is gone or about to go. Labs that wait for one go on waiting unless `all`. */
  letGo(all: boolean): void {
    this.#adopted = undefined;
    for (const lab of this.#labs.values()) if (all || lab.phase === 'open') lab.close();
  }

  /** Takes up what is stored, after progress was reset. */
  reload(): void {
    for (const lab of this.#labs.values()) {
      lab.reload();
      this.#options.tell({ type: 'lab', lab: lab.state() });
    }
  }

  async #prepare(labId: string, again: boolean): Promise<LabState> {
    const lab = this.#labOf(labId);
    const open = this.#open(labId);
    const { clusters, clusterName, clock } = this.#options;
    this.#active = lab.id;
    this.#wanted.add(lab.id);
    const work = open.open(async (signal) => {
      const cluster = await clusters.whenReady(clusterName, signal);
      const unmet = renderLab(lab, this.#values(cluster)).unmetNeeds;
      if (unmet.length > 0) throw new SessionError('needs-unmet', unmet.join(' '));
      return { cluster, uid: await uidOf(cluster) };
    }, again).then(() => this.activate());
    await Promise.race([work, new Promise<void>((resolve) => clock.after(patienceMs, resolve))]);
    return open.state();
  }

  async #clusterSoon(): Promise<ClusterHandle | undefined> {
    const { clusters, clusterName } = this.#options;
    const { state } = clusters.view(clusterName);
    if (state === 'queued' || state === 'provisioning') return clusters.whenReady(clusterName, AbortSignal.timeout(patienceMs)).catch(() => undefined);
    return clusters.tryHandle(clusterName);
  }

  #values(cluster: ClusterHandle | undefined): LabValues {
    if (cluster) return labValues(cluster);
    const { provider, networkPlugin = '' } = this.#options.clusters.view(this.#options.clusterName);
    return { provider, networkPlugin, machines: [] };
  }

  #labOf(labId: string): Lab {
    const lab = this.#options.workshop.labs.find((one) => one.id === labId);
    if (!lab) throw new SessionError('not-found', 'There is no such lab.', { hint: 'Go back to the contents.' });
    return lab;
  }

  #open(labId: string): OpenLab {
    const lab = this.#labOf(labId);
    const known = this.#labs.get(lab.id);
    if (known) return known;
    const { tell, onProgress } = this.#options;
    const made = new OpenLab({
      ...this.#options, lab, onProgress, runningMs: () => this.#options.runningMs(lab.id),
      onLab: (state) => tell({ type: 'lab', lab: state }),
      onCheck: (check, passedSteps) => tell({ type: 'check', labId: lab.id, check, passedSteps }),
    });
    this.#labs.set(lab.id, made);
    return made;
  }
}

// A cluster made anew under an old name has another kube-system.
async function uidOf(cluster: ClusterHandle): Promise<string> {
  return (await cluster.kube.get({ apiVersion: 'v1', resource: 'namespaces' }, 'kube-system'))?.metadata.uid ?? '';
}
