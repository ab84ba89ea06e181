import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CheckId } from '../../server/contract/index.ts';
import type { CheckState, VerdictKind } from '../../server/contract/index.ts';
import { spokenChange } from './verdictWords.ts';

const state = (kind: VerdictKind): CheckState => ({ id: CheckId.parse('c'), earned: false, running: false, attempts: 0, verdict: { kind, finding: 'No pod answers.' } });

describe('spokenChange', () => {
  test('a new verdict is spoken with its finding', () => assert.equal(spokenChange('It answers', undefined, state('failed')), 'It answers: Not yet. No pod answers.'));
  test('the same verdict again is silent', () => assert.equal(spokenChange('It answers', state('failed'), state('failed')), undefined));
  test('a pass needs no finding', () => assert.equal(spokenChange('It answers', state('failed'), state('passed')), 'It answers: Passed.'));
});
