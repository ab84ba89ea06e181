// Processes that are still at work on something half made, and signals that need no process of their own.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Machines } from '../types/index.ts';
import type { NodeFiles } from './nodeFiles.ts';

const rounds = 20;

/** Process ids on the node whose command line or environment names one of `ids` (64 hex digits, so nothing else does). */
export function findMakers(files: NodeFiles, ids: readonly string[]): string[] {
  return files.list('/proc').filter((name) => /^\d+$/.test(name)).filter((pid) => {
    const words = `${files.tryRead(`/proc/${pid}/cmdline`) ?? ''}\0${files.tryRead(`/proc/${pid}/environ`) ?? ''}`;
    return ids.some((id) => words.includes(id));
  });
}

/** Kills what findMakers finds until nothing is found; conmon and shells start others while they are being ended. */
export async function endMakers(machines: Machines, nodeName: string, files: NodeFiles, ids: readonly string[]): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const pids = findMakers(files, ids);
    if (pids.length === 0) return;
    await machines.run(nodeName, ['sh', '-c', 'kill -9 "$@" 2>/dev/null; :', 'kill', ...pids]);
  }
}

/**
 * Kills a process of a machine without starting one, for a machine that can start none any more. `pid` is the machine's,
 * the process one with a mount namespace of its own. False when it is not found.
 */
export function killDirectly(files: NodeFiles, pid: number): boolean {
  const mounts = tryLink(files.path(`/proc/${pid}/ns/mnt`));
  if (mounts === undefined) return false;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || tryLink(`/proc/${name}/ns/mnt`) !== mounts) continue;
    const ids = /^NSpid:\s+(.+)$/m.exec(tryText(`/proc/${name}/status`))?.[1]?.trim().split(/\s+/) ?? [];
    if (ids[1] !== String(pid)) continue;
    process.kill(Number(name), 'SIGKILL');
    return true;
  }
  return false;
}

function tryLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function tryText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
