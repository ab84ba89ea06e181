// Where root's range of host ids goes when others have ranges already.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planRootBase } from './idMap.ts';

test('a host without ranges gets the first base', () => {
  assert.equal(planRootBase([]), 200_000);
});

test('ranges below and above are left alone', () => {
  assert.equal(planRootBase([{ start: 100_000, count: 65_536 }, { start: 300_000, count: 65_536 }]), 200_000);
});

test('a taken range is stepped over, and so is the next', () => {
  assert.equal(planRootBase([{ start: 165_536, count: 65_536 }]), 231_072);
  assert.equal(planRootBase([{ start: 240_000, count: 65_536 }, { start: 190_000, count: 50_000 }]), 305_536);
});
