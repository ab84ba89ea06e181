import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LabSummary } from '../../../server/contract/index.ts';
import { labAfter, nextLab } from './contents.ts';

const lab = (id: string, ...states: ('untouched' | 'started' | 'passed')[]): LabSummary =>
  ({ id, steps: states.map((state, index) => ({ id: `${index}`, title: '', state })) }) as unknown as LabSummary;
const labs = [lab('one', 'passed', 'passed'), lab('two', 'passed', 'started'), lab('three', 'untouched')];

describe('nextLab', () => {
  test('skips what is finished', () => assert.equal(nextLab(labs)?.id, 'two'));
  test('is none when all is finished', () => assert.equal(nextLab(labs.slice(0, 1)), undefined));
});

test('labAfter follows the workshop\'s order and ends with it', () => {
  assert.equal(labAfter(labs, 'two')?.id, 'three');
  assert.equal(labAfter(labs, 'three'), undefined);
  assert.equal(labAfter(labs, 'unknown'), undefined);
});
