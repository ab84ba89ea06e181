// Service accounts in new pods, and tokens that are asked for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStore } from '../storage/index.ts';
import { resources, type Pod, type TokenClaims } from '../types/index.ts';
import { createRegistry, type Registry } from './index.ts';
import { at, pod, refusal } from './testing.ts';

const asked: TokenClaims[] = [];

function makeBed(): Registry {
  asked.length = 0;
  const registry = createRegistry({
    storage: createStore(), admitServiceAccounts: true,
    tokens: { audience: 'https://kubernetes', sign(claims) { asked.push(claims); return { token: 'signed', expiresAt: Date.parse('2026-01-01T01:00:00Z') }; } },
  });
  registry.create({ resource: resources.namespaces }, { metadata: { name: 'default' } });
  return registry;
}

test('a pod needs its account and gets its token, unless one of them says no', () => {
  const registry = makeBed();
  const create = (name: string, spec: Partial<Pod['spec']> = {}) => registry.create(at(resources.pods), pod(name, {}, spec)).object as Pod;
  assert.equal(refusal(() => create('p')).message, 'pods "p" is forbidden: error looking up service account default/default: serviceaccount "default" not found');
  registry.create(at(resources.serviceAccounts), { metadata: { name: 'default' } });
  registry.create(at(resources.serviceAccounts), { metadata: { name: 'quiet' }, automountServiceAccountToken: false });
  const { spec } = create('p', { initContainers: [{ name: 'i', image: 'x', volumeMounts: [{ name: 'own', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }] }], volumes: [{ name: 'own', emptyDir: {} }] });
  const volume = spec.volumes!.at(-1)!;
  assert.match(volume.name, /^kube-api-access-[a-z0-9]{5}$/);
  assert.deepEqual(volume.projected!.sources!.map((source) => Object.keys(source)[0]), ['serviceAccountToken', 'configMap', 'downwardAPI']);
  assert.deepEqual(spec.containers[0]!.volumeMounts, [{ name: volume.name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }]);
  assert.equal(spec.initContainers![0]!.volumeMounts!.length, 1);
  assert.deepEqual([create('a', { automountServiceAccountToken: false }).spec.volumes, create('b', { serviceAccountName: 'quiet' }).spec.volumes], [undefined, undefined]);
  assert.equal(create('c', { serviceAccountName: 'quiet', automountServiceAccountToken: true }).spec.volumes!.length, 1);
});

test('a token is for the account, an hour and the API unless asked otherwise; it may be bound to a pod', () => {
  const registry = makeBed();
  registry.create(at(resources.serviceAccounts), { metadata: { name: 'default' } });
  const request = (spec: object = {}) => registry.create(at(resources.serviceAccounts, 'default', 'token'), { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec }).object as unknown as { spec: object; status: object };
  assert.deepEqual(request().status, { token: 'signed', expirationTimestamp: '2026-01-01T01:00:00Z' });
  assert.deepEqual([asked[0]!.audiences, asked[0]!.expirationSeconds, asked[0]!.serviceAccount.name], [['https://kubernetes'], 3600, 'default']);
  assert.match(refusal(() => request({ expirationSeconds: 60 })).message, /spec\.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes/);
  const bound = registry.create(at(resources.pods), pod('p')).object;
  request({ audiences: ['vault'], boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p' } });
  assert.deepEqual([asked.at(-1)!.audiences, asked.at(-1)!.pod], [['vault'], { name: 'p', uid: bound.metadata.uid }]);
  assert.equal(refusal(() => request({ boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'absent' } })).status, 404);
  assert.equal(refusal(() => registry.create(at(resources.serviceAccounts, 'ghost', 'token'), { spec: {} })).message, 'serviceaccounts "ghost" not found');
});
