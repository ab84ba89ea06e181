// Buckets empty, refill, give back, and forget.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRateLimit } from './rateLimit.ts';

test('a bucket holds its burst, refills by the minute, and takes back what was harmless', () => {
  let now = 0;
  const limit = createRateLimit({ clock: { now: () => now, after: () => ({ dispose() {} }) }, burst: 2, perMinute: 6, message: 'Too many.' });
  limit.take('a');
  limit.take('a');
  assert.throws(() => limit.take('a'), (error: { code: string; retryAfterSeconds: number }) => error.code === 'too-many-requests' && error.retryAfterSeconds === 10);
  limit.take('b');
  limit.refund('a');
  limit.take('a');
  now += 9_999;
  assert.throws(() => limit.take('a'), { code: 'too-many-requests' });
  now += 1;
  limit.take('a');
  now += 3_600_000;
  limit.take('a');
  limit.take('a');
  assert.throws(() => limit.take('a'), { code: 'too-many-requests' });
});
