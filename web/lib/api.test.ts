import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { asApiError, parseProblem } from './api.ts';

describe('parseProblem', () => {
  test('keeps sentence, code, hint and field issues of problem+json', () => {
    const error = parseProblem(409, { type: 'about:blank', title: 'That name is taken.', status: 409, code: 'name-taken', hint: 'Add an initial.', issues: [{ path: 'name', message: 'taken' }] });
    assert.deepEqual([error.message, error.code, error.hint, error.issues[0]?.path], ['That name is taken.', 'name-taken', 'Add an initial.', 'name']);
  });
  test('a body that is no problem still gives a sentence with the status', () => {
    const error = parseProblem(502, '<html>bad gateway');
    assert.equal(error.code, 'internal');
    assert.match(error.message, /502/);
  });
});

test('asApiError never shows an exception\'s own text', () => {
  assert.doesNotMatch(asApiError(new TypeError('x is not a function')).message, /function/);
});
