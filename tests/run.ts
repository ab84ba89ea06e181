// Runs the tests in their order and prints one closing line: N passed, N failed, N skipped.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { dataFolder } from '../server/config.ts';

const root = join(import.meta.dirname, '..');
const [mode = 'all', ...only] = process.argv.slice(2);

/** A set of test files run together; `concurrency` says how many files at once on two cores. */
interface Suite { name: string; files: string[]; concurrency: number; timeoutMs: number }

const unit: Suite = { name: 'unit', files: ['server/**/*.test.ts', 'web/**/*.test.ts', 'infra/**/*.test.ts', 'tests/architecture/*.test.ts'], concurrency: 2, timeoutMs: 60_000 };
const suites: Suite[] = [
  unit,
  { name: 'contract', files: ['tests/contract/**/*.test.ts'], concurrency: 2, timeoutMs: 60_000 },
  { name: 'integration', files: ['tests/integration/**/*.test.ts'], concurrency: 2, timeoutMs: 120_000 },
  { name: 'system', files: ['tests/system/**/*.test.ts'], concurrency: 1, timeoutMs: 240_000 },
  { name: 'labs', files: ['tests/labs/**/*.test.ts'], concurrency: 1, timeoutMs: 300_000 },
  { name: 'e2e', files: ['tests/e2e/**/*.test.ts'], concurrency: 1, timeoutMs: 240_000 },
];

/** The kubectl that comes in our own image, so that tests need none on the host. */
function setKubectl(): void {
  if (process.env['PATCHBAY_KUBECTL']) return;
  const images = join(dataFolder(process.env), 'images');
  const [kubectl] = globSync('*/rootfs/usr/bin/kubectl', { cwd: images });
  if (kubectl) process.env['PATCHBAY_KUBECTL'] = join(images, kubectl);
}

const counts = { passed: 0, failed: 0, skipped: 0 };

/** What the front door installs or builds: a test that skips for want of one of these is a failure. */
const provided = /\b(kubectl|chromium|images|namespaces|npm|engine bundle)\b/i;

async function runSuite(suite: Suite): Promise<void> {
  const files = [...new Set(globSync(suite.files, { cwd: root, exclude: (name) => name === 'node_modules' || name === 'build' }))].sort()
    .filter((file) => only.length === 0 || only.some((part) => file.includes(part))).map((file) => join(root, file));
  if (files.length === 0) return;
  console.log(`\n── ${suite.name}: ${files.length} files`);
  const started = Date.now();
  const stream = run({ files, concurrency: suite.concurrency, timeout: suite.timeoutMs });
  stream.on('test:pass', (event) => {
    if (event.details.type === 'suite') return;
    if (event.skip === undefined && event.todo === undefined) counts.passed += 1;
    else if (provided.test(String(event.skip))) {
      counts.failed += 1;
      console.error(`✖ ${event.name}: skipped for want of what set-up provides: ${String(event.skip)}`);
    } else counts.skipped += 1;
  });
  stream.on('test:fail', (event) => {
    if (event.details.type !== 'suite') counts.failed += 1;
  });
  const report = stream.compose(spec);
  report.pipe(process.stdout, { end: false });
  await new Promise((resolve) => report.on('end', resolve));
  console.log(`── ${suite.name}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/** Types and lint count as one test each. */
function runTool(name: string, argv: string[]): void {
  const started = Date.now();
  const result = spawnSync(process.execPath, argv, { cwd: root, stdio: 'inherit' });
  counts[result.status === 0 ? 'passed' : 'failed'] += 1;
  console.log(`${result.status === 0 ? '✔' : '✖'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}

function close(): void {
  console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
}

/** Benchmarks and soaks are programs of their own that print JSON. */
function runPrograms(folder: string): void {
  for (const file of globSync(`tests/${folder}/*.ts`, { cwd: root }).filter((name) => !name.endsWith('.test.ts')).sort()) {
    if (only.length > 0 && !only.some((part) => file.includes(part))) continue;
    const result = spawnSync(process.execPath, [join(root, file)], { cwd: root, stdio: 'inherit' });
    if (result.status !== 0) process.exitCode = 1;
  }
}

if (mode === 'bench' || mode === 'soak') {
  runPrograms(mode);
} else {
  if (only.length === 0) {
    runTool('types', [existsSync(join(root, 'node_modules/typescript/bin/tsc')) ? 'node_modules/typescript/bin/tsc' : 'node_modules/.bin/tsc', '-p', '.']);
    runTool('lint', ['node_modules/oxlint/bin/oxlint', '--deny-warnings', 'server', 'web', 'tests', 'infra', 'bin']);
  }
  setKubectl();
  for (const suite of mode === 'check' ? [unit] : suites) await runSuite(suite);
  close();
  // A handle that a test left open must not keep CI waiting; the counts are complete here.
  process.exit();
}
