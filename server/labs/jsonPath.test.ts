// Paths into objects.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePath, selectPath } from './jsonPath.ts';

const pod = { metadata: { labels: { 'app.kubernetes.io/name': 'web' } }, spec: { containers: [{ name: 'a', ports: [{ n: 1 }, { n: 2 }] }, { name: 'b' }], empty: null } };

test('select keys, quoted keys, indexes and every element', () => {
  assert.deepEqual(selectPath(pod, '.spec.containers[*].name'), ['a', 'b']);
  assert.deepEqual(selectPath(pod, '.spec.containers[-1].name'), ['b']);
  assert.deepEqual(selectPath(pod, '.spec.containers[*].ports[*].n'), [1, 2]);
  assert.deepEqual(selectPath(pod, '.metadata.labels["app.kubernetes.io/name"]'), ['web']);
  assert.deepEqual(selectPath(pod, '.'), [pod]);
});

test('yield nothing for what is not there', () => {
  for (const path of ['.spec.nothing', '.spec.containers[7]', '.spec.empty', '.metadata.labels.constructor', '.spec.containers.name']) assert.deepEqual(selectPath(pod, path), []);
});

test('refuse malformed paths', () => {
  for (const path of ['', 'spec', '.spec..a', '.a[', '.a[x]', '.a b']) assert.throws(() => parsePath(path), { code: 'bad-path' });
});
