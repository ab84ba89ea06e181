// Where a student stands: the state of each step, and the time and attempts that went into the one on screen. Pure.
import type { StudentRow } from '../../server/contract/index.ts';

export type CellState = StudentRow['progress'][string][number]['state'];

/** State of one step of one student; steps the server did not tell are untouched. */
export const cellOf = (student: StudentRow, labId: string, stepId: string): StudentRow['progress'][string][number] =>
  student.progress[labId]?.find((step) => step.stepId === stepId) ?? { stepId, state: 'untouched', earned: 0, points: 0 };

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
  const words = [minutes === 0 ? 'under 1 min' : `${minutes} min`, ...(open && at.attempts > 0 ? [`${at.attempts} ${at.attempts === 1 ? 'try' : 'tries'}`] : [])].join(', ');
  return { minutes, attempts: at.attempts, words, stuck: open && (minutes >= stuckMinutes || at.attempts >= stuckAttempts) };
};
