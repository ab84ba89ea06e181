// @ts-check
// Everything between `git clone` and the first line of our own TypeScript. Each step is skipped when its result is there, and safe to interrupt.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { arch, homedir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { debianPackages, isPresent } from './debianPackages.mjs';

/** A step that cannot be done here; the message is for the person at the terminal. */
export class SetupError extends Error {}

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Where things are: the clone, the Node 24 binary, the build folder, the data folder. */
export function paths() {
  const data = process.env['PATCHBAY_DATA'] || join(process.env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'patchbay');
  return { root, data, node: join(root, 'node_modules', `node-linux-${arch()}`, 'bin', 'node'), build: join(root, 'build') };
}

/**
 * @param {Set<string>} needs `code` (npm packages), `run` (system packages, native module, builds, images), `tests` (Chromium, packet filters)
 * @param {(line: string) => void} say
 */
export async function ensureReady(needs, say) {
  const [major = 0] = process.versions.node.split('.').map(Number);
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(arch())) throw new SetupError('Patchbay runs on Linux, x64 or arm64.');
  if (major < 20) throw new SetupError(`Node ${process.versions.node} is too old: Patchbay needs Node 20 or newer to start.`);
  await ensureNpmPackages(say);
  if (!needs.has('run')) return;
  await ensureDebianPackages(needs, say);
  await ensureNativeModule(say);
  await ensureBuilds(say);
  await ensureImages(say);
}

/**
 * Runs a command with its output shown only when it fails.
 * @param {string[]} argv
 * @param {{ env?: NodeJS.ProcessEnv, show?: boolean, cwd?: string }} [options]
 * @returns {Promise<{ code: number, output: string }>}
 */
function run(argv, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(/** @type {string} */ (argv[0]), argv.slice(1), {
      cwd: options.cwd ?? root,
      env: { ...process.env, ...options.env },
      stdio: options.show ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** @param {string} text */
const hashOf = (text) => createHash('sha256').update(text).digest('hex');

/** @param {string} file */
const tryRead = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined);

/** A stamp is written last, whole: a step that was cut off has none and runs again. @param {string} file @param {string} text */
function writeStamp(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

/** @param {(line: string) => void} say */
async function ensureNpmPackages(say) {
  const stamp = join(root, 'node_modules', '.patchbay-installed');
  const wanted = hashOf(readFileSync(join(root, 'package-lock.json'), 'utf8') + arch());
  if (tryRead(stamp) === wanted && existsSync(paths().node)) return;
  say('Installing npm packages (about 20 seconds) …');
  const result = await run(['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  if (result.code !== 0) throw new SetupError(`npm ci failed:\n${result.output.trim()}`);
  if (!existsSync(paths().node)) throw new SetupError(`The package node-linux-${arch()} was not installed; is optional=false set in an .npmrc?`);
  writeStamp(stamp, wanted);
}

/** @param {Set<string>} needs @param {(line: string) => void} say */
async function ensureDebianPackages(needs, say) {
  const missing = debianPackages.filter((entry) => needs.has(entry.need) && !isPresent(entry)).map((entry) => entry.name);
  if (missing.length === 0) return;
  const isRoot = process.getuid?.() === 0;
  const sudo = isRoot ? [] : ['sudo', '-n'];
  const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...missing];
  if (!existsSync('/usr/bin/apt-get')) throw new SetupError(`These programs are missing, and there is no apt-get to install them: ${missing.join(', ')}.`);
  if (!isRoot && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status !== 0) {
    throw new SetupError(`Some Debian packages are missing. Install them with this one command, then run the same again:\n\n  sudo apt-get update && sudo ${install.join(' ')}\n`);
  }
  say(`Installing Debian packages: ${missing.join(' ')} …`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const update = await run([...sudo, 'apt-get', 'update'], { env });
  const result = await run([...sudo, ...install], { env });
  if (result.code !== 0) throw new SetupError(`apt-get could not install ${missing.join(' ')}:\n${update.code === 0 ? '' : update.output}${result.output.trim()}`);
}

/** node-pty is compiled against the headers that come with our Node. @param {(line: string) => void} say */
async function ensureNativeModule(say) {
  const { node } = paths();
  const stamp = join(root, 'node_modules', '.patchbay-native');
  const wanted = hashOf(`${tryRead(join(root, 'node_modules', 'node-pty', 'package.json'))}${tryRead(join(dirname(dirname(node)), 'package.json'))}`);
  const loads = () => spawnSync(node, ['-e', "require('node-pty')"], { cwd: root, stdio: 'ignore' }).status === 0;
  if (tryRead(stamp) === wanted && existsSync(join(root, 'node_modules/node-pty/build/Release/pty.node'))) return;
  say('Compiling the terminal module …');
  const result = await run(['npm', 'rebuild', 'node-pty', '--foreground-scripts', '--loglevel=error'], { env: { npm_config_nodedir: dirname(dirname(node)) } });
  if (result.code !== 0 || !loads()) throw new SetupError(`node-pty could not be compiled:\n${result.output.trim()}`);
  writeStamp(stamp, wanted);
}

/** A hash over the files below some folders: names and contents. @param {string[]} folders */
function hashOfTrees(folders) {
  const hash = createHash('sha256');
  /** @param {string} path */
  const visit = (path) => {
    for (const entry of readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const full = join(path, entry.name);
      if (entry.isDirectory()) visit(full);
      else if (!entry.name.endsWith('.test.ts')) hash.update(relative(root, full)).update(readFileSync(full));
    }
  };
  for (const folder of folders) if (existsSync(join(root, folder))) visit(join(root, folder));
  return hash.update(tryRead(join(root, 'package-lock.json')) ?? '').digest('hex');
}

/** @param {(line: string) => void} say */
async function ensureBuilds(say) {
  const { build, node } = paths();
  const engine = hashOfTrees(['server/engine', 'server/base', 'infra/scripts']);
  if (tryRead(join(build, '.engine')) !== engine) {
    say('Bundling the engine …');
    const result = await run([node, join(root, 'infra/scripts/buildEngine.mjs')]);
    if (result.code !== 0) throw new SetupError(`The engine could not be bundled:\n${result.output.trim()}`);
    writeStamp(join(build, '.engine'), engine);
  }
  const web = hashOfTrees(['web', 'server/contract']);
  if (tryRead(join(build, '.web')) !== web) {
    say('Building the pages …');
    const result = await run([node, join(root, 'node_modules/vite/bin/vite.js'), 'build', 'web', '--logLevel', 'warn']);
    if (result.code !== 0) throw new SetupError(`The pages could not be built:\n${result.output.trim()}`);
    writeStamp(join(build, '.web'), web);
  }
}

/** @param {(line: string) => void} say */
async function ensureImages(say) {
  const { data, node } = paths();
  const store = join(data, 'images');
  const stamp = join(store, '.recipes');
  const wanted = hashOfTrees(['infra/images']);
  if (tryRead(stamp) === wanted) return;
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const child = spawn(node, [join(root, 'infra/images/build.ts'), store], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stdout.on('data', (chunk) => String(chunk).trimEnd().split('\n').forEach((line) => say(line)));
  child.stderr.on('data', (chunk) => (errors += chunk));
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new SetupError(errors.trim() || 'The images could not be built.');
  writeStamp(stamp, wanted);
}

