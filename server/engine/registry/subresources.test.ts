// Scale, binding, ephemeral containers, and the reviews that only answer.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { resources as kinds } from '../types/index.ts';
import type { Deployment, Pod } from '../types/index.ts';
import { at, deployment, makeTestBed, pod, refusal } from './testing.ts';

describe('scale', () => {
  test('shows and changes replicas alone', () => {
    const { registry } = makeTestBed();
    const { object } = registry.create(at(kinds.deployments), deployment('web', { replicas: 2 }));
    const { uid, resourceVersion, creationTimestamp } = object.metadata;
    assert.deepEqual(registry.get(at(kinds.deployments, 'web', 'scale')), {
      kind: 'Scale', apiVersion: 'autoscaling/v1', metadata: { name: 'web', namespace: 'default', uid, resourceVersion, creationTimestamp },
      spec: { replicas: 2 }, status: { replicas: 0, selector: 'app=web' },
    });
    const scaled = registry.patch(at(kinds.deployments, 'web', 'scale'), { type: 'merge', body: { spec: { replicas: 0 } } }).object;
    assert.deepEqual([scaled.kind, (scaled as never as Deployment).spec.replicas], ['Scale', 0]);
    const live = registry.get(at(kinds.deployments, 'web')) as Deployment;
    assert.deepEqual([live.spec.replicas, live.metadata.generation], [0, 2]);
    assert.equal(refusal(() => registry.update(at(kinds.deployments, 'web', 'scale'), { metadata: { name: 'web', resourceVersion }, spec: { replicas: 1 } })).status, 409);
    assert.equal(refusal(() => registry.update(at(kinds.deployments, 'web', 'scale'), { metadata: { name: 'web' }, spec: { replicas: -1 } })).message, 'Scale.autoscaling "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0');
  });
});

test('binding assigns a node once', () => {
  const { registry } = makeTestBed();
  registry.create(at(kinds.pods), pod('p'));
  const binding = (name: string): object => ({ metadata: { name: 'p' }, target: { kind: 'Node', name } });
  assert.equal((registry.create(at(kinds.pods, 'p', 'binding'), binding('worker')).object as never as { status: string }).status, 'Success');
  const bound = registry.get(at(kinds.pods, 'p')) as Pod;
  assert.equal(bound.spec.nodeName, 'worker');
  assert.equal(bound.status!.conditions!.find((condition) => condition.type === 'PodScheduled')!.status, 'True');
  assert.equal(refusal(() => registry.create(at(kinds.pods, 'p', 'binding'), binding('worker2'))).message, 'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "worker"');
});

test('ephemeral containers are added, never changed', () => {
  const { registry } = makeTestBed();
  registry.create(at(kinds.pods), pod('p'));
  const add = (containers: object[]): unknown => registry.patch(at(kinds.pods, 'p', 'ephemeralcontainers'), { type: 'strategic', body: { spec: { ephemeralContainers: containers } } });
  add([{ name: 'debugger', image: 'toolbox' }]);
  add([{ name: 'second', image: 'toolbox', targetContainerName: 'web' }]);
  const live = registry.get(at(kinds.pods, 'p')) as Pod;
  assert.deepEqual(live.spec.ephemeralContainers!.map((container) => container.name), ['second', 'debugger']); // what a patch adds without $setElementOrder comes first
  assert.equal(live.spec.ephemeralContainers![0]!.imagePullPolicy, 'Always');
  assert.equal(refusal(() => add([{ name: 'debugger', image: 'other' }])).status, 422);
  assert.equal(refusal(() => add([{ name: 'web', image: 'toolbox' }])).status, 422);
});

test('subresources that a kind lacks are not found', () => {
  const { registry } = makeTestBed();
  registry.create(at(kinds.configMaps), { metadata: { name: 'x' } });
  assert.equal(refusal(() => registry.get(at(kinds.configMaps, 'x', 'status'))).status, 404);
  assert.equal(refusal(() => registry.get(at(kinds.pods, 'x', 'binding'))).status, 405);
});

test('reviews say yes and are not stored', () => {
  const { registry, storage } = makeTestBed();
  const before = storage.currentRevision();
  const review = (group: string, resource: string, user?: { username: string; groups: string[] }): Record<string, unknown> =>
    (registry.create({ resource: { group, version: 'v1', resource } }, { spec: {} }, user ? { user } : {}).object as never as { status: Record<string, unknown> }).status;
  assert.equal(review('authorization.k8s.io', 'selfsubjectaccessreviews').allowed, true);
  assert.deepEqual(review('authentication.k8s.io', 'selfsubjectreviews', { username: 'student', groups: ['system:masters'] }), { userInfo: { username: 'student', groups: ['system:masters'] } });
  assert.equal((review('authorization.k8s.io', 'selfsubjectrulesreviews').resourceRules as unknown[]).length, 1);
  assert.equal(storage.currentRevision(), before);
  assert.equal(refusal(() => registry.list({ resource: { group: 'authorization.k8s.io', version: 'v1', resource: 'selfsubjectaccessreviews' } })).status, 405);
});
