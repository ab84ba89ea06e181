import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inputPieces, takeOutput } from './sequence.ts';

describe('takeOutput', () => {
  test('what follows on is drawn', () => assert.deepEqual(takeOutput(10, 13, 'abc'), { seq: 13, draw: 'abc', gap: false }));
  test('what was drawn before is skipped', () => assert.deepEqual(takeOutput(13, 13, 'abc'), { seq: 13, draw: '', gap: false }));
  test('of an overlap only the new part is drawn', () => assert.deepEqual(takeOutput(11, 13, 'abc'), { seq: 13, draw: 'bc', gap: false }));
  test('a hole is told', () => assert.equal(takeOutput(5, 13, 'abc').gap, true));
});

describe('inputPieces', () => {
  test('nothing is lost and no piece is too long', () => {
    const pieces = inputPieces('x'.repeat(70_000), 32_768);
    assert.deepEqual(pieces.map((piece) => piece.length), [32_768, 32_768, 4_464]);
  });
  test('an emoji is not cut in half', () => assert.deepEqual(inputPieces('ab😀c', 3), ['ab', '😀c']));
});
