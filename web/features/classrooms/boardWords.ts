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
}

/** Counts for the head of the board. */
export const summarise = (board: BoardView): ClassSummary => ({
  students: board.students.length,
  online: board.students.filter((student) => student.online).length,
  troubled: board.students.filter(({ cluster }) => cluster.state === 'failed' || cluster.state === 'unreachable').length,
});

/** State of one step of one student; steps the server did not tell are untouched. */
export const cellOf = (student: StudentRow, labId: string, stepId: string): StudentRow['progress'][string][number] =>
  student.progress[labId]?.find((step) => step.stepId === stepId) ?? { stepId, state: 'untouched', earned: 0, points: 0 };
