// Runs the storage suite on both stores, and the journal through crashes.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { silentLogger } from '../../server/base/index.ts';
import { createStore, openJournal, StorageError } from '../../server/engine/storage/index.ts';
import { storageSuite } from './storageSuite.ts';

const root = mkdtempSync(join(tmpdir(), 'patchbay-storage-'));
after(() => rmSync(root, { recursive: true, force: true }));
const newDir = (): string => mkdtempSync(join(root, 'store-'));

storageSuite('memory', () => createStore());
storageSuite('journal', () => openJournal({ dir: newDir() }));
storageSuite('journal that compacts all the time', () => openJournal({ dir: newDir(), compactBytes: 64 * 1024 }));

describe('journal', () => {
  test('a new process finds what the last one wrote, and goes on from its revision', () => {
    const dir = newDir();
    const first = openJournal({ dir });
    first.create('a', { text: 'ä\n"' });
    first.create('b', {});
    first.update('a', { n: 2 });
    first.delete('b');
    // Not disposed: a killed process does not tidy up either.
    const second = openJournal({ dir });
    assert.deepEqual(second.get('a'), { key: 'a', value: { n: 2 }, revision: 3 });
    assert.equal(second.get('b'), undefined);
    assert.equal(second.currentRevision(), 4);
    const seen: number[] = [];
    assert.equal(second.watch('', 1, (event) => seen.push(event.revision)).outcome, 'watching');
    assert.deepEqual(seen, [2, 3, 4]);
    first.dispose();
    second.dispose();
  });

  test('a torn tail is cut off and reported, and writing goes on', () => {
    const dir = newDir();
    const first = openJournal({ dir });
    first.create('a', { n: 1 });
    first.create('b', { n: 2 });
    first.dispose();
    const path = join(dir, 'journal');
    const whole = readFileSync(path);
    for (const torn of [whole.subarray(0, whole.length - 1), whole.subarray(0, whole.length - 9), Buffer.concat([whole, Buffer.from('0123')])]) {
      writeFileSync(path, torn);
      const warnings: string[] = [];
      const next = openJournal({ dir, logger: { ...silentLogger, warn: (_fields, message) => warnings.push(message) } });
      assert.deepEqual(next.get('a')?.value, { n: 1 });
      assert.equal(warnings.length, 1);
      next.create('c', {});
      next.dispose();
      const again = openJournal({ dir });
      assert.ok(again.get('c'));
      again.dispose();
    }
  });

  test('damage before readable records is an error, not silent loss', () => {
    const dir = newDir();
    const first = openJournal({ dir });
    first.create('a', { n: 1 });
    first.create('b', { n: 2 });
    first.dispose();
    const path = join(dir, 'journal');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"n":1', '"n":7'));
    assert.throws(() => openJournal({ dir }), (error: unknown) => error instanceof StorageError && error.code === 'journal-damaged');
  });

  test('compaction bounds the file and keeps every value and revision', () => {
    const dir = newDir();
    const first = openJournal({ dir, compactBytes: 10_000 });
    first.create('kept', { n: 0 });
    for (let n = 0; n < 2_000; n++) {
      if (n === 0) first.create('busy', { n });
      else first.update('busy', { n });
    }
    assert.ok(statSync(join(dir, 'journal')).size < 11_000);
    appendFileSync(join(dir, 'journal'), 'torn');
    const second = openJournal({ dir });
    assert.deepEqual(second.get('kept'), { key: 'kept', value: { n: 0 }, revision: 1 });
    assert.deepEqual(second.get('busy')?.value, { n: 1_999 });
    assert.equal(second.currentRevision(), 2_001);
    first.dispose();
    second.dispose();
  });

  test('what was acknowledged is there after SIGKILL', { timeout: 20_000 }, async () => {
    const dir = newDir();
    const index = new URL('../../server/engine/storage/index.ts', import.meta.url).href;
    const script = `const { openJournal } = await import(${JSON.stringify(index)}); const store = openJournal({ dir: ${JSON.stringify(dir)}, compactBytes: 50_000 });
      for (let n = 0; ; n++) { store.create('k' + n, { n }); (await import('node:fs')).writeSync(1, n + '\\n'); }`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'close');
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.length > 20_000) child.kill('SIGKILL');
    });
    await ended;
    const last = Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1));
    const store = openJournal({ dir });
    assert.ok(last > 1_000);
    for (let n = 0; n <= last; n++) assert.deepEqual(store.get(`k${n}`)?.value, { n });
    store.dispose();
  });
});
