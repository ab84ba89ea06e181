// What a sandbox holds on its host while it runs, and what of it is still there afterwards.
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** Processes by `pid@start`, namespace inodes, cgroup folders. */
export interface Traces { processes: Set<string>; namespaces: Set<string>; mounts: Set<string>; interfaces: Set<string>; cgroups: Set<string> }
/** Traces and the time at which they were taken, in clock ticks since boot. */
export interface TakenTraces extends Traces { takenAt: number }

const TICKS_PER_SECOND = 100;
const ticksNow = () => Number(tryRead('/proc/uptime').split(' ')[0]) * TICKS_PER_SECOND;

function tryRead(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Every live process (zombies hold nothing) with its parent. */
function processes(): { pid: number; parent: number; id: string }[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    const stat = tryRead(`/proc/${name}/stat`);
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return stat === '' || fields[0] === 'Z' ? [] : [{ pid: Number(name), parent: Number(fields[1]), id: `${name}@${fields[19]} ${tryRead(`/proc/${name}/cmdline`).replaceAll('\0', ' ').slice(0, 80)}` }];
  });
}

function namespacesOf(pid: number): string[] {
  return ['user', 'mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup'].flatMap((kind) => {
    try {
      return [readlinkSync(`/proc/${pid}/ns/${kind}`)];
    } catch {
      return [];
    }
  });
}

function cgroupFolders(): string[] {
  return ['/sys/fs/cgroup', '/sys/fs/cgroup/pids', '/sys/fs/cgroup/memory'].map((root) => `${root}/patchbay`).filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => `${folder}/${entry.name}`));
}

/** What belongs to the sandbox whose outermost process is `launcher` and whose state folder is `folder`; namespaces are those that this process is not in. */
export function tracesOf(launcher: number, folder: string): TakenTraces {
  const all = processes();
  const own = new Set([launcher]);
  for (let before = 0; before !== own.size;) {
    before = own.size;
    for (const { pid, parent } of all) if (own.has(parent)) own.add(pid);
  }
  const ours = new Set(namespacesOf(process.pid));
  return {
    takenAt: ticksNow(),
    processes: new Set(all.filter(({ pid }) => own.has(pid)).map(({ id }) => id)),
    namespaces: new Set([...own].flatMap(namespacesOf).filter((name) => !ours.has(name))),
    mounts: new Set(tryRead('/proc/self/mountinfo').split('\n').filter((line) => line.includes(folder))),
    interfaces: new Set(readdirSync('/sys/class/net').filter((name) => /^(v-|br-|cni|veth)/.test(name))),
    cgroups: new Set(cgroupFolders().filter((path) => basename(path).startsWith(`${basename(folder)}-`))),
  };
}

/** What of `before` is still there, plus mounts, interfaces and cgroups that should never have appeared. */
export function tracesLeft(before: TakenTraces, folder: string): Record<keyof Traces, string[]> {
  const all = processes();
  const alive = new Set(all.map(({ id }) => id));
  // The kernel gives the number of a namespace that ended to the next: one held by a later process alone is another's.
  const used = new Set(all.filter(({ id }) => Number(/^\d+@(\d+)/.exec(id)?.[1]) <= before.takenAt).flatMap(({ pid }) => namespacesOf(pid)));
  const now = tracesOf(-1, folder);
  return {
    processes: [...before.processes].filter((id) => alive.has(id)),
    namespaces: [...before.namespaces].filter((name) => used.has(name)),
    mounts: [...now.mounts],
    interfaces: [...now.interfaces],
    cgroups: [...now.cgroups],
  };
}
