// One server per data folder: a lock that names the process, and the way to end it.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PatchbayError } from './base/index.ts';

interface Holder { pid: number; startedAt: string; url: string }

const lockFile = (data: string) => join(data, 'server.json');

/** A process is named by its id and its start time, so that a reused id is never taken for it. Undefined when it is gone. */
function tryStartTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function tryHolder(data: string): Holder | undefined {
  if (!existsSync(lockFile(data))) return undefined;
  try {
    const holder = JSON.parse(readFileSync(lockFile(data), 'utf8')) as Holder;
    return tryStartTime(holder.pid) === holder.startedAt ? holder : undefined;
  } catch {
    return undefined; // half-written by a server that was killed
  }
}

/** Takes the data folder for this process; throws `server-running` when another server has it. Returns the release. */
export function lockData(data: string, url: string): () => void {
  const own: Holder = { pid: process.pid, startedAt: tryStartTime(process.pid)!, url };
  for (;;) {
    try {
      writeFileSync(lockFile(data), JSON.stringify(own), { flag: 'wx', mode: 0o600 });
      return () => rmSync(lockFile(data), { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const holder = tryHolder(data);
      if (holder) throw new PatchbayError('server-running', `A Patchbay server already uses this data folder: ${holder.url} (process ${holder.pid}).`, { hint: 'End it with `npx patchbay stop`, or set PATCHBAY_DATA and PATCHBAY_PORT for a second one.' });
      rmSync(lockFile(data), { force: true });
    }
  }
}

const END_TIMEOUT_MS = 15_000;

/** Asks the server of this data folder to drain, and waits until it is gone; false when there was none. */
export async function endServer(data: string): Promise<boolean> {
  const holder = tryHolder(data);
  if (!holder) return false;
  process.kill(holder.pid, 'SIGTERM');
  const deadline = Date.now() + END_TIMEOUT_MS;
  while (tryStartTime(holder.pid) === holder.startedAt) {
    if (Date.now() > deadline) {
      process.kill(holder.pid, 'SIGKILL');
      break;
    }
    await delay(25);
  }
  return true;
}
