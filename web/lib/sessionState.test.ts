import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CheckId, LabId } from '../../server/contract/index.ts';
import type { CheckState, LabState } from '../../server/contract/index.ts';
import { emptySession, reduceSession } from './sessionState.ts';

const labId = LabId.parse('reach-a-pod');
const check = (id: string, earned: boolean): CheckState => ({ id: CheckId.parse(id), earned, running: false, attempts: 1 });
const lab: LabState = { labId, phase: 'open', spentMs: 0, checks: [check('one', false), check('two', false)], passedSteps: [], quizzes: [] };

describe('reduceSession', () => {
  const opened = reduceSession(emptySession, { type: 'lab', lab });
  test('a check event replaces that check, keeps its place, and sets the passed steps', () => {
    const next = reduceSession(opened, { type: 'check', labId, check: check('one', true), passedSteps: ['first'] });
    assert.deepEqual(next.labs[labId]?.checks.map((each) => [each.id, each.earned]), [['one', true], ['two', false]]);
    assert.deepEqual(next.labs[labId]?.passedSteps, ['first']);
  });
  test('does not change the state it was given', () => {
    reduceSession(opened, { type: 'check', labId, check: check('one', true), passedSteps: ['first'] });
    assert.equal(opened.labs[labId]?.checks[0]?.earned, false);
  });
  test('a check of a lab that was never asked for is left alone', () => {
    assert.equal(reduceSession(emptySession, { type: 'check', labId, check: check('one', true), passedSteps: [] }), emptySession);
  });
  test('removal keeps its reason', () => {
    assert.equal(reduceSession(opened, { type: 'removed', reason: 'The instructor removed you.' }).removed, 'The instructor removed you.');
  });
});
