// Limits by cgroup when the server is root: v1, hybrid and v2; one group per sandbox with a tighter one for its machines.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chown, mkdir, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** The groups of one sandbox: `control` and `machines` are lists of cgroup.procs files to join; `folders` innermost first, for removal. */
export interface SandboxCgroups { control: string[]; machines: string[]; folders: string[] }

export const noCgroups: SandboxCgroups = { control: [], machines: [], folders: [] };

/** What is kept for the engine itself, so that a full machine never takes it down. */
const reserved = { pids: 64, memoryMiB: 192 };

/** A mounted hierarchy that has at least one of the controllers we use. */
export interface Hierarchy { version: 1 | 2; root: string; controllers: ('pids' | 'memory')[] }

/** Where the pids and memory controllers are mounted below `base` (normally /sys/fs/cgroup). */
export function findHierarchies(base = '/sys/fs/cgroup'): Hierarchy[] {
  if (existsSync(path.join(base, 'cgroup.controllers'))) {
    const offered = readFileSync(path.join(base, 'cgroup.controllers'), 'utf8').split(/\s+/);
    const controllers = (['pids', 'memory'] as const).filter((name) => offered.includes(name));
    return controllers.length ? [{ version: 2, root: base, controllers: [...controllers] }] : [];
  }
  return (['pids', 'memory'] as const).filter((name) => existsSync(path.join(base, name, 'cgroup.procs'))).map((name) => ({ version: 1, root: path.join(base, name), controllers: [name] }));
}

/** The group's name: the same cluster name in another data folder is another group. */
export function cgroupName(folder: string): string {
  return `${path.basename(folder)}-${createHash('sha256').update(folder).digest('hex').slice(0, 8)}`;
}

function limitFiles(hierarchy: Hierarchy, limits: { pids: number; memoryMiB: number }): [string, string][] {
  const bytes = String(limits.memoryMiB * 1024 * 1024);
  const files: [string, string][] = [];
  if (hierarchy.controllers.includes('pids')) files.push(['pids.max', String(limits.pids)]);
  if (hierarchy.controllers.includes('memory')) files.push(...(hierarchy.version === 1 ? [['memory.limit_in_bytes', bytes]] : [['memory.max', bytes], ['memory.swap.max', '0']]) as [string, string][]);
  return files;
}

/**
 * Makes the groups of a sandbox and sets their limits. The machines' group is owned by inside root, so that machines
 * join it by themselves; its limit files are not. Makes nothing and returns empty lists where there is no writable hierarchy.
 */
export async function ensureCgroups(folder: string, limits: { pids: number; memoryMiB: number }, owner: { uid: number; gid: number }, base?: string): Promise<SandboxCgroups> {
  const made: SandboxCgroups = { control: [], machines: [], folders: [] };
  const forMachines = { pids: Math.max(32, limits.pids - reserved.pids), memoryMiB: Math.max(64, limits.memoryMiB - reserved.memoryMiB) };
  for (const hierarchy of findHierarchies(base)) {
    const parent = path.join(hierarchy.root, 'patchbay');
    const group = path.join(parent, cgroupName(folder));
    const control = path.join(group, 'control');
    const machines = path.join(group, 'machines');
    try {
      const enable = hierarchy.controllers.map((name) => `+${name}`).join(' ');
      for (const each of [parent, group, control, machines]) {
        await mkdir(each, { recursive: true });
        const above = path.dirname(each);
        if (hierarchy.version === 2 && each !== machines) await writeFile(path.join(above, 'cgroup.subtree_control'), enable);
      }
      for (const [file, value] of limitFiles(hierarchy, limits)) await writeFile(path.join(group, file), value).catch(ignoreMissing);
      for (const [file, value] of limitFiles(hierarchy, forMachines)) await writeFile(path.join(machines, file), value).catch(ignoreMissing);
      const shared = [path.join(machines, 'cgroup.procs'), ...(hierarchy.version === 2 ? [machines, path.join(machines, 'cgroup.subtree_control'), path.join(group, 'cgroup.procs')] : [])];
      for (const file of shared) await chown(file, owner.uid, owner.gid).catch(ignoreMissing);
      made.control.push(path.join(control, 'cgroup.procs'));
      made.machines.push(path.join(machines, 'cgroup.procs'));
    } catch {
      // A read-only or foreign hierarchy bounds nothing; the limits by prlimit remain.
    }
    made.folders.push(machines, control, group);
  }
  return made;
}

/** The groups as ensureCgroups laid them out, without making any. */
export function findCgroups(folder: string, base?: string): SandboxCgroups {
  const found: SandboxCgroups = { control: [], machines: [], folders: [] };
  for (const hierarchy of findHierarchies(base)) {
    const group = path.join(hierarchy.root, 'patchbay', cgroupName(folder));
    if (!existsSync(group)) continue;
    found.control.push(path.join(group, 'control', 'cgroup.procs'));
    found.machines.push(path.join(group, 'machines', 'cgroup.procs'));
    found.folders.push(path.join(group, 'machines'), path.join(group, 'control'), group);
  }
  return found;
}

/** Removes a sandbox's groups; a group that still holds processes stays. */
export async function removeCgroups(groups: SandboxCgroups): Promise<void> {
  for (const folder of groups.folders) await rmdir(folder).catch(() => {});
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  // memory.swap.max is absent on kernels without swap accounting.
  if (error.code !== 'ENOENT') throw error;
}
