// Launches a sandbox, ends it in one of two ways with a shell still open, and reports what is left; runs in the test and, bundled, as another user.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { silentLogger } from '../../server/base/index.ts';
import { createEngineHost } from '../../server/engine/index.ts';
import type { EnginePaths } from '../../server/engine/index.ts';
import { tracesLeft, tracesOf } from './sandboxTraces.ts';

/** Counts while it ran, names of what was left, and the state folders after removal. */
export interface CleanupReport {
  held: { processes: number; namespaces: number; cgroups: number };
  left: Record<string, string[]>;
  folders: string[];
  insideUid: string;
}

export async function runCleanupScenario(paths: EnginePaths, name: string, ending: 'destroy' | 'kill'): Promise<CleanupReport> {
  const host = createEngineHost(paths, silentLogger);
  const cluster = await host.launch({ name, nodes: 2, limits: { pids: 800, memoryMiB: 768, openFiles: 4096 } }, { signal: AbortSignal.timeout(30_000), onStage() {} });
  const folder = join(paths.clusters, name);
  const { launcher } = JSON.parse(readFileSync(join(folder, 'init.json'), 'utf8')) as { launcher: { pid: number } };
  const [file, ...args] = host.enter(cluster, 'workstation', ['sh', '-c', 'cat /proc/self/uid_map; exec sleep 1000'], { tty: false });
  const shell = spawn(file!, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [uidMap] = (await once(shell.stdout, 'data')) as [Buffer];
  const ended = once(shell, 'exit');
  const held = tracesOf(launcher.pid, folder);
  if (ending === 'destroy') await host.destroy(name);
  else process.kill(cluster.initPid!, 'SIGKILL');
  await ended;
  // After a kill nobody waits for the launcher but this loop.
  let left = tracesLeft(held, folder);
  for (const deadline = Date.now() + 5000; Object.values(left).some((names) => names.length) && Date.now() < deadline; left = tracesLeft(held, folder)) await delay(10);
  if (ending === 'kill') await host.destroy(name);
  return {
    held: { processes: held.processes.size, namespaces: held.namespaces.size, cgroups: held.cgroups.size },
    left,
    folders: existsSync(paths.clusters) ? readdirSync(paths.clusters) : [],
    insideUid: uidMap.toString().trim(),
  };
}

/** Entry of the bundled scenario: argv is the paths as JSON. */
export async function runAsProgram(): Promise<void> {
  const paths = JSON.parse(process.argv[2]!) as EnginePaths;
  const reports = { destroy: await runCleanupScenario(paths, 'user-a', 'destroy'), kill: await runCleanupScenario(paths, 'user-b', 'kill') };
  process.stdout.write(JSON.stringify(reports));
}
