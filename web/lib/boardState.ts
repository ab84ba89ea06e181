// What the instructor's page knows, how each event changes it, and in which order students stand: pure.
import type { BoardEvent, BoardView, StudentRow } from '../../server/contract/index.ts';
import { placeOf } from './boardPlace.ts';

/** The board after one event; a student who is new joins at the end. */
export const reduceBoard = (board: BoardView | undefined, event: BoardEvent): BoardView | undefined => {
  if (event.type === 'board') return event.board;
  if (board === undefined) return undefined;
  if (event.type === 'left') return { ...board, students: board.students.filter((student) => student.sessionId !== event.sessionId) };
  const known = board.students.some((student) => student.sessionId === event.student.sessionId);
  return { ...board, students: known
    ? board.students.map((student) => (student.sessionId === event.student.sessionId ? event.student : student))
    : [...board.students, event.student] };
};

export type BoardOrder = 'name' | 'points' | 'now';

/** Students in the order asked for; equal ones by name, so that rows do not jump. `now` puts first who may want help, then who is longest on a step. */
export const sortStudents = (students: readonly StudentRow[], order: BoardOrder, now: number): StudentRow[] => {
  const places = new Map(students.map((student) => [student, placeOf(student, now)]));
  const byName = (left: StudentRow, right: StudentRow): number => left.name.localeCompare(right.name) || left.sessionId.localeCompare(right.sessionId);
  const first: Record<BoardOrder, (left: StudentRow, right: StudentRow) => number> = {
    name: () => 0,
    points: (left, right) => right.points - left.points,
    now: (left, right) => {
      const [mine, other] = [places.get(left), places.get(right)];
      return Number(right.online) - Number(left.online) || Number(other?.stuck ?? false) - Number(mine?.stuck ?? false)
        || (other?.minutes ?? -1) - (mine?.minutes ?? -1) || (left.online ? 0 : right.lastSeenAt - left.lastSeenAt);
    },
  };
  return [...students].sort((left, right) => first[order](left, right) || byName(left, right));
};

/** How many of the students passed a step. */
export const passedCount = (students: readonly StudentRow[], labId: string, stepId: string): number =>
  students.filter((student) => student.progress[labId]?.some((step) => step.stepId === stepId && step.state === 'passed')).length;
