import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { text } from 'node:stream/consumers';
import { openLog, tryParseLine } from './logs.ts';

const dir = mkdtempSync(join(tmpdir(), 'logs-'));
after(() => rmSync(dir, { recursive: true }));
const options = { follow: false, previous: false, timestamps: false };
const at = (second: number) => `2026-01-01T00:00:0${second}.5+00:00`;
const whole = [`${at(1)} stdout F one`, `${at(2)} stderr F two`, `${at(3)} stdout P thr`, `${at(3)} stdout F ee`, 'cut off', `${at(4)} stdout F `, ''].join('\n');
const over = Promise.resolve();

function file(name: string, content: string): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

test('a line is time, stream, tag and the rest as it is', () => {
  const line = tryParseLine(Buffer.from('2026-01-01T00:00:00+00:00 stderr P  two  spaces'))!;
  assert.deepEqual([line.stream, line.partial, line.content.toString()], ['stderr', true, ' two  spaces']);
  for (const bad of ['', 'x', 'a b c', '2026 stdlog F x']) assert.equal(tryParseLine(Buffer.from(bad)), undefined, bad);
});

describe('reading', () => {
  const path = file('whole.log', whole);
  const read = (change: object) => text(openLog({ path, ended: over }, { ...options, ...change }));
  test('pieces are joined, what is no line is skipped', async () => assert.equal(await read({}), 'one\ntwo\nthree\n\n'));
  test('timestamps stand once before each line', async () => assert.equal(await read({ timestamps: true, tailLines: 2 }), '2026-01-01T00:00:03.5Z three\n2026-01-01T00:00:04.5Z \n'));
  test('tail counts lines, not pieces', async () => {
    assert.equal(await read({ tailLines: 2 }), 'three\n\n');
    assert.equal(await read({ tailLines: 0 }), '');
    assert.equal(await read({ tailLines: 99 }), 'one\ntwo\nthree\n\n');
  });
  test('since and limit', async () => {
    assert.equal(await read({ sinceTime: new Date('2026-01-01T00:00:03Z') }), 'three\n\n');
    assert.equal(await read({ limitBytes: 5 }), 'one\nt');
  });
  test('a log that does not exist is empty', async () => assert.equal(await text(openLog({ path: join(dir, 'none'), ended: over }, options)), ''));
});

describe('following', () => {
  async function firstChunks(stream: AsyncIterable<Buffer>, until: string): Promise<string> {
    let seen = '';
    for await (const chunk of stream) {
      seen += chunk.toString();
      if (seen.includes(until)) break;
    }
    return seen;
  }

  test('what is written later arrives, and the end of the container is the end', async () => {
    const path = file('grow.log', `${at(1)} stdout F one\n`);
    let end = () => {};
    const ended = new Promise<void>((resolve) => { end = resolve; });
    const stream = openLog({ path, ended }, { ...options, follow: true });
    let seen = '';
    for await (const chunk of stream) {
      seen += chunk.toString();
      if (seen === 'one\n') appendFileSync(path, `${at(2)} stdout F t`);
      if (seen === 'one\n') appendFileSync(path, 'wo\n');
      if (seen.endsWith('two\n')) {
        appendFileSync(path, `${at(3)} stdout F last\n`);
        end();
      }
    }
    assert.equal(seen, 'one\ntwo\nlast\n');
  });

  test('a log that was begun anew is read from its start', async () => {
    const path = file('anew.log', `${at(1)} stdout F old\n`);
    const stream = openLog({ path, ended: new Promise(() => {}) }, { ...options, follow: true });
    let seen = '';
    for await (const chunk of stream) {
      seen += chunk.toString();
      if (seen === 'old\n') {
        writeFileSync(`${path}.new`, `${at(2)} stdout F new\n`);
        renameSync(`${path}.new`, path);
      }
      if (seen.includes('new')) break;
    }
    assert.equal(seen, 'old\nnew\n');
  });

  test('a destroyed stream stops watching', async () => {
    const path = file('stop.log', `${at(1)} stdout F one\n`);
    const stream = openLog({ path, ended: new Promise(() => {}) }, { ...options, follow: true });
    assert.equal(await firstChunks(stream, 'one'), 'one\n');
    assert.equal(stream.destroyed, true);
  });
});
