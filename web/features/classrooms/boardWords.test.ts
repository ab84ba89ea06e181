import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BoardView, StudentRow } from '../../../server/contract/index.ts';
import { summarise } from './boardWords.ts';

const student = (state: StudentRow['cluster']['state'], online: boolean, attempts = 0): StudentRow =>
  ({ cluster: { state }, online, progress: {}, at: { labId: 'lab', stepId: 's', spentMs: 0, attempts } }) as unknown as StudentRow;

test('summarise counts who is here, which clusters need a look and who may want help', () => {
  const board = { students: [student('ready', true, 7), student('failed', true), student('unreachable', false, 9)] } as unknown as BoardView;
  assert.deepEqual(summarise(board, 0), { students: 3, online: 2, troubled: 2, stuck: 1 });
});
