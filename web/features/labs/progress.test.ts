import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CheckId, LabId } from '../../../server/contract/index.ts';
import type { LabState, LabView, StepView } from '../../../server/contract/index.ts';
import { earnedPoints, stepAt, stepJacks } from './progress.ts';

const check = (id: string, points: number) => ({ type: 'check' as const, check: { id: CheckId.parse(id), title: id, points, guard: false } });
const steps: StepView[] = [
  { id: 'first', title: 'First', blocks: [check('a', 1), check('b', 2)] },
  { id: 'second', title: 'Second', blocks: [check('c', 4)] },
];
const lab = { steps } as unknown as LabView;
const state = (earned: string[], passedSteps: string[] = []): LabState => ({
  labId: LabId.parse('lab'), phase: 'open', spentMs: 0, passedSteps, quizzes: [],
  checks: ['a', 'b', 'c'].map((id) => ({ id: CheckId.parse(id), earned: earned.includes(id), running: false, attempts: 0 })),
});

describe('stepJacks', () => {
  test('nothing done is untouched', () => assert.deepEqual(stepJacks(lab, state([])), ['untouched', 'untouched']));
  test('one of two checks is started', () => assert.deepEqual(stepJacks(lab, state(['a'])), ['started', 'untouched']));
  test('the server decides what passed means (guards count)', () => {
    assert.equal(stepJacks(lab, state(['a', 'b']))[0], 'started');
    assert.equal(stepJacks(lab, state(['a', 'b'], ['first']))[0], 'passed');
  });
  test('a step without checks is passed when the server says so, as in the contents', () => {
    const plain: StepView = { id: 'plain', title: 'Plain', blocks: [] };
    assert.deepEqual(stepJacks({ steps: [plain, ...steps] }, state([], ['plain'])), ['passed', 'untouched', 'untouched']);
    assert.deepEqual(stepJacks({ steps: [...steps, plain] }, state(['c'])), ['untouched', 'started', 'untouched']);
  });
});

test('earnedPoints adds what was earned over all steps', () => assert.equal(earnedPoints(lab, state(['a', 'c'])), 5));

describe('stepAt', () => {
  test('before the first step there is none', () => assert.equal(stepAt([300, 900], 200), -1));
  test('the last step above the line', () => assert.equal(stepAt([-500, 100, 900], 200), 1));
});
