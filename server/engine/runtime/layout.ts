// Where a runtime keeps things on its node: paths as the node sees them, and as the engine reaches them.
import { join } from 'node:path';
import { nodePaths } from '../types/index.ts';

/** Paths valid on the node. Bundles hold overlay uppers, which need the node's bounded memory file system. */
export const layout = {
  sandboxes: '/run/pods/sandboxes',
  containers: `${nodePaths.containers}/pods`,
  exits: '/run/pods/exits',
  attach: '/run/pods/attach',
  /** A link to the pause binary, so that process lists show its role. */
  pause: '/run/pods/pause',
  /** Files of commands that run in containers. */
  execs: '/run/pods/execs',
  netns: '/run/netns',
  crunRoot: '/run/crun',
  cniConfig: nodePaths.cniConfig,
  cniBinaries: [nodePaths.cniBin, '/usr/lib/cni'],
} as const;

/** Paths of one sandbox on the node. */
export function sandboxPaths(id: string) {
  const dir = `${layout.sandboxes}/${id}`;
  return { dir, state: `${dir}/sandbox.json`, alive: `${dir}/alive`, shm: `${dir}/shm`, cni: `${dir}/cni.json` };
}

/** Paths of one container on the node; `dir` is its OCI bundle. */
export function containerPaths(id: string) {
  const dir = `${layout.containers}/${id}`;
  return {
    dir, state: `${dir}/container.json`, config: `${dir}/config.json`, rootfs: `${dir}/rootfs`, upper: `${dir}/upper`, work: `${dir}/work`,
    pidFile: `${dir}/pid`,
    /** A fifo that conmon holds open for writing as long as it lives. */
    alive: `${dir}/ctl`,
    conmonPid: `${dir}/conmon.pid`, conmonLog: `${dir}/conmon.log`, resize: `${dir}/winsz`,
    exit: `${layout.exits}/${id}`, attach: `${layout.attach}/${id}/attach`,
  };
}

/** The same path as the engine reaches it, below `root` (/proc/PID/root). */
export function onMachine(root: string, path: string): string {
  return join(root, path);
}
