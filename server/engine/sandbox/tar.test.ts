import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { planTar } from './tar.ts';

test('tar(1) unpacks folders, files of any length, modes and links', (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'pb-tar-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const long = 'ä'.repeat(700);
  const archive = planTar([{ path: '/a/b', mode: '700' }, { path: '/a/b/empty', content: '' }, { path: '/a/c/long', content: long, mode: '600' }, { path: '/exact', content: 'x'.repeat(512) }, { path: '/a/link', target: '../exact' }]);
  execFileSync('tar', ['-C', folder, '-xf', '-'], { input: archive });
  assert.equal(readFileSync(path.join(folder, 'a/c/long'), 'utf8'), long);
  assert.equal(readFileSync(path.join(folder, 'a/b/empty'), 'utf8'), '');
  assert.equal(readFileSync(path.join(folder, 'a/link'), 'utf8').length, 512);
  assert.equal(readlinkSync(path.join(folder, 'a/link')), '../exact');
  assert.equal(lstatSync(path.join(folder, 'a/b')).mode & 0o777, 0o700);
  assert.equal(lstatSync(path.join(folder, 'a/c')).mode & 0o777, 0o755);
  assert.equal(lstatSync(path.join(folder, 'a/c/long')).mode & 0o777, 0o600);
});

test('a path that ustar cannot hold is refused', () => {
  assert.throws(() => planTar([{ path: `/${'x'.repeat(101)}`, content: '' }]), RangeError);
});
