// The OCI runtime configuration of a container, as containerd would write it for a kubelet: a pure function.
import type { ContainerSpec, Mount, Sandbox } from '../types/index.ts';
import { sandboxPaths } from './layout.ts';

const defaultCapabilities = [
  'CHOWN', 'DAC_OVERRIDE', 'FSETID', 'FOWNER', 'MKNOD', 'NET_RAW', 'SETGID', 'SETUID', 'SETFCAP', 'SETPCAP', 'NET_BIND_SERVICE', 'SYS_CHROOT', 'KILL', 'AUDIT_WRITE',
];

const allCapabilities = [
  ...defaultCapabilities, 'AUDIT_CONTROL', 'AUDIT_READ', 'BLOCK_SUSPEND', 'BPF', 'CHECKPOINT_RESTORE', 'DAC_READ_SEARCH', 'IPC_LOCK', 'IPC_OWNER', 'LEASE', 'LINUX_IMMUTABLE',
  'MAC_ADMIN', 'MAC_OVERRIDE', 'NET_ADMIN', 'NET_BROADCAST', 'PERFMON', 'SYSLOG', 'SYS_ADMIN', 'SYS_BOOT', 'SYS_MODULE', 'SYS_NICE', 'SYS_PACCT', 'SYS_PTRACE',
  'SYS_RAWIO', 'SYS_TIME', 'SYS_TTY_CONFIG', 'WAKE_ALARM',
];

const maskedPaths = [
  '/proc/acpi', '/proc/asound', '/proc/kcore', '/proc/keys', '/proc/latency_stats', '/proc/timer_list', '/proc/timer_stats', '/proc/sched_debug', '/proc/scsi',
  '/sys/firmware', '/sys/devices/virtual/powercap',
];
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

interface OciMount { destination: string; type: string; source: string; options: string[] }

/** The capabilities of a container: the defaults, then `drop`, then `add`; `ALL` is understood in both. CAP_ prefixes are added. */
export function planCapabilities(spec: Pick<ContainerSpec, 'privileged' | 'addCapabilities' | 'dropCapabilities'>): string[] {
  if (spec.privileged) return allCapabilities.map((name) => `CAP_${name}`);
  const plain = (name: string) => name.toUpperCase().replace(/^CAP_/, '');
  const drop = new Set(spec.dropCapabilities.map(plain));
  const kept = drop.has('ALL') ? [] : defaultCapabilities.filter((name) => !drop.has(name));
  const add = spec.addCapabilities.map(plain).flatMap((name) => (name === 'ALL' ? allCapabilities : [name]));
  return [...new Set([...kept, ...add.filter((name) => allCapabilities.includes(name))])].map((name) => `CAP_${name}`);
}

/** config.json of a container in its sandbox. `pausePid` and every path are the node's. */
export function planOciConfig(spec: ContainerSpec, sandbox: Sandbox): object {
  const capabilities = planCapabilities(spec);
  const user = spec.user ?? { uid: 0, gid: 0 };
  // A process without root's uid starts with no effective capabilities, as the kernel's exec rules would leave it.
  const effective = user.uid === 0 ? capabilities : [];
  const env = spec.tty && !spec.env.some((line) => line.startsWith('TERM=')) ? [...spec.env, 'TERM=xterm'] : spec.env;
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: spec.tty,
      user: { uid: user.uid, gid: user.gid, ...(user.additionalGids?.length && { additionalGids: user.additionalGids }) },
      args: spec.argv,
      env,
      cwd: spec.cwd,
      capabilities: { bounding: capabilities, effective, permitted: effective },
      ...(spec.noNewPrivileges && { noNewPrivileges: true }),
    },
    root: { path: 'rootfs', readonly: spec.readOnlyRoot },
    mounts: planMounts(spec, sandbox),
    linux: {
      namespaces: planNamespaces(spec, sandbox),
      ...(!spec.privileged && { maskedPaths, readonlyPaths }),
    },
  };
}

function planMounts(spec: ContainerSpec, sandbox: Sandbox): OciMount[] {
  const sys = spec.privileged ? 'rw' : 'ro';
  const standard: OciMount[] = [
    { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'] },
    { destination: '/dev/pts', type: 'devpts', source: 'devpts', options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'] },
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] },
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', sys] },
    { destination: '/dev/shm', type: 'bind', source: sandboxPaths(sandbox.id).shm, options: ['rbind', 'nosuid', 'nodev', 'noexec'] },
  ];
  const own = new Set(spec.mounts.map((mount) => mount.target));
  // A parent must be mounted before what lies below it.
  const asked = [...spec.mounts].sort((a, b) => a.target.split('/').length - b.target.split('/').length || (a.target < b.target ? -1 : 1)).map(planBind);
  return [...standard.filter((mount) => !own.has(mount.destination)), ...asked];
}

function planBind(mount: Mount): OciMount {
  return { destination: mount.target, type: 'bind', source: mount.source, options: ['rbind', 'rprivate', mount.readOnly ? 'ro' : 'rw'] };
}

function planNamespaces(spec: ContainerSpec, sandbox: Sandbox): { type: string; path?: string }[] {
  const pause = `/proc/${sandbox.pausePid}/ns`;
  const target = spec.targetPid && [{ type: 'pid', path: `/proc/${spec.targetPid}/ns/pid` }];
  const pid = target || { container: [{ type: 'pid' }], pod: [{ type: 'pid', path: `${pause}/pid` }], node: [] }[spec.pidNamespace];
  const network = sandbox.spec.hostNetwork ? [] : [{ type: 'network', path: sandbox.netns }, { type: 'uts', path: `${pause}/uts` }];
  return [{ type: 'mount' }, { type: 'cgroup' }, { type: 'ipc', path: `${pause}/ipc` }, ...pid, ...network];
}
