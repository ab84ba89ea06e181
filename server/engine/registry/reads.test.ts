// Lists: selectors, pages over a snapshot, resource versions.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { resources as kinds } from '../types/index.ts';
import type { ListQuery } from './index.ts';
import { at, makeTestBed, pod, refusal } from './testing.ts';
import type { TestBed } from './testing.ts';

function bedWithPods(): TestBed {
  const bed = makeTestBed();
  const { registry } = bed;
  registry.create(at(kinds.pods), pod('a', { app: 'web', n: '1' }, { nodeName: 'worker' }));
  registry.create(at(kinds.pods), pod('b', { app: 'web', n: '5' }));
  registry.create(at(kinds.pods), pod('c', { app: 'db' }));
  registry.create(at(kinds.pods), pod('d'));
  registry.patch(at(kinds.pods, 'a', 'status'), { type: 'merge', body: { status: { phase: 'Running', podIP: '10.244.1.5' } } });
  return bed;
}

const names = ({ registry }: TestBed, query: ListQuery): string => registry.list(at(kinds.pods), query).items.map((item) => item.metadata.name).join('');

describe('selectors', () => {
  test('of labels', () => {
    const bed = bedWithPods();
    for (const [labelSelector, expected] of [
      ['', 'abcd'], ['app=web', 'ab'], ['app==web', 'ab'], ['app!=web', 'cd'], ['app in (web,db)', 'abc'], ['app in (web), n=5', 'b'], ['app notin (web)', 'cd'],
      ['app', 'abc'], ['!app', 'd'], ['n>1', 'b'], ['n<5', 'a'], ['app=web,n notin (1,2)', 'b'], ['app=', ''],
    ] as const) assert.equal(names(bed, { labelSelector }), expected, labelSelector);
  });

  test('of fields, the registered ones alone', () => {
    const bed = bedWithPods();
    for (const [fieldSelector, expected] of [
      ['metadata.name=b', 'b'], ['metadata.name!=b', 'acd'], ['metadata.namespace=default', 'abcd'], ['metadata.name=zzz', ''],
      ['spec.nodeName=worker', 'a'], ['spec.nodeName=', 'bcd'], ['status.phase=Running', 'a'], ['status.phase!=Running,spec.nodeName!=worker', 'bcd'],
      ['status.podIP=10.244.1.5', 'a'], ['spec.restartPolicy=Always', 'abcd'], ['spec.hostNetwork=false,metadata.name==c', 'c'],
    ] as const) assert.equal(names(bed, { fieldSelector }), expected, fieldSelector);
    const error = refusal(() => names(bed, { fieldSelector: 'spec.foo=bar' }));
    assert.equal(error.status, 400);
    assert.equal(error.message, 'Unable to find "/v1, Resource=pods" that match label selector "", field selector "spec.foo=bar": field label not supported: spec.foo');
    assert.equal(refusal(() => names(bed, { fieldSelector: 'constructor=x' })).status, 400);
  });

  test('bad label selectors are refused', () => {
    const bed = bedWithPods();
    for (const labelSelector of ['app in web', 'a b', '=x', 'app=not valid', 'n>x', 'app in (a', '-x=1']) assert.equal(refusal(() => names(bed, { labelSelector })).status, 400, labelSelector);
  });

  test('events are found by what they are about', () => {
    const { registry } = makeTestBed();
    for (const name of ['a', 'b']) registry.create(at(kinds.events), { metadata: { generateName: 'e-' }, involvedObject: { kind: 'Pod', name, namespace: 'default', uid: `uid-${name}` }, reason: 'Started', type: 'Normal' });
    const found = (fieldSelector: string): number => registry.list(at(kinds.events), { fieldSelector }).items.length;
    assert.deepEqual([found('involvedObject.name=a,involvedObject.namespace=default,involvedObject.uid=uid-a'), found('reason=Started'), found('involvedObject.kind!=Pod')], [1, 2, 0]);
  });

  test('an unset field of a node counts as false', () => {
    const { registry } = makeTestBed();
    registry.create(at(kinds.nodes), { metadata: { name: 'worker' } });
    assert.equal(registry.list({ resource: kinds.nodes }, { fieldSelector: 'spec.unschedulable=false' }).items.length, 1);
  });
});

describe('pages', () => {
  test('are cut from one snapshot, whatever is written meanwhile', () => {
    const bed = bedWithPods();
    const { registry } = bed;
    const first = registry.list(at(kinds.pods), { limit: 2 });
    assert.equal(first.remainingItemCount, 2);
    registry.delete(at(kinds.pods, 'c'));
    registry.create(at(kinds.pods), pod('bb'));
    const second = registry.list(at(kinds.pods), { limit: 2, continue: first.continue! });
    assert.deepEqual(second.items.map((item) => item.metadata.name), ['c', 'd']);
    assert.equal(second.resourceVersion, first.resourceVersion);
    assert.equal(second.continue, undefined);
    assert.equal(registry.list(at(kinds.pods), { limit: 1, labelSelector: 'app' }).remainingItemCount, undefined);
  });

  test('expire with their snapshot', () => {
    const { registry } = bedWithPods();
    const { continue: token } = registry.list(at(kinds.pods), { limit: 1 });
    for (let n = 0; n < 10_001; n++) registry.patch(at(kinds.pods, 'd'), { type: 'merge', body: { metadata: { annotations: { n: String(n) } } } });
    const error = refusal(() => registry.list(at(kinds.pods), { limit: 1, continue: token! }));
    assert.deepEqual([error.status, error.reason], [410, 'Expired']);
    assert.equal(refusal(() => registry.list(at(kinds.pods), { continue: 'nonsense' })).status, 400);
  });
});

test('resource versions of lists', () => {
  const { registry, storage } = bedWithPods();
  const now = storage.currentRevision();
  assert.equal(registry.list(at(kinds.pods), { resourceVersion: '0' }).items.length, 4);
  assert.equal(registry.list(at(kinds.pods)).resourceVersion, String(now));
  registry.delete(at(kinds.pods, 'd'));
  assert.equal(registry.list(at(kinds.pods), { resourceVersion: String(now), resourceVersionMatch: 'Exact' }).items.length, 4);
  assert.equal(registry.list(at(kinds.pods), { resourceVersion: String(now), resourceVersionMatch: 'NotOlderThan' }).items.length, 3);
  const future = refusal(() => registry.list(at(kinds.pods), { resourceVersion: '999' }));
  assert.deepEqual([future.status, future.details!.causes![0]!.reason], [504, 'ResourceVersionTooLarge']);
  assert.equal(refusal(() => registry.list(at(kinds.pods), { resourceVersionMatch: 'Exact' })).status, 422);
  assert.equal(refusal(() => registry.list(at(kinds.pods), { resourceVersion: 'x' })).status, 400);
});

test('a list of all namespaces goes over all namespaces', () => {
  const { registry } = bedWithPods();
  registry.create({ resource: kinds.namespaces }, { metadata: { name: 'other' } });
  registry.create({ resource: kinds.pods, namespace: 'other' }, pod('z'));
  assert.deepEqual(registry.list({ resource: kinds.pods }).items.map((item) => `${item.metadata.namespace}/${item.metadata.name}`), ['default/a', 'default/b', 'default/c', 'default/d', 'other/z']);
});
