import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { placeProblem } from './joinProblems.ts';

describe('placeProblem', () => {
  test('a taken name stands beside the name, with its hint', () => {
    assert.deepEqual(placeProblem({ code: 'name-taken', message: 'Ada is here already.', hint: 'Add an initial.', issues: [] }), { name: { message: 'Ada is here already.', hint: 'Add an initial.' } });
  });
  test('a wrong code stands beside the code', () => assert.ok(placeProblem({ code: 'join-code-wrong', message: 'No.', hint: undefined, issues: [] }).code));
  test('field issues go to their fields', () => {
    assert.deepEqual(placeProblem({ code: 'invalid-input', message: 'Some fields.', hint: undefined, issues: [{ path: 'name', message: 'At most 60 characters.' }] }), { name: { message: 'At most 60 characters.' } });
  });
  test('everything else belongs to the form', () => assert.ok(placeProblem({ code: 'classroom-full', message: 'Full.', hint: undefined, issues: [] }).form));
});
