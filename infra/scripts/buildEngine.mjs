// Bundles the engine and its prober for the sandboxes: one file each, readable for every id.
import { chmodSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Writes <root>/build/engine.mjs and prober.mjs; resolves with their paths. Throws esbuild's errors. */
export async function buildEngine(root) {
  const { build } = await import('esbuild');
  const outputs = { engine: path.join(root, 'build/engine.mjs'), prober: path.join(root, 'build/prober.mjs') };
  const common = {
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: true,
    logLevel: 'warning',
    // Dependencies written as CommonJS call require for Node's own modules.
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  };
  await Promise.all([
    build({ ...common, entryPoints: ['server/engine/main.ts'], outfile: outputs.engine }),
    build({ ...common, entryPoints: ['server/engine/control/proberMain.ts'], outfile: outputs.prober }),
  ]);
  for (const file of Object.values(outputs)) chmodSync(file, 0o644);
  return outputs;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
  const outputs = await buildEngine(root);
  console.log(Object.values(outputs).join('\n'));
}
