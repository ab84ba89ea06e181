// Watches: where they start, what selectors make of events, bookmarks.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { resources as kinds } from '../types/index.ts';
import { at, makeTestBed, record, refusal } from './testing.ts';
import type { TestBed } from './testing.ts';

const maps = kinds.configMaps;
const put = ({ registry }: TestBed, name: string, labels: Record<string, string> = {}): unknown => registry.create(at(maps), { metadata: { name, labels } });
const label = ({ registry }: TestBed, name: string, labels: Record<string, string | null>): unknown => registry.patch(at(maps, name), { type: 'merge', body: { metadata: { labels } } });

describe('start', () => {
  test('unset or 0: what is there comes first as ADDED', () => {
    for (const resourceVersion of [undefined, '0']) {
      const bed = makeTestBed();
      put(bed, 'a');
      const watch = record(bed.registry, at(maps), resourceVersion === undefined ? {} : { resourceVersion });
      put(bed, 'b');
      assert.deepEqual(watch.lines, ['ADDED a@2', 'ADDED b@3']);
      watch.dispose();
      put(bed, 'c');
      assert.equal(watch.lines.length, 2);
    }
  });

  test('from a list: strictly later events', () => {
    const bed = makeTestBed();
    put(bed, 'a');
    const { resourceVersion } = bed.registry.list(at(maps));
    label(bed, 'a', { x: '1' });
    const watch = record(bed.registry, at(maps), { resourceVersion });
    bed.registry.delete(at(maps, 'a'));
    assert.deepEqual(watch.lines, ['MODIFIED a@3', 'DELETED a@4']);
  });

  test('too old is Expired, too new is Timeout', () => {
    const bed = makeTestBed();
    put(bed, 'a');
    for (let n = 0; n < 10_001; n++) label(bed, 'a', { n: String(n) });
    assert.deepEqual([refusal(() => record(bed.registry, at(maps), { resourceVersion: '2' })).reason], ['Expired']);
    assert.equal(refusal(() => record(bed.registry, at(maps), { resourceVersion: '99999' })).details!.causes![0]!.reason, 'ResourceVersionTooLarge');
  });

  test('watch-list ends its initial events with an annotated bookmark', () => {
    const bed = makeTestBed();
    put(bed, 'a');
    const watch = record(bed.registry, at(maps), { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan', allowBookmarks: true });
    put(bed, 'b');
    assert.deepEqual(watch.lines, ['ADDED a@2', 'BOOKMARK @2', 'ADDED b@3']);
    assert.deepEqual(watch.events[1]!.object, { kind: 'ConfigMap', apiVersion: 'v1', metadata: { resourceVersion: '2', annotations: { 'k8s.io/initial-events-end': 'true' } } });
    assert.equal(refusal(() => record(bed.registry, at(maps), { sendInitialEvents: true })).status, 422);
    assert.equal(refusal(() => record(bed.registry, at(maps), { resourceVersionMatch: 'NotOlderThan' })).status, 422);
  });
});

test('selectors: entering is ADDED, leaving is DELETED with the new version and the old content', () => {
  const bed = makeTestBed();
  put(bed, 'a', { app: 'web' });
  put(bed, 'b');
  const watch = record(bed.registry, at(maps), { labelSelector: 'app=web', resourceVersion: '3' });
  label(bed, 'a', { n: '1' });
  label(bed, 'b', { app: 'web' });
  label(bed, 'a', { app: 'db' });
  label(bed, 'a', { n: '2' });
  bed.registry.delete(at(maps, 'a'));
  bed.registry.delete(at(maps, 'b'));
  assert.deepEqual(watch.lines, ['MODIFIED a@4', 'ADDED b@5', 'DELETED a@6', 'DELETED b@9']);
  assert.equal(watch.events[2]!.object.metadata.labels!.app, 'web');
});

test('one name, one namespace', () => {
  const bed = makeTestBed();
  bed.registry.create({ resource: kinds.namespaces }, { metadata: { name: 'other' } });
  const one = record(bed.registry, at(maps, 'a'), {});
  const space = record(bed.registry, { resource: maps, namespace: 'other' }, {});
  const all = record(bed.registry, { resource: maps }, {});
  put(bed, 'a');
  put(bed, 'b');
  bed.registry.create({ resource: maps, namespace: 'other' }, { metadata: { name: 'a' } });
  assert.deepEqual([one.lines.length, space.lines.length, all.lines.length], [1, 1, 3]);
});

test('bookmarks come each minute to those who asked', () => {
  const bed = makeTestBed();
  const asked = record(bed.registry, at(maps), { allowBookmarks: true });
  const silent = record(bed.registry, at(maps), {});
  bed.clock.advance(120_000);
  assert.deepEqual([asked.lines, silent.lines], [['BOOKMARK @1', 'BOOKMARK @1'], []]);
  asked.dispose();
  bed.clock.advance(120_000);
  assert.equal(asked.lines.length, 2);
});

test('all watches of one event share one object', () => {
  const bed = makeTestBed();
  const first = record(bed.registry, at(maps)), second = record(bed.registry, at(maps));
  put(bed, 'a');
  bed.registry.delete(at(maps, 'a'));
  assert.equal(first.events[0]!.object, second.events[0]!.object);
  assert.equal(first.events[1]!.object, second.events[1]!.object);
});
