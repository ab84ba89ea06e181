// Sessions as the HTTP room and classrooms see them.
import type { Disposable } from '../base/index.ts';
import type { CheckState, ClusterView, LabState, LabView, QuizResult, SavedFile, SessionEvent, SessionView, StudentRow, TerminalView, Verdict } from '../contract/index.ts';
import type { Attachment, AttachOptions, Viewer } from '../terminals/index.ts';

/** A finished run of a check, for metrics. */
export interface CheckRun { type: string; verdict: Verdict['kind']; ms: number; asked: boolean }

/** What a page has on screen: no step in a lab's introduction; absent check ids mean all of the step. */
export interface Watching { labId: string; stepId?: string | undefined; checkIds?: readonly string[] | undefined }

/** A student's labs. Methods throw SessionError; ids come from the student and are looked up, never trusted. */
export interface SessionLabs {
  /** Waits some seconds for a cluster that is being made, so that its values are on the page. */
  view(labId: string): Promise<LabView>;
  state(labId: string): LabState;
  /** Applies the lab's setup once for each cluster. Answers `preparing` when that takes longer than a few seconds; events tell the rest. */
  open(labId: string): Promise<LabState>;
  startOver(labId: string): Promise<LabState>;
  /** A run that was asked for: recorded as an attempt. Resolves with the state after it. */
  runCheck(labId: string, checkId: string, answer?: string): Promise<CheckState>;
  answerQuiz(labId: string, quizId: string, choices: readonly string[]): QuizResult;
  /** Writes a file block into ~/lab on the workstation. */
  saveFile(labId: string, blockId: string): Promise<SavedFile>;
  /** Absolute path of an image in the lab's files; throws `not-found` for any other name. */
  asset(labId: string, name: string): string;
}

/** A student's shells, at most `terminalLimit` at a time; each on a machine of their own cluster. */
export interface SessionTerminals {
  list(): Promise<TerminalView[]>;
  open(machine: string): Promise<TerminalView>;
  /** Throws `unknown-terminal` also for another session's terminal. */
  attach(id: string, options: AttachOptions, viewer: Viewer): Promise<Attachment>;
  close(id: string): Promise<void>;
}

export const terminalLimit = 8;

/** One student in one classroom. */
export interface Session {
  readonly id: string;
  readonly labs: SessionLabs;
  readonly terminals: SessionTerminals;
  view(): SessionView;
  row(): StudentRow;
  renewCluster(): Promise<ClusterView>;
  resetProgress(): Promise<void>;
  /** One connected page: told every event, and counted as online until disposed. */
  connect(listener: (event: SessionEvent) => void): Connection;
}

/** `watching` says what the page shows; undefined when nothing of a lab is on screen. */
export interface Connection extends Disposable { watching(place: Watching | undefined): void }

/** All sessions of this server. `dispose` lets go of them; clusters and shells keep running. */
export interface Sessions extends Disposable {
  /** Finds running clusters again after a restart. */
  start(): void;
  /** Makes sure that the session has a cluster; throws `unknown-session`. */
  get(id: string): Session;
  /** The same without asking for a cluster, for those who only look. */
  find(id: string): Session;
  /** Ends shells and cluster and tells the student's pages why. */
  remove(id: string, reason: string): Promise<void>;
  /** Tells pages that what identifies them no longer does: they are cut off. */
  cutOff(id: string): void;
  /** Called with the id of a session whose row on the board may have changed. */
  onChange(listener: (id: string) => void): Disposable;
  onCheck(listener: (run: CheckRun) => void): Disposable;
  /** How many there are now; `clusters` by state, `terminals` of shells that run. */
  counts(): Promise<{ sessions: number; online: number; terminals: number; clusters: Record<string, number> }>;
}
