// Bundles the engine and its prober for the sandboxes: one file each and their compiled code, readable for every id.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Lets V8 compile the bundles once instead of in every sandbox, which halves their start. Outside a sandbox the programs
 * only load and say what they miss; the cache is found again beside them wherever they are mounted.
 */
function ensureCompileCache(root, files) {
  const folder = path.join(root, 'build/compileCache');
  const node = path.join(root, 'node_modules', `node-linux-${process.arch}`, 'bin/node');
  rmSync(folder, { recursive: true, force: true });
  if (!existsSync(node)) return;
  for (const file of files) spawnSync(node, [file], { input: '', env: { NODE_COMPILE_CACHE: folder, NODE_COMPILE_CACHE_PORTABLE: '1' }, timeout: 20_000 });
  if (!existsSync(folder)) return;
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) chmodSync(path.join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
}

/** Writes <root>/build/engine.cjs, prober.cjs and compileCache/; resolves with the programs' paths. Throws esbuild's errors. */
export async function buildEngine(root) {
  const { build } = await import('esbuild');
  const outputs = { engine: path.join(root, 'build/engine.cjs'), prober: path.join(root, 'build/prober.cjs') };
  const common = {
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    // CommonJS, since importing node:http into an ES module loads its fetch and WebSocket code: a third of the engine's start.
    format: 'cjs',
    target: 'node24',
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: true,
    logLevel: 'warning',
  };
  await Promise.all([
    build({ ...common, entryPoints: ['server/engine/main.ts'], outfile: outputs.engine }),
    build({ ...common, entryPoints: ['server/engine/control/proberMain.ts'], outfile: outputs.prober }),
  ]);
  for (const file of Object.values(outputs)) chmodSync(file, 0o644);
  ensureCompileCache(root, Object.values(outputs));
  return outputs;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
  const outputs = await buildEngine(root);
  console.log(Object.values(outputs).join('\n'));
}
