// Files on a node of pods that went away while no engine was there to remove them.
import { readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { nodePath, podDirectory } from './nodeContext.ts';
import type { NodeContext } from './nodeContext.ts';
import { unmountBelow } from './volumes.ts';

const podLogs = '/var/log/pods';
const containerLogs = '/var/log/containers';

/** Removes volumes, logs and links of every pod that is not in `uids`. */
export async function removeStrayFiles(context: Pick<NodeContext, 'machine' | 'machines'>, uids: ReadonlySet<string>): Promise<void> {
  const pods = podDirectory('');
  const stray = list(context, pods).filter((uid) => !uids.has(uid));
  if (stray.length > 0) await unmountBelow(context, stray.map((uid) => podDirectory(uid)));
  for (const uid of stray) rmSync(nodePath(context, podDirectory(uid)), { recursive: true, force: true });
  for (const folder of list(context, podLogs)) {
    if (!uids.has(folder.split('_').at(-1)!)) rmSync(nodePath(context, `${podLogs}/${folder}`), { recursive: true, force: true });
  }
  for (const link of list(context, containerLogs)) {
    const path = nodePath(context, `${containerLogs}/${link}`);
    if (!statSync(nodePath(context, readlinkSync(path)), { throwIfNoEntry: false })) rmSync(path, { force: true });
  }
}

function list(context: Pick<NodeContext, 'machine'>, path: string): string[] {
  try {
    return readdirSync(nodePath(context, path));
  } catch {
    return [];
  }
}
