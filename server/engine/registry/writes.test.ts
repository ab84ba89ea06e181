// Create and update: names, versions, what clients may not set, and the sentences of refusal.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { resources as kinds } from '../types/index.ts';
import type { ConfigMap, Deployment, KubeObject, Node, Pod } from '../types/index.ts';
import { copyJson } from './json.ts';
import { at, deployment, makeTestBed, pod, record, refusal } from './testing.ts';

const configMap = (name: string, data: Record<string, string> = {}): object => ({ metadata: { name }, data });

describe('create', () => {
  test('fills type, namespace, uid, time, generation and version', () => {
    const { registry } = makeTestBed();
    const { object, created } = registry.create(at(kinds.deployments), { metadata: { name: 'web', uid: 'mine', creationTimestamp: '2001-01-01T00:00:00Z' }, spec: (deployment('web') as Deployment).spec, status: { replicas: 9 } });
    assert.equal(created, true);
    assert.equal(object.kind, 'Deployment');
    assert.equal(object.apiVersion, 'apps/v1');
    assert.equal(object.metadata.namespace, 'default');
    assert.notEqual(object.metadata.uid, 'mine');
    assert.equal(object.metadata.creationTimestamp, '2026-01-01T00:00:00Z');
    assert.equal(object.metadata.generation, 1);
    assert.equal(object.metadata.resourceVersion, '2');
    assert.equal((object as Deployment).status, undefined);
  });

  test('the version is global and decimal', () => {
    const { registry } = makeTestBed();
    const first = registry.create(at(kinds.configMaps), configMap('a')).object;
    const second = registry.create(at(kinds.secrets), { metadata: { name: 'b' } }).object;
    assert.equal(Number(second.metadata.resourceVersion), Number(first.metadata.resourceVersion) + 1);
    assert.match(second.metadata.resourceVersion!, /^[1-9]\d*$/);
  });

  test('generateName adds five characters, each time others', () => {
    const { registry } = makeTestBed();
    const names = Array.from({ length: 50 }, () => registry.create(at(kinds.configMaps), { metadata: { generateName: 'x-' } }).object.metadata.name);
    assert.equal(new Set(names).size, 50);
    for (const name of names) assert.match(name, /^x-[a-z0-9]{5}$/);
  });

  test('refusals are worded as upstream', () => {
    const { registry } = makeTestBed();
    registry.create(at(kinds.deployments), deployment('web'));
    const cases: [() => unknown, number, string][] = [
      [() => registry.create(at(kinds.deployments), deployment('web')), 409, 'deployments.apps "web" already exists'],
      [() => registry.get(at(kinds.pods, 'x')), 404, 'pods "x" not found'],
      [() => registry.get({ resource: { group: '', version: 'v1', resource: 'replicationcontrollers' }, namespace: 'default', name: 'x' }), 404, 'the server could not find the requested resource'],
      [() => registry.create({ resource: kinds.pods, namespace: 'gone' }, pod('x')), 404, 'namespaces "gone" not found'],
      [() => registry.create(at(kinds.pods), { ...pod('x'), metadata: { name: 'x', namespace: 'other' } }), 400, 'the namespace of the provided object does not match the namespace sent on the request'],
      [() => registry.create(at(kinds.pods), deployment('x')), 400, 'Deployment in version "v1" cannot be handled as a Pod: no kind "Deployment" is registered for this resource (v1, Kind=Pod)'],
      [() => registry.create(at(kinds.deployments), { metadata: { name: 'y' }, spec: { template: (deployment('y') as Deployment).spec.template } }), 422, 'Deployment.apps "y" is invalid: spec.selector: Required value'],
      [() => registry.create(at(kinds.deployments), deployment('y', { replicas: -1 })), 422, 'Deployment.apps "y" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
      [() => registry.create(at(kinds.deployments), deployment('y', { selector: { matchLabels: { app: 'z' } } })), 422, 'Deployment.apps "y" is invalid: spec.template.metadata.labels: Invalid value: {"app":"y"}: `selector` does not match template `labels`'],
      [() => registry.create(at(kinds.configMaps), { metadata: {} }), 422, 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required'],
      [() => registry.create(at(kinds.configMaps), configMap('Bad_Name')), 422, `ConfigMap "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`],
      [() => registry.create(at(kinds.deployments), deployment('y', { replicas: 'two' as never })), 400, 'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32'],
      [() => registry.delete(at(kinds.namespaces, 'default')), 403, 'namespaces "default" is forbidden: this namespace may not be deleted'],
    ];
    for (const [action, status, message] of cases) {
      const error = refusal(action);
      assert.equal(error.message, message);
      assert.equal(error.status, status);
    }
    const error = refusal(() => registry.create(at(kinds.deployments), { metadata: { name: 'y' }, spec: {} }));
    assert.deepEqual(error.details, {
      name: 'y', group: 'apps', kind: 'Deployment',
      causes: [{ reason: 'FieldValueRequired', message: 'Required value', field: 'spec.selector' }, { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.template' }],
    });
  });

  test('labels are checked', () => {
    const { registry } = makeTestBed();
    const error = refusal(() => registry.create(at(kinds.configMaps), { metadata: { name: 'x', labels: { app: 'not valid!' } } }));
    assert.match(error.message, /^ConfigMap "x" is invalid: metadata.labels: Invalid value: "not valid!": a valid label must be an empty string or consist of/);
  });

  test('unknown fields: refused, told or dropped, as asked', () => {
    const { registry } = makeTestBed();
    const body = { ...deployment('web'), spec: { ...(deployment('web') as Deployment).spec, replcias: 2, template: { ...(deployment('web') as Deployment).spec.template, x: 1 } } };
    const error = refusal(() => registry.create(at(kinds.deployments), body, { fieldValidation: 'Strict' }));
    assert.equal(error.status, 400);
    assert.equal(error.message, 'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.template.x", unknown field "spec.replcias"');
    const told = registry.create(at(kinds.deployments), body);
    assert.deepEqual(told.warnings, ['unknown field "spec.template.x"', 'unknown field "spec.replcias"']);
    assert.equal('replcias' in (told.object as Deployment).spec, false);
    assert.deepEqual(registry.create(at(kinds.deployments), { ...body, metadata: { name: 'b' } }, { fieldValidation: 'Ignore' }).warnings, []);
  });

  test('dryRun answers like the real thing and stores nothing', () => {
    const { registry, storage } = makeTestBed();
    const before = storage.currentRevision();
    const { object } = registry.create(at(kinds.services), { metadata: { name: 'x' }, spec: { ports: [{ port: 80 }] } }, { dryRun: true });
    assert.ok(object.metadata.uid);
    assert.equal(storage.currentRevision(), before);
    assert.equal(refusal(() => registry.get(at(kinds.services, 'x'))).status, 404);
  });

  test('what a body holds afterwards is not what is stored', () => {
    const { registry } = makeTestBed();
    const body = { metadata: { name: 'x' }, data: { a: '1' } };
    registry.create(at(kinds.configMaps), body);
    body.data.a = '2';
    assert.equal((registry.get(at(kinds.configMaps, 'x')) as ConfigMap).data!.a, '1');
  });
});

describe('namespaces', () => {
  test('are born active, labelled and held by their finalizer; refuse content while terminating', () => {
    const { registry } = makeTestBed();
    const space = registry.create({ resource: kinds.namespaces }, { metadata: { name: 'lab' } }).object as KubeObject & { spec: object; status: object };
    assert.deepEqual(space.metadata.labels, { 'kubernetes.io/metadata.name': 'lab' });
    assert.deepEqual([space.spec, space.status], [{ finalizers: ['kubernetes'] }, { phase: 'Active' }]);
    const deleted = registry.delete({ resource: kinds.namespaces, name: 'lab' });
    assert.equal(deleted.outcome, 'pending');
    assert.deepEqual((deleted.object as typeof space).status, { phase: 'Terminating' });
    const error = refusal(() => registry.create({ resource: kinds.configMaps, namespace: 'lab' }, configMap('x')));
    assert.equal(error.status, 403);
    assert.equal(error.message, 'configmaps "x" is forbidden: unable to create new content in namespace lab because it is being terminated');
    assert.deepEqual(error.details!.causes, [{ reason: 'NamespaceTerminating', message: 'namespace lab is being terminated', field: 'metadata.namespace' }]);
    const finalized = copyJson(registry.get({ resource: kinds.namespaces, name: 'lab' })) as KubeObject & { spec: object };
    finalized.spec = { finalizers: [] };
    registry.update({ resource: kinds.namespaces, name: 'lab', subresource: 'finalize' }, finalized);
    assert.equal(refusal(() => registry.get({ resource: kinds.namespaces, name: 'lab' })).status, 404);
  });
});

describe('update', () => {
  test('a write that changes nothing bumps nothing and is seen by no one', () => {
    const { registry, storage } = makeTestBed();
    const stored = registry.create(at(kinds.deployments), deployment('web'), { fieldManager: 'a' }).object;
    const watch = record(registry, at(kinds.deployments), { resourceVersion: stored.metadata.resourceVersion! });
    const again = registry.update(at(kinds.deployments, 'web'), copyJson(stored), { fieldManager: 'a' }).object;
    registry.update(at(kinds.deployments, 'web'), deployment('web'), { fieldManager: 'a' });
    registry.patch(at(kinds.deployments, 'web'), { type: 'merge', body: { spec: { replicas: 1 } } }, { fieldManager: 'b' });
    assert.equal(again.metadata.resourceVersion, stored.metadata.resourceVersion);
    assert.equal(String(storage.currentRevision()), stored.metadata.resourceVersion);
    assert.deepEqual(watch.lines, []);
  });

  test('versions share what did not change', () => {
    const { registry } = makeTestBed();
    const before = registry.create(at(kinds.deployments), deployment('web')).object as Deployment;
    const after = registry.update(at(kinds.deployments, 'web'), deployment('web', { replicas: 2 })).object as Deployment;
    assert.equal(after.spec.template, before.spec.template);
    assert.equal(after.metadata.labels, before.metadata.labels);
    assert.deepEqual([before.spec.replicas, after.spec.replicas], [1, 2]);
  });

  test('a stale version is a conflict; without one the last writer wins, but not for leases', () => {
    const { registry } = makeTestBed();
    const stale = copyJson(registry.create(at(kinds.configMaps), configMap('x', { a: '1' })).object) as ConfigMap;
    registry.update(at(kinds.configMaps, 'x'), { ...stale, data: { a: '2' } });
    const error = refusal(() => registry.update(at(kinds.configMaps, 'x'), { ...stale, data: { a: '3' } }));
    assert.equal(error.message, 'Operation cannot be fulfilled on configmaps "x": the object has been modified; please apply your changes to the latest version and try again');
    assert.equal((registry.update(at(kinds.configMaps, 'x'), configMap('x', { a: '4' })).object as ConfigMap).data!.a, '4');
    registry.create(at(kinds.leases), { metadata: { name: 'l' } });
    assert.equal(refusal(() => registry.update(at(kinds.leases, 'l'), { metadata: { name: 'l' } })).message, 'Lease.coordination.k8s.io "l" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update');
  });

  test('spec changes count in generation, status and metadata do not, and status is kept', () => {
    const { registry } = makeTestBed();
    registry.create(at(kinds.deployments), deployment('web'));
    const withStatus = registry.update(at(kinds.deployments, 'web', 'status'), { ...deployment('web', { replicas: 9 }), status: { replicas: 1 } }).object as Deployment;
    assert.deepEqual([withStatus.spec.replicas, withStatus.status!.replicas, withStatus.metadata.generation], [1, 1, 1]);
    const labelled = registry.patch(at(kinds.deployments, 'web'), { type: 'merge', body: { metadata: { labels: { x: 'y' } }, status: { replicas: 7 } } }).object as Deployment;
    assert.deepEqual([labelled.status!.replicas, labelled.metadata.generation], [1, 1]);
    const scaled = registry.update(at(kinds.deployments, 'web'), deployment('web', { replicas: 3 })).object as Deployment;
    assert.deepEqual([scaled.status!.replicas, scaled.metadata.generation], [1, 2]);
  });

  test('uid, creation time and name are the server\'s', () => {
    const { registry } = makeTestBed();
    const stored = registry.create(at(kinds.configMaps), configMap('x')).object;
    const { object } = registry.update(at(kinds.configMaps, 'x'), { metadata: { name: 'x', creationTimestamp: '1999-01-01T00:00:00Z' }, data: { a: '1' } });
    assert.deepEqual([object.metadata.uid, object.metadata.creationTimestamp], [stored.metadata.uid, stored.metadata.creationTimestamp]);
    assert.equal(refusal(() => registry.update(at(kinds.configMaps, 'x'), configMap('y'))).message, 'the name of the object (y) does not match the name on the URL (x)');
    assert.equal(refusal(() => registry.update(at(kinds.configMaps, 'x'), { metadata: { name: 'x', uid: 'other' } })).status, 409);
  });

  test('what is immutable stays', () => {
    const { registry } = makeTestBed();
    registry.create(at(kinds.deployments), deployment('web'));
    const labels = { app: 'web', tier: 'x' };
    const moved = deployment('web', { selector: { matchLabels: labels }, template: { ...(deployment('web') as Deployment).spec.template, metadata: { labels } } });
    assert.equal(refusal(() => registry.update(at(kinds.deployments, 'web'), moved)).message, 'Deployment.apps "web" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"web","tier":"x"}}: field is immutable');
    registry.create(at(kinds.configMaps), { ...configMap('x', { a: '1' }), immutable: true });
    assert.equal(refusal(() => registry.update(at(kinds.configMaps, 'x'), { ...configMap('x', { a: '2' }), immutable: true })).message, 'ConfigMap "x" is invalid: data: Forbidden: field is immutable when `immutable` is set');
    registry.create(at(kinds.pods), pod('p'));
    assert.match(refusal(() => registry.patch(at(kinds.pods, 'p'), { type: 'merge', body: { spec: { hostNetwork: true } } })).message, /^Pod "p" is invalid: spec: Forbidden: pod updates may not change fields other than `spec.containers\[\*\].image`/);
    const image = registry.patch(at(kinds.pods, 'p'), { type: 'strategic', body: { spec: { containers: [{ name: 'web', image: 'nginx:1.28' }] } } }).object as Pod;
    assert.equal(image.spec.containers[0]!.image, 'nginx:1.28');
  });

  test('a node keeps the status it registers with', () => {
    const { registry } = makeTestBed();
    const node = registry.create(at(kinds.nodes), { metadata: { name: 'worker' }, status: { addresses: [{ type: 'InternalIP', address: '172.18.0.3' }] } }).object as Node;
    assert.equal(node.status!.addresses![0]!.address, '172.18.0.3');
  });
});

describe('secrets', () => {
  test('stringData becomes data', () => {
    const { registry } = makeTestBed();
    const { object } = registry.create(at(kinds.secrets), { metadata: { name: 's' }, stringData: { a: 'é' } });
    assert.deepEqual([(object as never as { data: object }).data, (object as never as { type: string }).type, 'stringData' in object], [{ a: 'w6k=' }, 'Opaque', false]);
  });
});
