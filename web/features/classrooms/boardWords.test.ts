import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BoardView, StudentRow } from '../../../server/contract/index.ts';
import { cellOf, summarise } from './boardWords.ts';

const student = (state: StudentRow['cluster']['state'], online: boolean): StudentRow => ({ cluster: { state }, online, progress: {} }) as unknown as StudentRow;

test('summarise counts who is here and which clusters need a look', () => {
  const board = { students: [student('ready', true), student('failed', true), student('unreachable', false)] } as unknown as BoardView;
  assert.deepEqual(summarise(board), { students: 3, online: 2, troubled: 2 });
});

describe('cellOf', () => {
  test('a step that was not told is untouched', () => assert.equal(cellOf(student('ready', true), 'lab', 'step').state, 'untouched'));
});
