// The words and sums of the board: pure.
import type { BoardView, StudentRow } from '../../../server/contract/index.ts';
import type { JackState } from '../../ui/Jack.tsx';

export type CellState = StudentRow['progress'][string][number]['state'];

export const cellWords: Record<CellState, string> = { untouched: 'not started', started: 'started', passed: 'passed' };

export const clusterWords: Record<StudentRow['cluster']['state'], { words: string; jack: JackState }> = {
  none: { words: 'no cluster', jack: 'untouched' },
  queued: { words: 'waiting for a cluster', jack: 'waiting' },
  provisioning: { words: 'cluster is being built', jack: 'waiting' },
  ready: { words: 'cluster ready', jack: 'passed' },
  unreachable: { words: 'cluster does not answer', jack: 'broken' },
  failed: { words: 'cluster failed', jack: 'failed' },
};

export interface ClassSummary {
  students: number;
  online: number;
  /** Clusters that need a look: failed or not answering. */
  troubled: number;
  /** Students who may want help with their step. */
  stuck: number;
}

/** Counts for the head of the board, at `now`. */
export const summarise = (board: BoardView, now: number): ClassSummary => ({
  stuck: board.students.filter((student) => placeOf(student, now)?.stuck).length,
  students: board.students.length,
  online: board.students.filter((student) => student.online).length,
  troubled: board.students.filter(({ cluster }) => cluster.state === 'failed' || cluster.state === 'unreachable').length,
});

/** Longer than this on one step, or more attempts than this without passing it, and someone may want help. */
const stuckMinutes = 10;
const stuckAttempts = 4;

export interface Place {
  /** Whole minutes with the step on screen; runs on while it is. */
  minutes: number;
  attempts: number;
  /** What the board says: "3 min", "14 min, 5 tries". */
  words: string;
  /** True when the step has not passed and much time or many attempts went into it. */
  stuck: boolean;
}

/** Where an online student stands at `now`; undefined for those who are away or on no step. */
export const placeOf = (student: StudentRow, now: number): Place | undefined => {
  const { at } = student;
  if (at === undefined || !student.online) return undefined;
  const minutes = Math.max(0, Math.floor((at.since === undefined ? at.spentMs : Math.max(at.spentMs, now - at.since)) / 60_000));
  const open = cellOf(student, at.labId, at.stepId).state !== 'passed';
  const words = [`${minutes} min`, ...(open && at.attempts > 0 ? [`${at.attempts} ${at.attempts === 1 ? 'try' : 'tries'}`] : [])].join(', ');
  return { minutes, attempts: at.attempts, words, stuck: open && (minutes >= stuckMinutes || at.attempts >= stuckAttempts) };
};

/** State of one step of one student; steps the server did not tell are untouched. */
export const cellOf = (student: StudentRow, labId: string, stepId: string): StudentRow['progress'][string][number] =>
  student.progress[labId]?.find((step) => step.stepId === stepId) ?? { stepId, state: 'untouched', earned: 0, points: 0 };
