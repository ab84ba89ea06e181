// What counts as started, passed and earned.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Lab, LabStep } from '../labs/index.ts';
import { judgeStep, stepStates, summarise } from './progress.ts';

const check = (id: string, points: number, guard = false) => ({ type: 'check', check: { id, points, guard } });
const steps = [{ id: 'one', title: 'One', blocks: [check('a', 2), check('g', 0, true)] }, { id: 'two', title: 'Two', blocks: [check('b', 3)] }, { id: 'three', title: 'Three', blocks: [] }] as unknown as LabStep[];
const lab = { id: 'lab', number: 1, title: 'L', summary: 'S', minutes: 5, points: 5, steps } as unknown as Lab;

test('a step passes when all that scores is earned and its guards hold', () => {
  const judge = (earned: string[], verdicts: Record<string, string>) => judgeStep(steps[0]!, (id) => earned.includes(id), (id) => verdicts[id]);
  assert.deepEqual(judge([], { g: 'passed' }), { passed: false, unknown: [], broken: false });
  assert.deepEqual(judge(['a'], {}), { passed: false, unknown: ['g'], broken: false });
  assert.deepEqual(judge(['a'], { g: 'waiting' }), { passed: false, unknown: [], broken: false });
  assert.deepEqual(judge(['a'], { g: 'failed' }), { passed: false, unknown: [], broken: true });
  assert.deepEqual(judge(['a'], { g: 'passed' }), { passed: true, unknown: [], broken: false });
});

test('states and points come from what is stored, of this lab only', () => {
  const progress = {
    earned: [{ labId: 'lab', checkId: 'a', points: 2 }, { labId: 'other', checkId: 'b', points: 9 }],
    steps: [{ labId: 'lab', stepId: 'one', passedAt: 5, spentMs: 1 }, { labId: 'lab', stepId: 'three', passedAt: null, spentMs: 0 }],
  };
  assert.deepEqual(stepStates(lab, progress), [
    { stepId: 'one', state: 'passed', earned: 2, points: 2 }, { stepId: 'two', state: 'untouched', earned: 0, points: 3 }, { stepId: 'three', state: 'started', earned: 0, points: 0 },
  ]);
  assert.equal(summarise(lab, progress).earned, 2);
});
