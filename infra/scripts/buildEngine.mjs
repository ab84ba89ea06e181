// Bundles the engine and its prober for the sandboxes: one file each and their compiled code, readable for every id.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Lets V8 compile the bundles once instead of in every sandbox, which is a third of a launch; throws when it does not. */
function ensureCompiledCode(root, files) {
  const folder = path.join(path.dirname(files[0]), 'compileCache');
  const node = path.join(root, 'node_modules', `node-linux-${process.arch}`, 'bin/node');
  if (!existsSync(node)) return;
  const { status, stderr } = spawnSync(node, [path.join(root, 'infra/scripts/compileBundles.ts'), folder, ...files], { env: {}, encoding: 'utf8', timeout: 60_000 });
  if (status !== 0) throw new Error(`The engine could not be compiled: ${stderr}`);
  chmodSync(folder, 0o755);
  for (const name of readdirSync(folder)) chmodSync(path.join(folder, name), 0o644);
}

/**
 * Puts what was built in place by renaming: clusters that run keep the files that they were started with. Folders stay the ones they
 * are, since clusters have the one with compiled code mounted.
 */
export function publish(staging, build) {
  mkdirSync(build, { recursive: true });
  for (const entry of readdirSync(staging, { withFileTypes: true })) {
    const [from, to] = [path.join(staging, entry.name), path.join(build, entry.name)];
    if (!entry.isDirectory()) renameSync(from, to);
    else {
      publish(from, to);
      chmodSync(to, 0o755);
    }
  }
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
    logLevel: 'warning',
  };
  await Promise.all([
    build({ ...common, entryPoints: ['server/engine/main.ts'], outfile: outputs.engine }),
    build({ ...common, entryPoints: ['server/engine/control/proberMain.ts'], outfile: outputs.prober }),
  ]);
  for (const file of Object.values(outputs)) {
    const text = readFileSync(file);
    // The first line tells whether compiled code is this bundle's (startScript.ts).
    writeFileSync(file, `//${createHash('sha256').update(text).digest('hex').slice(0, 62)}\n${text}`);
    chmodSync(file, 0o644);
  }
  ensureCompiledCode(root, Object.values(outputs));
  publish(staging, folder);
  return { engine: path.join(folder, 'engine.cjs'), prober: path.join(folder, 'prober.cjs') };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
  const outputs = await buildEngine(root);
  console.log(Object.values(outputs).join('\n'));
}
