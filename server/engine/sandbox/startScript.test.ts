import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { Script } from 'node:vm';
import type { ScriptOptions } from 'node:vm';
import { codeFile, compileBundle, planStartScript } from './startScript.ts';

test('a bundle starts from its compiled code, and without it', (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'pb-start-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const bundle = path.join(folder, 'program.cjs');
  const start = path.join(folder, 'start.cjs');
  writeFileSync(bundle, `//${'a'.repeat(62)}\nfunction later() { return require("node:path").basename(__filename); }\nconsole.log(later(), __dirname, process.argv.length);\n`);
  writeFileSync(start, planStartScript(folder));
  const said = (): string => execFileSync(process.execPath, [start, bundle], { encoding: 'utf8' });
  const expected = `program.cjs ${folder} 3\n`;
  assert.equal(said(), expected);
  writeFileSync(codeFile(folder, bundle), 'no code at all');
  assert.equal(said(), expected);
  writeFileSync(codeFile(folder, bundle), compileBundle(bundle));
  assert.equal(said(), expected);

  // Code that V8 refuses would only be slow; this looks at what it says.
  const rejected: (boolean | undefined)[] = [];
  class Watched extends Script {
    constructor(code: string, options: ScriptOptions) {
      super(code, options);
      rejected.push(this.cachedDataRejected);
    }
  }
  const real = createRequire(start);
  const run = () => void new Function('require', 'exports', 'module', 'process', planStartScript(folder))(
    (name: string) => (name === 'node:vm' ? { Script: Watched } : real(name)), {}, {}, { argv: ['node', start, bundle] });
  run();
  // Another bundle of the same length must not run this one's code.
  writeFileSync(bundle, `//${'b'.repeat(62)}\n${readFileSync(bundle, 'utf8').slice(65).replace('argv.length', 'ppid.length')}`);
  run();
  assert.deepEqual(rejected, [false, undefined]);
});
