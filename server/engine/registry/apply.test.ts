// Server-side apply and the ownership it rests on.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { resources as kinds } from '../types/index.ts';
import type { ConfigMap, Deployment, KubeObject, Service } from '../types/index.ts';
import type { Registry } from './index.ts';
import type { Json } from './json.ts';
import { at, deployment, makeTestBed, refusal } from './testing.ts';

type Entry = { manager: string; operation: string; subresource?: string; time: string; fieldsV1: Json };
const owners = (object: KubeObject): Entry[] => object.metadata.managedFields as Entry[];
const owner = (object: KubeObject, manager: string): Entry | undefined => owners(object).find((entry) => entry.manager === manager);

function applyMap(registry: Registry, fieldManager: string, data: Record<string, string>, force = false): ConfigMap {
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data };
  return registry.patch(at(kinds.configMaps, 'x'), { type: 'apply', body }, { fieldManager, force }).object as ConfigMap;
}

function applyDeployment(registry: Registry, fieldManager: string, spec: object, force = false): Deployment {
  const body = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec };
  return registry.patch(at(kinds.deployments, 'web'), { type: 'apply', body }, { fieldManager, force }).object as Deployment;
}

describe('apply', () => {
  test('creates what is absent, and again is no write', () => {
    const { registry, storage } = makeTestBed();
    const result = registry.patch(at(kinds.configMaps, 'x'), { type: 'apply', body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data: { a: '1' } } }, { fieldManager: 'one' });
    assert.equal(result.created, true);
    assert.deepEqual(owners(result.object), [{ manager: 'one', operation: 'Apply', apiVersion: 'v1', time: '2026-01-01T00:00:00Z', fieldsType: 'FieldsV1', fieldsV1: { 'f:data': { 'f:a': {} } } }]);
    const before = storage.currentRevision();
    applyMap(registry, 'one', { a: '1' });
    assert.equal(storage.currentRevision(), before);
  });

  test('changing what another owns conflicts, unless forced; equal values are shared', () => {
    const { registry } = makeTestBed();
    applyMap(registry, 'one', { a: '1', b: '1' });
    assert.deepEqual(owners(applyMap(registry, 'two', { a: '1' })).map((entry) => entry.manager), ['one', 'two']);
    const error = refusal(() => applyMap(registry, 'two', { a: '2' }));
    assert.equal(error.status, 409);
    assert.equal(error.message, 'Apply failed with 1 conflict: conflict with "one": .data.a');
    assert.deepEqual(error.details!.causes, [{ reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.data.a' }]);
    const forced = applyMap(registry, 'two', { a: '2' }, true);
    assert.deepEqual(forced.data, { a: '2', b: '1' });
    assert.deepEqual(owner(forced, 'one')!.fieldsV1, { 'f:data': { 'f:b': {} } });
  });

  test('what an applier owned alone and drops is removed; what is shared stays', () => {
    const { registry } = makeTestBed();
    applyMap(registry, 'one', { a: '1', b: '1', c: '1' });
    applyMap(registry, 'two', { b: '1' });
    assert.deepEqual(applyMap(registry, 'one', { c: '1' }).data, { b: '1', c: '1' });
  });

  test('an update takes fields over, and an applier meets it as a conflict', () => {
    const { registry } = makeTestBed();
    applyDeployment(registry, 'one', { ...(deployment('web') as Deployment).spec, replicas: 2 });
    registry.patch(at(kinds.deployments, 'web', 'scale'), { type: 'merge', body: { spec: { replicas: 5 } } }, { fieldManager: 'kubectl' });
    const live = registry.get(at(kinds.deployments, 'web'));
    assert.deepEqual(owner(live, 'kubectl'), { manager: 'kubectl', operation: 'Update', apiVersion: 'apps/v1', time: '2026-01-01T00:00:00Z', fieldsType: 'FieldsV1', fieldsV1: { 'f:spec': { 'f:replicas': {} } }, subresource: 'scale' });
    assert.equal(refusal(() => applyDeployment(registry, 'one', { ...(deployment('web') as Deployment).spec, replicas: 2 })).message, 'Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas');
    assert.equal(applyDeployment(registry, 'one', (deployment('web') as Deployment).spec).spec.replicas, 5);
  });

  test('keyed lists merge by their keys and lose only their own items', () => {
    const { registry } = makeTestBed();
    const web = { name: 'web', image: 'nginx:1' }, log = { name: 'log', image: 'log:1' };
    const spec = (containers: object[]): object => ({ selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { containers } } });
    applyDeployment(registry, 'one', spec([web]));
    const both = applyDeployment(registry, 'two', { template: { spec: { containers: [log] } } });
    assert.deepEqual(both.spec.template.spec.containers.map((container) => container.name), ['web', 'log']);
    const back = applyDeployment(registry, 'two', {});
    assert.deepEqual(back.spec.template.spec.containers.map((container) => container.name), ['web']);
    assert.deepEqual(owner(back, 'two')!.fieldsV1, { 'f:spec': {} });
  });

  test('service ports are told apart by port and protocol', () => {
    const { registry } = makeTestBed();
    const body = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'dns' }, spec: { ports: [{ name: 'tcp', port: 53 }, { name: 'udp', port: 53, protocol: 'UDP' }] } };
    const { object } = registry.patch(at(kinds.services, 'dns'), { type: 'apply', body }, { fieldManager: 'one' });
    const ports = (owner(object, 'one')!.fieldsV1['f:spec'] as Json)['f:ports'] as Json;
    assert.deepEqual(Object.keys(ports), ['k:{"port":53,"protocol":"TCP"}', 'k:{"port":53,"protocol":"UDP"}']);
    body.spec.ports.pop();
    const rest = registry.patch(at(kinds.services, 'dns'), { type: 'apply', body }, { fieldManager: 'one' }).object as Service;
    assert.deepEqual(rest.spec.ports!.map((port) => port.name), ['tcp']);
  });

  test('needs a manager, a type and no managedFields; Strict refuses unknown fields', () => {
    const { registry } = makeTestBed();
    const apply = (body: Json, options = {}) => () => registry.patch(at(kinds.configMaps, 'x'), { type: 'apply', body }, { fieldManager: 'one', ...options });
    const typed = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } };
    assert.equal(refusal(apply(typed, { fieldManager: '' })).message, 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch');
    assert.equal(refusal(apply({ metadata: {} })).status, 400);
    assert.equal(refusal(apply({ ...typed, metadata: { name: 'x', managedFields: [] } })).message, 'metadata.managedFields must be nil');
    assert.match(refusal(apply({ ...typed, dta: {} }, { fieldValidation: 'Strict' })).message, /strict decoding error: unknown field "dta"/);
    assert.equal(refusal(apply({ ...typed, metadata: { name: 'y' } })).status, 400);
  });

  test('status is not the main resource\'s to apply', () => {
    const { registry } = makeTestBed();
    const { object } = registry.patch(at(kinds.deployments, 'web'), { type: 'apply', body: { ...deployment('web'), status: { replicas: 3 } } }, { fieldManager: 'one' });
    assert.equal((object as Deployment).status, undefined);
    assert.equal('f:status' in owner(object, 'one')!.fieldsV1, false);
  });
});

describe('managedFields', () => {
  test('what the server decides is nobody\'s', () => {
    const { registry } = makeTestBed();
    const { object } = registry.create(at(kinds.services), { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } }, { fieldManager: 'kubectl-create' });
    const spec = owner(object, 'kubectl-create')!.fieldsV1['f:spec'] as Json;
    assert.deepEqual(Object.keys(spec), ['f:internalTrafficPolicy', 'f:ports', 'f:sessionAffinity', 'f:type']);
  });

  test('status writes are an entry of their own', () => {
    const { registry } = makeTestBed();
    registry.create(at(kinds.deployments), deployment('web'), { fieldManager: 'kubectl-create' });
    const { object } = registry.patch(at(kinds.deployments, 'web', 'status'), { type: 'merge', body: { status: { replicas: 1 } } }, { fieldManager: 'controller' });
    assert.deepEqual([owner(object, 'controller')!.subresource, owner(object, 'controller')!.fieldsV1], ['status', { 'f:status': { 'f:replicas': {} } }]);
  });

  test('clients may reset or rewrite them', () => {
    const { registry } = makeTestBed();
    applyMap(registry, 'one', { a: '1' });
    const rewritten = registry.patch(at(kinds.configMaps, 'x'), { type: 'json', body: [{ op: 'replace', path: '/metadata/managedFields/0/manager', value: 'new' }] }, { fieldManager: 'edit' }).object;
    assert.deepEqual(owners(rewritten).map((entry) => entry.manager), ['new']);
    const reset = registry.patch(at(kinds.configMaps, 'x'), { type: 'merge', body: { metadata: { managedFields: [{}] } } }).object;
    assert.equal(reset.metadata.managedFields, undefined);
  });
});
