// The two scripts that run with the host's tools: the outer one, with the server's rights in a private mount namespace, and the one that enters the sandbox.
import type { EngineConfig } from '../types/machine.ts';
import { sandboxPaths } from '../types/insidePaths.ts';
import { deviceNames } from './bootTree.ts';
import { bindLine, planFstab, quoteWord } from './shellText.ts';
import type { MountLine } from './shellText.ts';

/** Where a cluster's parts lie on the host, and what bounds it. */
export interface LaunchPlan {
  config: EngineConfig;
  /** The cluster's state folder. */
  folder: string;
  images: string;
  nodeImage: string;
  node: string;
  bundle: string;
  prober: string;
  /** Folder of compiled code beside the bundle; undefined when there is none. */
  compileCache: string | undefined;
  /** First id of the sandbox's range as seen by the outer script, and the range's length. */
  idBase: { uid: number; gid: number; count: number };
  limits: { pids: number; memoryMiB: number; openFiles: number };
  /** `cgroup.procs` files that the launcher joins, those that machines join, and those to leave for before the folders are removed; empty when limits are by prlimit alone. */
  cgroups: { control: string[]; machines: string[]; leave: string[]; remove: string[] };
  /** Whether the sandbox gets a cgroup namespace of its own (machines always do). */
  cgroupNamespace: boolean;
  /** Flags that the mount of each bound path carries and a read-only remount must keep. */
  mountFlags(path: string): string[];
}

/**
 * Where the sandbox finds what was bound for it: a tmpfs that is filled in the state folder and then moved here, in the
 * outer mount namespace alone, because inside root may not pass through the 0700 folders above the state folder.
 */
const moved = '/tmp';

/** Sizes of memory-backed file systems: all of them together stay under 60 % of the memory limit, since their pages cannot be reclaimed. */
export function planSizes(plan: Pick<LaunchPlan, 'config' | 'limits'>): Record<string, number> {
  const weight = (role: string) => (role === 'outside' ? 1 : 3);
  const total = plan.config.machines.reduce((sum, machine) => sum + weight(machine.role), 1);
  const unit = (plan.limits.memoryMiB * 0.6) / total;
  return Object.fromEntries([['sandbox', Math.max(4, Math.floor(unit))], ...plan.config.machines.map((machine) => [machine.name, Math.max(8, Math.floor(unit * weight(machine.role)))])]);
}

/**
 * The outer script (sh). It binds everything the sandbox may see before a user namespace takes its rights away, so
 * parents may be 0700, and from a mount namespace that inside root does not own, so read-only binds stay read-only.
 * It stays as the sandbox's parent and removes the cgroups when the last process is gone.
 */
export function planOuterScript(plan: LaunchPlan): string {
  const staging = `${plan.folder}/mnt`;
  const readOnly = (source: string, target: string) => bindLine(source, `${staging}/${target}`, ['ro', ...plan.mountFlags(source)]);
  const fstab = planFstab([
    readOnly(plan.images, 'images'),
    readOnly(plan.node, 'bin/node'),
    readOnly(plan.bundle, 'bin/engine.cjs'),
    readOnly(plan.prober, 'bin/prober.cjs'),
    ...(plan.compileCache === undefined ? [] : [readOnly(plan.compileCache, 'bin/compileCache')]),
    readOnly(`${plan.folder}/boot`, 'boot'),
    bindLine(`${plan.folder}/run`, `${staging}/run`),
    ...plan.cgroups.machines.map((file, index) => bindLine(file, `${staging}/cgroup/${index}`)),
  ]);
  const { uid, gid, count } = plan.idBase;
  const q = quoteWord;
  return `# Written by Patchbay's launcher.
set -e
umask 022
${plan.cgroups.control.map((file) => `echo $$ >${q(file)}`).join('\n')}
ulimit -n ${plan.limits.openFiles} 2>/dev/null || :
S=${q(staging)}
chown ${uid}:${gid} ${q(`${plan.folder}/run`)}
mount -n -t tmpfs -o size=1m,nr_inodes=512,mode=755 staging "$S"
cd "$S"
mkdir -p images bin/compileCache boot run cgroup root
: >bin/node; : >bin/engine.cjs; : >bin/prober.cjs
${plan.cgroups.machines.map((_, index) => `: >cgroup/${index}`).join('\n')}
printf %s ${q(fstab)} >fstab
mount -n -a -T fstab
mount -n --move . ${moved}
cd ${moved}
mkfifo up go
(unshare --user sh -c 'echo $$ >up; read _ <go' || echo none >up) & helper=$!
read holder <up
[ "$holder" != none ]
echo "0 ${uid} ${count}" >/proc/$holder/uid_map
echo "0 ${gid} ${count}" >/proc/$holder/gid_map
exec 9</proc/$holder/ns/user
echo >go
wait $helper
rm up go
set +e
nsenter --user=/proc/self/fd/9 env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin unshare --mount --pid --net --ipc --uts ${plan.cgroupNamespace ? '--cgroup ' : ''}--fork sh ${moved}/boot/enter.sh
code=$?
${plan.cgroups.leave.map((file) => `echo $$ >${q(file)}`).join('\n')}
${plan.cgroups.remove.map((folder) => `rmdir ${q(folder)} 2>/dev/null`).join('\n')}
exit $code
`;
}

/** Mounts of a root file system that any Linux userland expects, for a root at `root` whose /dev is made from `dev`. The second sysfs lets `ip netns exec` work on a machine. */
export function planSystemMounts(root: string, dev: string): MountLine[] {
  return [
    { source: 'proc', target: `${root}/proc`, type: 'proc', options: ['nosuid', 'nodev', 'noexec'] },
    { source: 'sysfs', target: `${root}/sys`, type: 'sysfs', options: ['nosuid', 'nodev', 'noexec'] },
    bindLine(`${root}/sys`, `${root}/sys`),
    bindLine(dev, `${root}/dev`),
    ...deviceNames.map((name) => bindLine(`/dev/${name}`, `${root}/dev/${name}`)),
    { source: 'devpts', target: `${root}/dev/pts`, type: 'devpts', options: ['newinstance', 'ptmxmode=0666', 'mode=620', 'gid=5', 'nosuid', 'noexec'] },
    { source: 'shm', target: `${root}/dev/shm`, type: 'tmpfs', options: ['size=16m', 'nr_inodes=1024', 'mode=1777', 'nosuid', 'nodev'] },
  ];
}

/** The first process of the sandbox (sh, process 1, still with the host's files in sight): makes the sandbox's root and moves into it. */
export function planEnterScript(plan: LaunchPlan): string {
  const staging = moved;
  const root = `${staging}/root/merged`;
  const part = (name: string) => `${staging}/root/${name}`;
  const fstab = planFstab([
    { source: 'overlay', target: root, type: 'overlay', options: [`lowerdir=${staging}/images/${plan.nodeImage}/rootfs`, `upperdir=${part('upper')}`, `workdir=${part('work')}`, 'userxattr'] },
    ...planSystemMounts(root, part('dev')),
    bindLine(part('run'), `${root}/run`),
    bindLine(`${staging}/images`, `${root}${sandboxPaths.images}`),
    ...[sandboxPaths.node, sandboxPaths.bundle, sandboxPaths.prober].map((path) => bindLine(`${staging}/bin/${path.slice(path.lastIndexOf('/') + 1)}`, `${root}${path}`)),
    ...(plan.compileCache === undefined ? [] : [bindLine(`${staging}/bin/compileCache`, `${root}${sandboxPaths.compileCache}`)]),
    bindLine(`${staging}/boot`, `${root}/run/patchbay/boot`),
    bindLine(`${staging}/run`, `${root}${sandboxPaths.state}`),
    ...plan.cgroups.machines.map((_, index) => bindLine(`${staging}/cgroup/${index}`, `${root}/run/patchbay/cgroup/${index}`)),
  ]);
  const q = quoteWord;
  return `# Written by Patchbay's launcher.
set -e
exec 9<&-
umask 022
ulimit -u ${plan.limits.pids} 2>/dev/null || :
mount -n -t tmpfs -o size=${planSizes(plan)['sandbox']}m,nr_inodes=16k,mode=755 root ${staging}/root
cd ${staging}/root
tar --no-same-owner -mxf ${staging}/boot/sandbox.tar
${plan.cgroups.machines.map((_, index) => `: >run/patchbay/cgroup/${index}`).join('\n')}
printf %s ${q(fstab)} >fstab
mount -n -a -T fstab
cd merged
pivot_root . .
umount -l .
cd /
exec /bin/sh /run/patchbay/boot/init.sh
`;
}
