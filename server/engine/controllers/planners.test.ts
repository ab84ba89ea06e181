// The controllers' pure parts: roll-out arithmetic, deletion order, hashes, subsets and slices.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Deployment, EndpointSlice, Pod, ReplicaSet, Service } from '../types/index.ts';
import { planDeletions } from './deletionRank.ts';
import { planSubsets } from './endpoints.ts';
import { planBounds, planNewReplicas, planOldReplicas, planProportional } from './rollout.ts';
import { planSlices } from './slicePlan.ts';
import { sameTemplate, templateHash } from './templateHash.ts';

function deployment(replicas: number, maxSurge: number | string = '25%', maxUnavailable: number | string = '25%'): Deployment {
  return {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' },
    spec: { replicas, selector: {}, template: { spec: { containers: [] } }, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } } },
  };
}

function set(name: string, replicas: number, available = replicas, extra: Partial<ReplicaSet['metadata']> = {}): ReplicaSet {
  return {
    apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name, creationTimestamp: '2026-01-01T00:00:00Z', ...extra },
    spec: { replicas, selector: {}, template: { spec: { containers: [] } } }, status: { replicas, availableReplicas: available },
  };
}

describe('roll-outs', () => {
  test('surge rounds up, unavailability down, and both are never nothing', () => {
    assert.deepEqual(planBounds(deployment(10)), { maxSurge: 3, maxUnavailable: 2 });
    assert.deepEqual(planBounds(deployment(1)), { maxSurge: 1, maxUnavailable: 0 });
    assert.deepEqual(planBounds(deployment(3, 0, 0)), { maxSurge: 0, maxUnavailable: 1 });
    assert.deepEqual(planBounds(deployment(0)), { maxSurge: 0, maxUnavailable: 0 });
  });
  test('the new ReplicaSet grows into the surge', () => {
    assert.equal(planNewReplicas(deployment(10), [set('old', 10)], 0), 3);
    assert.equal(planNewReplicas(deployment(10), [set('old', 8), set('new', 3)], 3), 5);
    assert.equal(planNewReplicas(deployment(10), [set('old', 0), set('new', 12)], 12), 10);
  });
  test('old ReplicaSets shrink as far as availability allows, broken pods first', () => {
    assert.deepEqual(planOldReplicas(deployment(10), set('new', 3, 0), [set('old', 10)]).map(({ replicas }) => replicas), [8]);
    assert.deepEqual(planOldReplicas(deployment(10), set('new', 5, 0), [set('old', 8, 8)]), []);
    const broken = planOldReplicas(deployment(4, 1, 1), set('new', 1, 1), [set('older', 2, 0, { creationTimestamp: '2025-01-01T00:00:00Z' }), set('old', 2, 2)]);
    assert.deepEqual(broken.map(({ set: { metadata }, replicas }) => [metadata.name, replicas]), [['older', 0]]);
  });
  test('scaling during a roll-out is shared in proportion', () => {
    const annotations = { 'deployment.kubernetes.io/desired-replicas': '10', 'deployment.kubernetes.io/max-replicas': '13' };
    const plan = planProportional(deployment(20), [set('new', 5, 5, { annotations }), set('old', 8, 8, { annotations })]);
    assert.equal(plan.reduce((sum, { replicas }) => sum + replicas, 0), 25);
    assert.deepEqual(plan.map(({ set: { metadata }, replicas }) => [metadata.name, replicas]), [['old', 15], ['new', 10]]);
  });
});

function pod(name: string, spec: Partial<Pod['spec']> = {}, status: Pod['status'] = {}, metadata: Partial<Pod['metadata']> = {}): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', uid: name, labels: { app: 'a' }, ...metadata }, spec: { containers: [], nodeName: 'n1', ...spec }, status };
}
const now = Date.parse('2026-01-01T10:00:00Z');
const ready = (since = '2026-01-01T00:00:00Z') => ({ phase: 'Running' as const, conditions: [{ type: 'Ready', status: 'True' as const, lastTransitionTime: since }] });

describe('deletions', () => {
  const order = (...pods: Pod[]) => planDeletions(pods, pods.length, now).map(({ metadata }) => metadata.name);
  test('go from the least to the most useful pod', () => {
    assert.deepEqual(order(pod('ready', {}, ready()), pod('unready', {}, { phase: 'Running' }), pod('pending', {}, { phase: 'Pending' }), pod('unassigned', { nodeName: undefined })),
      ['unassigned', 'pending', 'unready', 'ready']);
    assert.deepEqual(order(pod('b', {}, ready()), pod('cheap', {}, ready(), { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '-5' } })), ['cheap', 'b']);
    assert.deepEqual(order(pod('old', {}, ready()), pod('new', {}, ready('2026-01-01T09:59:00Z'))), ['new', 'old']);
    assert.equal(order(pod('alone', { nodeName: 'n2' }, ready()), pod('x', {}, ready()), pod('y', {}, ready())).at(-1), 'alone');
  });
});

describe('template hashes', () => {
  const template = (image: string) => ({ metadata: { labels: { a: '1', b: '2' } }, spec: { containers: [{ name: 'c', image }] } });
  test('follow contents, not field order, and change with collisions', () => {
    const swapped = { spec: { containers: [{ image: 'x', name: 'c' }] }, metadata: { labels: { b: '2', a: '1' } } };
    assert.equal(templateHash(template('x'), undefined), templateHash(swapped, undefined));
    assert.notEqual(templateHash(template('x'), undefined), templateHash(template('y'), undefined));
    assert.notEqual(templateHash(template('x'), undefined), templateHash(template('x'), 1));
    assert.equal(sameTemplate(template('x'), { ...template('x'), metadata: { labels: { a: '1', b: '2', 'pod-template-hash': 'h' } } }), true);
  });
});

const service = (spec: Partial<Service['spec']> = {}): Service =>
  ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's', namespace: 'default', uid: 'u' }, spec: { selector: { app: 'a' }, clusterIP: '10.96.0.9', ports: [{ port: 80, protocol: 'TCP' }], ...spec } });
const at = (name: string, podIP: string, isReady = true, metadata: Partial<Pod['metadata']> = {}) =>
  pod(name, {}, { ...(isReady ? ready() : { phase: 'Running' as const }), podIP }, metadata);

describe('endpoints', () => {
  test('ports with the same addresses stand in one subset; pods that end are left out', () => {
    const two = service({ ports: [{ name: 'a', port: 80, protocol: 'TCP' }, { name: 'b', port: 81, protocol: 'TCP' }] });
    const [subset, ...more] = planSubsets(two, [at('p', '10.0.0.1'), at('q', '10.0.0.2', false), at('gone', '10.0.0.3', true, { deletionTimestamp: '2026-01-01T00:00:00Z' })]);
    assert.equal(more.length, 0);
    assert.deepEqual(subset?.ports?.map(({ name }) => name), ['a', 'b']);
    assert.deepEqual([subset?.addresses?.map(({ ip }) => ip), subset?.notReadyAddresses?.map(({ ip }) => ip)], [['10.0.0.1'], ['10.0.0.2']]);
  });
  test('publishNotReadyAddresses makes every address ready; headless without ports has addresses alone', () => {
    const [subset] = planSubsets(service({ clusterIP: 'None', ports: [], publishNotReadyAddresses: true }), [at('p', '10.0.0.1', false)]);
    assert.deepEqual(subset?.addresses?.map(({ ip }) => ip), ['10.0.0.1']);
    assert.equal(subset?.ports, undefined);
  });
});

describe('slices', () => {
  const plan = (pods: Pod[], existing: EndpointSlice[] = [], one = service()) => planSlices(one, pods, existing, { l: '1' }, () => undefined);
  const stored = (slice: EndpointSlice, name: string): EndpointSlice => ({ ...slice, metadata: { ...slice.metadata, name, uid: name } });
  const pods = (count: number) => Array.from({ length: count }, (_, i) => at(`p${i}`, `10.0.${Math.floor(i / 250)}.${i % 250}`));

  test('hold at most a hundred endpoints', () => {
    assert.deepEqual(plan(pods(250)).create.map(({ endpoints }) => endpoints.length), [100, 100, 50]);
  });
  test('change only where an endpoint changed', () => {
    const existing = plan(pods(150)).create.map((slice, i) => stored(slice, `s${i}`));
    assert.deepEqual(plan(pods(150), existing), { create: [], update: [], remove: [] });
    const grown = plan(pods(151), existing);
    assert.deepEqual([grown.create.length, grown.update.length, grown.remove.length], [0, 1, 0]);
    const changed = plan([...pods(149), at('p149', '10.0.0.149', false)], existing);
    assert.deepEqual(changed.update.map(({ metadata }) => metadata.name), ['s1']);
    assert.deepEqual(changed.update[0]?.endpoints.at(-1)?.conditions, { ready: false, serving: false, terminating: false });
  });
  test('a Service that loses its pods keeps one empty slice, and uses it again', () => {
    const [first] = plan(pods(1)).create.map((slice) => stored(slice, 's'));
    const emptied = plan([], [first!]);
    assert.deepEqual([emptied.create.length, emptied.update.length, emptied.remove.length], [0, 1, 0]);
    assert.deepEqual(emptied.update[0]?.endpoints, []);
    assert.deepEqual(plan([], emptied.update), { create: [], update: [], remove: [] });
    const back = plan(pods(1), emptied.update);
    assert.deepEqual([back.create.length, back.update.length, back.remove.length], [0, 1, 0]);
  });
});
