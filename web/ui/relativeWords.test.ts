import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { relativeWords, spanWords } from './relativeWords.ts';

describe('relativeWords', () => {
  const now = 1_000_000_000_000;
  for (const [passed, words] of [[0, 'just now'], [-5_000, 'just now'], [60_000, '1 min ago'], [59 * 60_000, '59 min ago'],
    [2 * 3_600_000, '2 h ago'], [26 * 3_600_000, 'yesterday'], [5 * 86_400_000, '5 days ago']] as const) {
    test(`${passed} ms is "${words}"`, () => assert.equal(relativeWords(now - passed, now), words));
  }
});

describe('spanWords', () => {
  for (const [span, words] of [[612, '0.6 s'], [9_960, '10 s'], [42_000, '42 s'], [180_000, '3 min']] as const) {
    test(`${span} ms is "${words}"`, () => assert.equal(spanWords(span), words));
  }
});
