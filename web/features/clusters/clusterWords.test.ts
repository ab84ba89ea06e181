import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clusterWords, estimateWords } from './clusterWords.ts';

describe('clusterWords', () => {
  test('a queue tells the place', () => {
    assert.equal(clusterWords({ state: 'queued', provider: 'embedded', machines: [], place: 3 }), 'Waiting, place 3');
    assert.equal(clusterWords({ state: 'queued', provider: 'embedded', machines: [], place: 1 }), 'Waiting, next');
  });
  test('provisioning tells its stage', () => {
    assert.equal(clusterWords({ state: 'provisioning', provider: 'kind', machines: [], stage: { id: 'dns', title: 'Waiting for DNS', fraction: 0.5 } }), 'Waiting for DNS');
  });
});

describe('estimateWords', () => {
  for (const [ms, words] of [[undefined, ''], [120, 'about 1 s'], [4_400, 'about 4 s'], [150_000, 'about 3 min']] as const) {
    test(`${ms} is "${words}"`, () => assert.equal(estimateWords(ms), words));
  }
});
