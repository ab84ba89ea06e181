// Host processes by what cannot be faked: process id, start time and user namespace map from /proc.
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** A process id with the clock ticks since boot when it started; together they name one process for ever. */
export interface ProcessIdentity { pid: number; start: string }

/** Field 22 of /proc/PID/stat, or undefined when there is no such process or it is a zombie. */
export async function tryStartTime(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** True while exactly this process runs. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  return (await tryStartTime(identity.pid)) === identity.start;
}

/** The identity of a running process. */
export async function tryIdentify(pid: number): Promise<ProcessIdentity | undefined> {
  const start = await tryStartTime(pid);
  return start === undefined ? undefined : { pid, start };
}

/** The first host id of a process's user namespace map, as the reader sees it. */
export async function tryMapBase(pid: number): Promise<number | undefined> {
  try {
    const [inside, outside] = (await readFile(`/proc/${pid}/uid_map`, 'utf8')).trim().split(/\s+/);
    return inside === '0' ? Number(outside) : undefined;
  } catch {
    return undefined;
  }
}

/** The process below `root` that is process 1 of a pid namespace of its own, searched over all descendants. */
export async function tryFindInit(root: number): Promise<number | undefined> {
  let queue = [root];
  for (let depth = 0; depth < 8 && queue.length; depth++) {
    const next: number[] = [];
    for (const pid of queue) {
      try {
        const status = await readFile(`/proc/${pid}/status`, 'utf8');
        const ids = /^NSpid:\s+(.+)$/m.exec(status)?.[1]?.trim().split(/\s+/) ?? [];
        if (pid !== root && ids.length > 1 && ids.at(-1) === '1') return pid;
        next.push(...(await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').filter(Boolean).map(Number));
      } catch {
        // It ended while we looked.
      }
    }
    queue = next;
  }
  return undefined;
}

/** Waits until the process is gone; false when `timeoutMs` passed first. There is no event for a process that is not our child, so /proc is asked. */
export async function waitForEnd(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    if (!(await isRunning(identity))) return true;
    if (Date.now() > deadline) return false;
    await delay(2);
  }
}
