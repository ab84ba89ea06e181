import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { reconnectDelay } from './backoff.ts';

describe('reconnectDelay', () => {
  test('doubles', () => assert.equal(reconnectDelay(3, 0), 2 * reconnectDelay(2, 0)));
  test('never passes ten seconds, however often it failed', () => assert.ok(reconnectDelay(5_000, 0.999) <= 10_000));
  test('spreads a class between half and the whole', () => {
    assert.equal(reconnectDelay(20, 0), 5_000);
    assert.ok(reconnectDelay(20, 0.99) > 9_900);
  });
});
