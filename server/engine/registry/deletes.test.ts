// Deletion: grace of pods, finalizers, propagation, preconditions, collections.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { resources as kinds } from '../types/index.ts';
import type { KubeObject, Pod } from '../types/index.ts';
import { at, makeTestBed, pod, record, refusal } from './testing.ts';
import type { TestBed } from './testing.ts';

function boundPod({ registry }: TestBed, spec: Partial<Pod['spec']> = {}): KubeObject {
  return registry.create(at(kinds.pods), pod('p', {}, { nodeName: 'worker', ...spec })).object;
}

describe('pods', () => {
  test('an unscheduled pod goes at once', () => {
    const { registry } = makeTestBed();
    registry.create(at(kinds.pods), pod('p'));
    assert.equal(registry.delete(at(kinds.pods, 'p')).outcome, 'deleted');
    assert.equal(refusal(() => registry.get(at(kinds.pods, 'p'))).status, 404);
  });

  test('a bound pod is marked, then removed by the node with grace 0', () => {
    const bed = makeTestBed();
    const { registry } = bed;
    const stored = boundPod(bed);
    const watch = record(registry, at(kinds.pods), { resourceVersion: stored.metadata.resourceVersion! });
    const marked = registry.delete(at(kinds.pods, 'p'));
    assert.equal(marked.outcome, 'pending');
    assert.equal(marked.object.metadata.deletionTimestamp, '2026-01-01T00:00:30Z');
    assert.equal(marked.object.metadata.deletionGracePeriodSeconds, 30);
    assert.equal(marked.object.metadata.generation, 2);
    assert.equal(registry.delete(at(kinds.pods, 'p'), { gracePeriodSeconds: 0 }).outcome, 'deleted');
    assert.deepEqual(watch.lines.map((line) => line.split(' ')[0]), ['MODIFIED', 'DELETED']);
    const [first, second] = watch.events.map((event) => Number(event.object.metadata.resourceVersion));
    assert.equal(second, first! + 1);
  });

  test('a later deletion can only shorten', () => {
    const bed = makeTestBed();
    const { registry, clock } = bed;
    boundPod(bed);
    registry.delete(at(kinds.pods, 'p'), { gracePeriodSeconds: 60 });
    clock.advance(5_000);
    assert.equal(registry.delete(at(kinds.pods, 'p'), { gracePeriodSeconds: 90 }).object.metadata.deletionGracePeriodSeconds, 60);
    const shorter = registry.delete(at(kinds.pods, 'p'), { gracePeriodSeconds: 10 }).object.metadata;
    assert.deepEqual([shorter.deletionGracePeriodSeconds, shorter.deletionTimestamp], [10, '2026-01-01T00:00:10Z']);
  });

  test('a finished pod goes at once, and one that asks for no grace too', () => {
    const bed = makeTestBed();
    const { registry } = bed;
    boundPod(bed);
    registry.patch(at(kinds.pods, 'p', 'status'), { type: 'merge', body: { status: { phase: 'Succeeded' } } });
    assert.equal(registry.delete(at(kinds.pods, 'p')).outcome, 'deleted');
    boundPod(bed, { terminationGracePeriodSeconds: 0 });
    assert.equal(registry.delete(at(kinds.pods, 'p')).outcome, 'deleted');
  });

  test('eviction deletes, and dryRun does not', () => {
    const { registry } = makeTestBed();
    registry.create(at(kinds.pods), pod('p'));
    registry.create(at(kinds.pods, 'p', 'eviction'), { metadata: { name: 'p' }, deleteOptions: { dryRun: ['All'] } });
    assert.ok(registry.get(at(kinds.pods, 'p')));
    const { object } = registry.create(at(kinds.pods, 'p', 'eviction'), { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' } });
    assert.equal(object.kind, 'Status');
    assert.equal(refusal(() => registry.get(at(kinds.pods, 'p'))).status, 404);
  });
});

describe('finalizers', () => {
  test('hold the object until the last one is gone; no new one may come', () => {
    const { registry } = makeTestBed();
    const target = at(kinds.configMaps, 'x');
    registry.create(at(kinds.configMaps), { metadata: { name: 'x', finalizers: ['a.example/one', 'a.example/two'] } });
    assert.equal(registry.delete(target).outcome, 'pending');
    assert.ok(registry.get(target).metadata.deletionTimestamp);
    const error = refusal(() => registry.patch(target, { type: 'merge', body: { metadata: { finalizers: ['a.example/one', 'a.example/three'] } } }));
    assert.match(error.message, /metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers \[\]string\{"a.example\/three"\}/);
    registry.patch(target, { type: 'merge', body: { metadata: { finalizers: ['a.example/one'] } } });
    const watch = record(registry, at(kinds.configMaps), { resourceVersion: registry.get(target).metadata.resourceVersion! });
    registry.patch(target, { type: 'merge', body: { metadata: { finalizers: null } } });
    assert.equal(refusal(() => registry.get(target)).status, 404);
    assert.deepEqual(watch.lines.map((line) => line.split('@')[0]), ['DELETED x']);
  });

  test('propagation is written down for the garbage collector', () => {
    const { registry } = makeTestBed();
    for (const [propagationPolicy, finalizers] of [['Foreground', ['foregroundDeletion']], ['Orphan', ['orphan']]] as const) {
      registry.create(at(kinds.configMaps), { metadata: { name: propagationPolicy.toLowerCase() } });
      const { outcome, object } = registry.delete(at(kinds.configMaps, propagationPolicy.toLowerCase()), { propagationPolicy });
      assert.equal(outcome, 'pending');
      assert.deepEqual(object.metadata.finalizers, finalizers);
    }
    registry.create(at(kinds.configMaps), { metadata: { name: 'b' } });
    assert.equal(registry.delete(at(kinds.configMaps, 'b'), { propagationPolicy: 'Background' }).outcome, 'deleted');
  });
});

test('preconditions', () => {
  const { registry } = makeTestBed();
  const { uid } = registry.create(at(kinds.configMaps), { metadata: { name: 'x' } }).object.metadata;
  assert.equal(refusal(() => registry.delete(at(kinds.configMaps, 'x'), { preconditions: { uid: 'other' } })).message,
    `Operation cannot be fulfilled on configmaps "x": the UID in the precondition (other) does not match the UID in record (${uid}). The object might have been deleted and then recreated`);
  assert.equal(refusal(() => registry.delete(at(kinds.configMaps, 'x'), { preconditions: { resourceVersion: '1' } })).status, 409);
  assert.equal(registry.delete(at(kinds.configMaps, 'x'), { preconditions: { uid: uid! } }).outcome, 'deleted');
});

test('a collection is deleted by selector, a dry run deletes none', () => {
  const { registry } = makeTestBed();
  for (const name of ['a', 'b', 'c']) registry.create(at(kinds.configMaps), { metadata: { name, labels: { keep: String(name === 'c') } } });
  assert.equal(registry.deleteCollection(at(kinds.configMaps), { labelSelector: 'keep=false' }, { dryRun: true }).length, 2);
  assert.equal(registry.list(at(kinds.configMaps)).items.length, 3);
  registry.deleteCollection(at(kinds.configMaps), { labelSelector: 'keep=false' });
  assert.deepEqual(registry.list(at(kinds.configMaps)).items.map((item) => item.metadata.name), ['c']);
  assert.equal(refusal(() => registry.deleteCollection({ resource: kinds.namespaces })).status, 405);
});
