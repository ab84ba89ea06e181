// Starts a bundle from V8's compiled code of all its functions. Node's own compile cache holds only those that V8 compiles on loading, and the rest would be compiled anew in every sandbox.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { sandboxPaths } from '../types/insidePaths.ts';

const head = '(function (exports, require, module, __filename, __dirname) {';
const tail = '\n})';
/** A bundle begins with a comment of this many characters that names its content: V8 itself compares no more than lengths. */
const markLength = 64;

/** The compiled code of a bundle beside others, by the bundle's file name. */
export function codeFile(folder: string, bundle: string): string {
  return `${folder}/${path.basename(bundle)}.code`;
}

/** The bundle's mark, then the compiled code of every function; it is taken by the same Node binary with the same V8 flags, and passed over by any other. */
export function compileBundle(bundle: string): Buffer {
  setFlagsFromString('--no-lazy');
  const source = readFileSync(bundle, 'utf8');
  const script = new Script(head + source + tail, { filename: bundle });
  setFlagsFromString('--lazy'); // what code was made with must be what it is run with
  return Buffer.concat([Buffer.from(source.slice(0, markLength), 'latin1'), script.createCachedData()]);
}

/** The program `start.cjs BUNDLE` for inside a sandbox. */
export function planStartScript(folder: string = sandboxPaths.compileCache): string {
  return `// Written by Patchbay's launcher.
'use strict';
const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');
const file = process.argv[2];
const source = readFileSync(file, 'utf8');
let cachedData;
try {
  const code = readFileSync('${folder}' + file.slice(file.lastIndexOf('/')) + '.code');
  if (code.latin1Slice(0, ${markLength}) === source.slice(0, ${markLength})) cachedData = code.subarray(${markLength});
} catch {}
const script = new Script('${head}' + source + ${JSON.stringify(tail)}, { filename: file, cachedData });
script.runInThisContext()(exports, require, module, file, file.slice(0, file.lastIndexOf('/')));
`;
}
