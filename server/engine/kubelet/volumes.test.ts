import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { ConfigMap, Pod, Volume } from '../types/index.ts';
import { planPayload } from './volumePayload.ts';
import type { PayloadSources } from './volumePayload.ts';
import { writePayload } from './volumes.ts';

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default', labels: { a: 'b' } }, spec: { containers: [] } } as unknown as Pod;
const sources: PayloadSources = {
  pod, podIP: '10.0.0.1', hostIP: '10.0.0.2', allocatable: {}, secret: () => undefined, token: (source) => (source.path === 'token' ? 'jwt' : undefined),
  configMap: (name) => (name === 'cm' ? { data: { k: 'v' }, binaryData: { bin: 'AAE=' } } as unknown as ConfigMap : undefined),
};
const files = (volume: Omit<Volume, 'name'>) => Object.fromEntries([...planPayload({ name: 'v', ...volume }, sources)!].map(([path, { data, mode }]) => [path, [data.toString('latin1'), mode]]));

describe('payload', () => {
  test('configMap: all keys, or chosen ones at chosen places', () => {
    assert.deepEqual(files({ configMap: { name: 'cm' } }), { k: ['v', 0o644], bin: ['\0\x01', 0o644] });
    assert.deepEqual(files({ configMap: { name: 'cm', defaultMode: 0o600, items: [{ key: 'k', path: 'd/e', mode: 0o400 }] } }), { 'd/e': ['v', 0o400] });
  });
  test('projected: token, labels and configMap side by side', () => {
    assert.deepEqual(files({ projected: { sources: [{ serviceAccountToken: { path: 'token' } }, { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } }, { configMap: { name: 'cm', items: [{ key: 'k', path: 'ca.crt' }] } }] } }), {
      token: ['jwt', 0o644], labels: ['a="b"', 0o644], 'ca.crt': ['v', 0o644],
    });
  });
  test('what is missing or leads out of the volume is refused, unless optional', () => {
    assert.throws(() => files({ configMap: { name: 'x' } }), /MountVolume\.SetUp failed for volume "v" : configmap "x" not found/);
    assert.throws(() => files({ configMap: { name: 'cm', items: [{ key: 'q', path: 'q' }] } }), /non-existent config key: q/);
    assert.throws(() => files({ configMap: { name: 'cm', items: [{ key: 'k', path: '../up' }] } }), /invalid path/);
    assert.throws(() => files({ projected: { sources: [{ serviceAccountToken: { path: 'other' } }] } }), /failed to fetch token/);
    assert.deepEqual(files({ configMap: { name: 'x', optional: true } }), {});
  });
  test('emptyDir is no volume of files', () => assert.equal(planPayload({ name: 'v', emptyDir: {} }, sources), undefined));
});

describe('writing', () => {
  const dir = mkdtempSync(join(tmpdir(), 'volume-'));
  after(() => rmSync(dir, { recursive: true }));
  const payload = (entries: Record<string, string>) => new Map(Object.entries(entries).map(([path, data]) => [path, { data: Buffer.from(data), mode: 0o640 }]));
  test('a second version replaces the first whole: changed, added and removed names, one dated folder left', () => {
    writePayload(dir, payload({ a: '1', 'd/x': '2', gone: '3' }), undefined);
    writePayload(dir, payload({ a: 'new', 'd/y': '4' }), undefined);
    assert.deepEqual(readdirSync(dir).filter((name) => !name.startsWith('..')), ['a', 'd']);
    assert.equal(readFileSync(join(dir, 'a'), 'utf8'), 'new');
    assert.deepEqual(readdirSync(join(dir, 'd')), ['y']);
    assert.equal(readdirSync(dir).filter((name) => name.startsWith('..2')).length, 1);
    assert.equal(statSync(join(dir, 'a')).mode & 0o777, 0o640);
  });
});
