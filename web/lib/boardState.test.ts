import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ClassroomId, LabId, SessionId } from '../../server/contract/index.ts';
import type { BoardView, StudentRow } from '../../server/contract/index.ts';
import { passedCount, reduceBoard, sortStudents } from './boardState.ts';

const student = (letter: string, changes: Partial<StudentRow> = {}): StudentRow => ({
  sessionId: SessionId.parse(`s_${letter.repeat(16)}`), name: letter, joinedAt: 0, lastSeenAt: 0, online: true, points: 0, progress: {},
  cluster: { state: 'ready', provider: 'embedded', machines: [] }, ...changes,
});
const board: BoardView = {
  classroomId: ClassroomId.parse(`c_${'a'.repeat(16)}`), title: 'Class', joinCode: 'x', joinLink: 'y', provider: { id: 'embedded', why: '' }, points: 4, labs: [],
  students: [student('a'), student('b')],
};

describe('reduceBoard', () => {
  test('a known student is replaced in place', () => {
    const next = reduceBoard(board, { type: 'student', student: student('a', { points: 3 }) });
    assert.deepEqual(next?.students.map((each) => [each.name, each.points]), [['a', 3], ['b', 0]]);
  });
  test('a new student joins at the end; one who left is gone', () => {
    const joined = reduceBoard(board, { type: 'student', student: student('c') });
    assert.deepEqual(joined?.students.map((each) => each.name), ['a', 'b', 'c']);
    assert.deepEqual(reduceBoard(joined, { type: 'left', sessionId: student('b').sessionId })?.students.map((each) => each.name), ['a', 'c']);
  });
  test('events before the first board are ignored', () => assert.equal(reduceBoard(undefined, { type: 'student', student: student('a') }), undefined));
});

describe('sortStudents', () => {
  const rows = [student('c', { points: 2 }), student('a', { points: 2 }), student('b', { points: 9, online: false, lastSeenAt: 5 })];
  test('by points, equal ones by name', () => assert.deepEqual(sortStudents(rows, 'points', 0).map((each) => each.name), ['b', 'a', 'c']));
  test('by presence, those who are here first', () => assert.deepEqual(sortStudents(rows, 'now', 0).map((each) => each.name), ['a', 'c', 'b']));
  test('by presence, those who may want help before those who are only long on a step', () => {
    const at = (minutes: number, attempts: number) => ({ at: { labId: LabId.parse('lab'), stepId: 's', spentMs: minutes * 60_000, since: 9_000_000 - minutes * 60_000, attempts } });
    const pupils = [student('a', at(2, 0)), student('b', at(9, 1)), student('c', at(1, 6)), student('d', { ...at(60, 9), online: false, lastSeenAt: 5 })];
    assert.deepEqual(sortStudents(pupils, 'now', 9_000_000).map((each) => each.name), ['c', 'b', 'a', 'd']);
  });
});

test('passedCount counts only passed steps', () => {
  const progress = (state: 'started' | 'passed') => ({ progress: { lab: [{ stepId: 's', state, earned: 0, points: 1 }] } });
  assert.equal(passedCount([student('a', progress('passed')), student('b', progress('started')), student('c')], 'lab', 's'), 1);
});
