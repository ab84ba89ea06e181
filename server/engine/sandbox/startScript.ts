// Starts a bundle from V8's compiled code of all its functions. Node's own compile cache holds only those that V8 compiles on loading, and the rest would be compiled anew in every sandbox.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { sandboxPaths } from '../types/insidePaths.ts';

const head = '(function (exports, require, module, __filename, __dirname) {';
const tail = '\n})';

/** The compiled code of a bundle beside others, by the bundle's file name. */
export function codeFile(folder: string, bundle: string): string {
  return `${folder}/${path.basename(bundle)}.code`;
}

/** Compiles every function of a bundle; the code is taken by the same Node binary with the same V8 flags, and passed over by any other. */
export function compileBundle(bundle: string): Buffer {
  setFlagsFromString('--no-lazy');
  const script = new Script(head + readFileSync(bundle, 'utf8') + tail, { filename: bundle });
  setFlagsFromString('--lazy'); // what code was made with must be what it is run with
  return script.createCachedData();
}

/** The program `start.cjs BUNDLE` for inside a sandbox. */
export function planStartScript(): string {
  return `// Written by Patchbay's launcher.
'use strict';
const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');
const file = process.argv[2];
let cachedData;
try {
  cachedData = readFileSync('${sandboxPaths.compileCache}' + file.slice(file.lastIndexOf('/')) + '.code');
} catch {}
const script = new Script('${head}' + readFileSync(file, 'utf8') + ${JSON.stringify(tail)}, { filename: file, cachedData });
script.runInThisContext()(exports, require, module, file, file.slice(0, file.lastIndexOf('/')));
`;
}
