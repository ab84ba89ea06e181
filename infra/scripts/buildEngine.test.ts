// Publishing a build must not pull the cache's folder from under clusters that run.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const script: string = './buildEngine.mjs';
const { publish } = await import(script) as { publish(staging: string, build: string): void };

const root = mkdtempSync(join(tmpdir(), 'pb-build-'));
after(() => rmSync(root, { recursive: true, force: true }));

function stage(text: string): string {
  const staging = join(root, 'staging');
  mkdirSync(join(staging, 'compileCache/v1'), { recursive: true });
  writeFileSync(join(staging, 'engine.cjs'), text);
  writeFileSync(join(staging, 'compileCache/v1/entry'), text);
  return staging;
}

test('a second build replaces files and keeps folders', () => {
  const build = join(root, 'build');
  publish(stage('one'), build);
  const [file, folder, inner] = ['engine.cjs', 'compileCache', 'compileCache/v1'].map((name) => statSync(join(build, name)).ino);
  publish(stage('two'), build);
  assert.notEqual(statSync(join(build, 'engine.cjs')).ino, file, 'a running cluster keeps the program it was started with');
  assert.deepEqual([statSync(join(build, 'compileCache')).ino, statSync(join(build, 'compileCache/v1')).ino], [folder, inner]);
  assert.equal(readFileSync(join(build, 'compileCache/v1/entry'), 'utf8'), 'two');
  assert.equal(existsSync(join(root, 'staging')), false);
});
