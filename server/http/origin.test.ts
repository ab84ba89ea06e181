// Which origins count as ours.
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { isForeign, isOwnOrigin } from './origin.ts';

const asked = (headers: Record<string, string>) => ({ headers }) as unknown as IncomingMessage;
const base = 'https://patchbay.example';

test('the host that was asked for and the known address are ours, all else is not', () => {
  for (const [origin, host, own] of [
    ['http://127.0.0.1:8080', '127.0.0.1:8080', true], ['https://patchbay.example', '10.0.0.1:8080', true], ['http://127.0.0.1:8081', '127.0.0.1:8080', false],
    ['https://patchbay.example.evil', 'x', false], ['http://patchbay.example', 'x', false], ['null', 'null', false], ['', '', false], ['file://x', 'x', false], ['chrome-extension://x', 'x', false],
  ] as const) assert.equal(isOwnOrigin(asked({ origin, host }), base), own, origin);
});

test('without an origin the browser\'s own word on the site counts', () => {
  assert.equal(isForeign(asked({}), base), false);
  assert.equal(isForeign(asked({ 'sec-fetch-site': 'same-origin' }), base), false);
  assert.equal(isForeign(asked({ 'sec-fetch-site': 'cross-site' }), base), true);
  assert.equal(isForeign(asked({ 'sec-fetch-site': 'same-site' }), base), true);
});
