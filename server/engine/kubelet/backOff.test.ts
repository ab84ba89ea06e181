import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatDuration, nextBackOff, planRestart } from './backOff.ts';

describe('restart', () => {
  test('at once the first time, then ten seconds doubling to five minutes after the end', () => {
    let backOffMs: number | undefined;
    const waits: number[] = [];
    for (let crash = 0; crash < 8; crash += 1) {
      const plan = planRestart({ backOffMs, ranMs: 5, finishedAt: 1000, now: 1000 });
      waits.push(plan.startNow ? 0 : plan.waitMs);
      backOffMs = nextBackOff(backOffMs);
    }
    assert.deepEqual(waits, [0, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
  });
  test('it starts when the time is over, and forgets after ten good minutes', () => {
    assert.equal(planRestart({ backOffMs: 10_000, ranMs: 5, finishedAt: 0, now: 10_000 }).startNow, true);
    assert.equal(planRestart({ backOffMs: 10_000, ranMs: 5, finishedAt: 0, now: 9_999 }).startNow, false);
    assert.deepEqual(planRestart({ backOffMs: 300_000, ranMs: 600_001, finishedAt: 0, now: 0 }), { startNow: true, backOffMs: 10_000 });
  });
});

test('durations read as Go prints them', () => assert.deepEqual([10_000, 80_000, 300_000].map(formatDuration), ['10s', '1m20s', '5m0s']));
