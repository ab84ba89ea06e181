// A sandbox that was destroyed or killed leaves nothing on its host, for root and for an ordinary user.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { build } from 'esbuild';
import { runCommand } from '../../server/base/index.ts';
import type { EnginePaths } from '../../server/engine/index.ts';
import { runCleanupScenario } from '../support/cleanupScenario.ts';
import type { CleanupReport } from '../support/cleanupScenario.ts';
import { openTestHost } from '../support/engineHost.ts';

const isRoot = process.getuid?.() === 0;

function assertNothingLeft(report: CleanupReport): void {
  assert.ok(report.held.processes > 8 && report.held.namespaces > 20, JSON.stringify(report.held));
  assert.deepEqual(report.left, { processes: [], namespaces: [], mounts: [], interfaces: [], cgroups: [] });
  assert.deepEqual(report.folders, []);
}

describe('nothing is left', () => {
  for (const ending of ['destroy', 'kill'] as const) {
    test(`after ${ending === 'destroy' ? 'destroy' : 'SIGKILL of the init'}`, async () => {
      await using live = openTestHost();
      assertNothingLeft(await runCleanupScenario(live.paths, `clean-${ending}`, ending));
    });
  }

  test('after a launch that was cancelled', async () => {
    await using live = openTestHost();
    const controller = new AbortController();
    await assert.rejects(
      live.host.launch({ name: 'cancelled', nodes: 2, limits: { pids: 500, memoryMiB: 512, openFiles: 1024 } }, { signal: controller.signal, onStage: () => controller.abort() }),
      { code: 'engine-aborted' },
    );
    assert.deepEqual(await live.host.list(), []);
  });

  test('as an ordinary user', { skip: isRoot ? false : 'the other tests of this file already run as one' }, async (t) => {
    const name = `pbtest${process.pid}`;
    const folder = mkdtempSync(join(tmpdir(), 'pbu-'));
    const saved = ['/etc/subuid', '/etc/subgid'].map((file) => ({ file, text: readFileSync(file, 'utf8') }));
    t.after(() => {
      execFileSync('userdel', [name], { stdio: 'ignore' });
      for (const { file, text } of saved) writeFileSync(file, text);
      rmSync(folder, { recursive: true, force: true });
    });
    execFileSync('useradd', ['--no-create-home', '--shell', '/bin/sh', name], { stdio: 'ignore' });
    const id = Number(execFileSync('id', ['-u', name], { encoding: 'utf8' }));
    await using live = openTestHost();
    const map = JSON.parse(readFileSync(join(live.paths.images, 'idmap.json'), 'utf8')) as { uid: number; gid: number; count: number };
    for (const [{ file, text }, start] of [[saved[0]!, map.uid], [saved[1]!, map.gid]] as const) {
      writeFileSync(file, `${text.trimEnd()}\n${name}:${start}:${map.count}\n`);
    }
    // Copies, since the clone may lie where only root may read.
    const paths: EnginePaths = { clusters: join(folder, 'clusters'), images: join(folder, 'images'), node: join(folder, 'node'), bundle: join(folder, 'engine.cjs') };
    chmodSync(folder, 0o755);
    mkdirSync(paths.images);
    mkdirSync(paths.clusters, { mode: 0o700 });
    chownSync(paths.clusters, id, id);
    copyFileSync(live.paths.node, paths.node);
    for (const file of ['engine.cjs', 'prober.cjs']) copyFileSync(join(dirname(live.paths.bundle), file), join(folder, file));
    await build({
      stdin: { contents: "import { runAsProgram } from './cleanupScenario.ts'; await runAsProgram();", resolveDir: join(import.meta.dirname, '../support'), loader: 'ts' },
      bundle: true, platform: 'node', format: 'esm', target: 'node24', outfile: join(folder, 'scenario.mjs'), logLevel: 'silent',
      banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
    });
    const script = 'mount --bind "$1" "$2" && cd "$3" && exec setpriv --reuid "$4" --regid "$4" --clear-groups env -i PATH="$PATH" HOME="$3" "$5" scenario.mjs "$6"';
    const output = await runCommand(['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', live.paths.images, paths.images, folder, String(id), paths.node, JSON.stringify(paths)], { timeoutMs: 60_000 });
    const reports = JSON.parse(output) as Record<string, CleanupReport>;
    for (const report of Object.values(reports)) {
      assertNothingLeft(report);
      assert.equal(report.held.cgroups, 0);
    }
  });
});
