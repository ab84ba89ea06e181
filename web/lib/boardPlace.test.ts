import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StudentRow } from '../../server/contract/index.ts';
import { cellOf, placeOf } from './boardPlace.ts';

const now = 10_000_000;
const minute = 60_000;
const student = (at: object | undefined, state: 'started' | 'passed' = 'started', online = true): StudentRow =>
  ({ online, at: at && { labId: 'lab', stepId: 's', ...at }, progress: { lab: [{ stepId: 's', state, earned: 0, points: 2 }] } }) as unknown as StudentRow;

test('a step that was not told is untouched', () => assert.equal(cellOf(student(undefined), 'lab', 'other').state, 'untouched'));

describe('placeOf', () => {
  test('who is away or on no step stands nowhere', () => {
    assert.equal(placeOf(student(undefined), now), undefined);
    assert.equal(placeOf(student({ spentMs: 1, attempts: 0 }, 'started', false), now), undefined);
  });
  test('time runs on while the step is on screen, and stands while it is not', () => {
    assert.equal(placeOf(student({ spentMs: minute, since: now - 5 * minute, attempts: 0 }), now)?.words, '5 min');
    assert.equal(placeOf(student({ spentMs: 3 * minute, attempts: 0 }), now)?.words, '3 min');
  });
  test('a clock that runs behind the server\'s takes nothing away', () => assert.equal(placeOf(student({ spentMs: 2 * minute, since: now + minute, attempts: 0 }), now)?.minutes, 2));
  test('long on a step, or many attempts at it, may want help', () => {
    assert.deepEqual([9, 10].map((minutes) => placeOf(student({ spentMs: minutes * minute, attempts: 0 }), now)?.stuck), [false, true]);
    assert.deepEqual([3, 4].map((attempts) => placeOf(student({ spentMs: 0, attempts }), now)?.stuck), [false, true]);
    assert.equal(placeOf(student({ spentMs: 14 * minute, attempts: 5 }), now)?.words, '14 min, 5 tries');
  });
  test('whoever reads on at a step that has passed does not', () => {
    const place = placeOf(student({ spentMs: 30 * minute, attempts: 9 }, 'passed'), now);
    assert.deepEqual([place?.stuck, place?.words], [false, '30 min']);
  });
});
