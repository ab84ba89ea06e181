// The folder trees that the sandbox and every machine begin with, unpacked inside by one tar each: forking a tool per file would double a launch's time.
import type { MachineFile } from '../network/machineFiles.ts';
import { planMachineFiles } from '../network/machineFiles.ts';
import { isNode } from '../network/plan.ts';
import type { EngineConfig, MachineConfig } from '../types/machine.ts';
import { nodePaths, sandboxPaths } from '../types/insidePaths.ts';

/** Devices that a root file system gets, bound one by one. */
export const deviceNames = ['null', 'zero', 'full', 'random', 'urandom', 'tty'] as const;

/** Mount points and links of a /dev at `at`. */
export function planDevFiles(at: string): MachineFile[] {
  return [
    { path: `${at}/pts` },
    { path: `${at}/shm` },
    ...deviceNames.map((name) => ({ path: `${at}/${name}`, content: '' })),
    ...Object.entries({ ptmx: 'pts/ptmx', fd: '/proc/self/fd', stdin: 'fd/0', stdout: 'fd/1', stderr: 'fd/2' }).map(([name, target]) => ({ path: `${at}/${name}`, target })),
  ];
}

/** What a machine's memory file system holds at first: its overlay's upper with the machine's files, /dev, /run and, on nodes, pod storage. */
export function planMachineTree(config: EngineConfig, machine: MachineConfig): MachineFile[] {
  const upper: MachineFile[] = [
    { path: '/root', mode: '700' },
    ...planMachineFiles(config, machine),
    ...(isNode(machine) ? [nodePaths.images, nodePaths.containers, nodePaths.kubelet].map((folder) => ({ path: folder })) : []),
  ];
  return [
    ...['work', 'root', 'run', ...(isNode(machine) ? ['containers', 'kubelet'] : [])].map((name) => ({ path: `/${name}` })),
    ...planDevFiles('/dev'),
    ...upper.map((file) => ({ ...file, path: `/upper${file.path}` })),
  ];
}

/** The same for the sandbox itself. */
export function planSandboxTree(): MachineFile[] {
  return [
    ...['merged', 'work', `upper${sandboxPaths.images}`, `upper${sandboxPaths.compileCache}`, 'run/patchbay/boot', 'run/patchbay/state', 'run/patchbay/machines', 'run/patchbay/cgroup', 'run/netns'].map((name) => ({ path: `/${name}` })),
    ...[sandboxPaths.node, sandboxPaths.bundle, sandboxPaths.prober].map((file) => ({ path: `/upper${file}`, content: '' })),
    ...planDevFiles('/dev'),
  ];
}
