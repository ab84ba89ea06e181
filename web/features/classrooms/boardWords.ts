// The words and sums of the board: pure.
import type { BoardView, StudentRow } from '../../../server/contract/index.ts';
import { placeOf } from '../../lib/boardPlace.ts';
import type { CellState } from '../../lib/boardPlace.ts';
import type { JackState } from '../../ui/Jack.tsx';

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
