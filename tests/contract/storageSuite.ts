// What every Storage must do, run on each implementation by storage.test.ts.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Storage, StorageEvent, StoredEntry, WriteResult } from '../../server/engine/storage/index.ts';

function written(result: WriteResult): StoredEntry {
  assert.equal(result.outcome, 'written');
  return (result as { entry: StoredEntry }).entry;
}

function entries(storage: Storage, prefix: string, revision?: number): StoredEntry[] {
  const result = storage.list(prefix, revision);
  assert.equal(result.outcome, 'listed');
  return (result as { entries: StoredEntry[] }).entries;
}

function brief(event: StorageEvent): string {
  return `${event.type} ${event.key}@${event.revision}`;
}

/** Registers the suite; `make` returns an empty store for each test. */
export function storageSuite(name: string, make: () => Storage): void {
  const withStore = (body: (storage: Storage) => void) => () => {
    const storage = make();
    try { body(storage); } finally { storage.dispose(); }
  };

  describe(`storage: ${name}`, () => {
    test('each write has the next revision, shared by all keys', withStore((storage) => {
      assert.equal(storage.currentRevision(), 0);
      assert.equal(written(storage.create('a', { n: 1 })).revision, 1);
      assert.equal(written(storage.create('b', { n: 2 })).revision, 2);
      assert.equal(written(storage.update('a', { n: 3 })).revision, 3);
      assert.equal(written(storage.delete('b')).revision, 4);
      assert.equal(storage.currentRevision(), 4);
      assert.deepEqual(storage.get('a'), { key: 'a', value: { n: 3 }, revision: 3 });
      assert.equal(storage.get('b'), undefined);
    }));

    test('refusals are values and change nothing', withStore((storage) => {
      storage.create('a', { n: 1 });
      assert.equal(storage.create('a', {}).outcome, 'exists');
      assert.equal(storage.update('b', {}).outcome, 'absent');
      assert.equal(storage.delete('b').outcome, 'absent');
      assert.equal(storage.update('a', {}, 7).outcome, 'conflict');
      assert.equal(storage.delete('a', 7).outcome, 'conflict');
      assert.equal(storage.currentRevision(), 1);
      assert.deepEqual(storage.get('a')?.value, { n: 1 });
    }));

    test('values are frozen to their depth', withStore((storage) => {
      storage.create('a', { list: [{ deep: 1 }] });
      const value = storage.get('a')!.value as { list: { deep: number }[] };
      assert.throws(() => { value.list[0]!.deep = 2; }, TypeError);
    }));

    test('lists by prefix in key order', withStore((storage) => {
      for (const key of ['/x/b', '/y/a', '/x/a', '/x-1/a', '/x/c']) storage.create(key, {});
      storage.delete('/x/b');
      assert.deepEqual(entries(storage, '/x/').map((entry) => entry.key), ['/x/a', '/x/c']);
      assert.deepEqual(entries(storage, '').map((entry) => entry.key), ['/x-1/a', '/x/a', '/x/c', '/y/a']);
    }));

    test('lists as it was at a revision', withStore((storage) => {
      storage.create('/a', { n: 1 });
      storage.create('/b', { n: 1 });
      const then = storage.currentRevision();
      storage.update('/a', { n: 2 });
      storage.delete('/b');
      storage.create('/c', { n: 1 });
      assert.deepEqual(entries(storage, '/', then).map((entry) => [entry.key, entry.value]), [['/a', { n: 1 }], ['/b', { n: 1 }]]);
      assert.equal(storage.list('/', 99).outcome, 'future');
    }));

    test('a watch replays what is strictly later and then follows, within its prefix', withStore((storage) => {
      storage.create('/x/a', {});
      storage.create('/x/b', {});
      storage.create('/y/c', {});
      const seen: string[] = [];
      const result = storage.watch('/x/', 1, (event) => seen.push(brief(event)));
      storage.update('/x/a', { n: 1 });
      storage.delete('/x/b');
      storage.delete('/y/c');
      assert.deepEqual(seen, ['created /x/b@2', 'updated /x/a@4', 'deleted /x/b@5']);
      assert.equal(result.outcome, 'watching');
      if (result.outcome === 'watching') result.watch.dispose();
      storage.create('/x/d', {});
      assert.equal(seen.length, 3);
    }));

    test('events carry the value before', withStore((storage) => {
      const seen: StorageEvent[] = [];
      storage.watch('', 0, (event) => seen.push(event));
      storage.create('a', { n: 1 });
      storage.update('a', { n: 2 });
      storage.delete('a');
      assert.deepEqual(seen.map((event) => [event.previous, event.value]), [[undefined, { n: 1 }], [{ n: 1 }, { n: 2 }], [{ n: 2 }, { n: 2 }]]);
    }));

    test('a write made by a listener reaches every watch after the write that caused it', withStore((storage) => {
      const first: number[] = [], second: number[] = [];
      storage.watch('', 0, (event) => {
        first.push(event.revision);
        if (event.revision === 1) storage.create('b', {});
      });
      storage.watch('', 0, (event) => second.push(event.revision));
      storage.create('a', {});
      assert.deepEqual([first, second], [[1, 2], [1, 2]]);
    }));

    test('a watch opened by a listener misses and repeats nothing', withStore((storage) => {
      const late: number[] = [];
      storage.watch('', 0, (event) => {
        if (event.revision !== 1) return;
        storage.create('b', {});
        storage.watch('', 0, (inner) => late.push(inner.revision));
      });
      storage.create('a', {});
      storage.create('c', {});
      assert.deepEqual(late, [1, 2, 3]);
    }));

    test('a listener that throws neither fails the write nor starves the others', withStore((storage) => {
      const seen: number[] = [];
      storage.watch('', 0, () => { throw new Error('listener'); });
      storage.watch('', 0, (event) => seen.push(event.revision));
      assert.equal(storage.create('a', {}).outcome, 'written');
      assert.deepEqual(seen, [1]);
    }));

    test('5,000 events are kept; older starts are compacted, future ones refused', withStore((storage) => {
      storage.create('a', { n: 0 });
      for (let n = 1; n <= 12_000; n++) storage.update('a', { n });
      const now = storage.currentRevision();
      assert.equal(storage.watch('', 1, () => {}).outcome, 'compacted');
      assert.equal(storage.list('', 1).outcome, 'compacted');
      assert.equal(storage.watch('', now + 1, () => {}).outcome, 'future');
      let count = 0;
      assert.equal(storage.watch('', now - 5_000, () => count++).outcome, 'watching');
      assert.equal(count, 5_000);
    }));
  });
}
