// Writes the compiled code of bundles into a folder: `compileBundles.ts FOLDER BUNDLE…`. Run with the Node binary that sandboxes get, and without its environment's options.
import { mkdirSync, writeFileSync } from 'node:fs';
import { codeFile, compileBundle } from '../../server/engine/sandbox/startScript.ts';

const [folder, ...bundles] = process.argv.slice(2);
mkdirSync(folder!, { recursive: true });
for (const bundle of bundles) writeFileSync(codeFile(folder!, bundle), compileBundle(bundle));
