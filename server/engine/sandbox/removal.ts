// Ends a sandbox and removes what is left of it on the host.
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { tryCommand } from '../../base/command.ts';
import { findCgroups, removeCgroups } from './cgroups.ts';
import { EngineError } from './errors.ts';
import { isHostRoot, planOuterNamespace } from './idMap.ts';
import type { IdMap } from './idMap.ts';
import { tryLiveInit, tryReadIdentity } from './identity.ts';
import { isRunning, waitForEnd } from './processes.ts';
import type { ProcessIdentity } from './processes.ts';
import type { StatePaths } from './statePaths.ts';

const endTimeoutMs = 10_000;

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function endLauncher(launcher: ProcessIdentity): Promise<void> {
  if (await waitForEnd(launcher, 1000)) return;
  // It has not got as far as an init, or its child did not report: its session is ours alone.
  if (await isRunning(launcher)) kill(-launcher.pid);
  if (!(await waitForEnd(launcher, endTimeoutMs))) throw new EngineError('engine-destroy', `Process ${launcher.pid} of the sandbox does not end.`);
}

/** Kills the sandbox's init and waits for every process of it; an absent or ended one is fine. */
export async function endSandbox(paths: StatePaths): Promise<void> {
  const identity = await tryReadIdentity(paths);
  if (identity) {
    const init = await tryLiveInit(identity);
    if (init !== undefined) {
      kill(init);
      if (!(await waitForEnd(identity.init!, endTimeoutMs))) throw new EngineError('engine-destroy', `Process ${init} of the sandbox does not end.`);
    } else if (await isRunning(identity.launcher)) kill(-identity.launcher.pid);
    await endLauncher(identity.launcher);
  }
  const groups = findCgroups(paths.folder);
  for (let attempt = 0; attempt < 50 && (await hasProcesses(groups.control.concat(groups.machines))); attempt++) await delay(10);
  await removeCgroups(groups);
}

async function hasProcesses(files: readonly string[]): Promise<boolean> {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  return texts.some((text) => text.trim() !== '');
}

/** Removes the state folder, whose files partly belong to the sandbox's ids. */
export async function removeStateFolder(paths: StatePaths, map: IdMap): Promise<void> {
  if (isHostRoot()) {
    await rm(paths.folder, { recursive: true, force: true });
    return;
  }
  const result = await tryCommand([...planOuterNamespace(map, []), 'rm', '-rf', '--', paths.folder], { timeoutMs: endTimeoutMs });
  if (result.code !== 0) throw new EngineError('engine-destroy', `The folder ${path.basename(paths.folder)} could not be removed: ${result.stderr.trim()}`);
}
