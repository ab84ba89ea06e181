// Bundles the engine and its prober for the sandboxes: one file each and their compiled code, readable for every id.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Lets V8 compile the bundles once instead of in every sandbox, which halves their start. Outside a sandbox the programs
 * only load and say what they miss; the cache is found again beside them wherever they are mounted.
 */
function ensureCompileCache(root, files) {
  const folder = path.join(path.dirname(files[0]), 'compileCache');
  const node = path.join(root, 'node_modules', `node-linux-${process.arch}`, 'bin/node');
  if (!existsSync(node)) return;
  for (const file of files) spawnSync(node, [file], { input: '', env: { NODE_COMPILE_CACHE: folder, NODE_COMPILE_CACHE_PORTABLE: '1' }, timeout: 20_000 });
  if (!existsSync(folder)) return;
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) chmodSync(path.join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
}

/** Puts what was built in place by renaming: clusters that run keep the files that they were started with. */
function publish(staging, build) {
  rmSync(path.join(build, 'compileCache'), { recursive: true, force: true });
  for (const name of readdirSync(staging)) renameSync(path.join(staging, name), path.join(build, name));
  rmSync(staging, { recursive: true });
}

/** Writes <root>/build/engine.cjs, prober.cjs and compileCache/; resolves with the programs' paths. Throws esbuild's errors. */
export async function buildEngine(root) {
  const { build } = await import('esbuild');
  const folder = path.join(root, 'build');
  const staging = path.join(folder, `.engine-${process.pid}`);
  const outputs = { engine: path.join(staging, 'engine.cjs'), prober: path.join(staging, 'prober.cjs') };
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
  publish(staging, folder);
  return { engine: path.join(folder, 'engine.cjs'), prober: path.join(folder, 'prober.cjs') };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
  const outputs = await buildEngine(root);
  console.log(Object.values(outputs).join('\n'));
}
