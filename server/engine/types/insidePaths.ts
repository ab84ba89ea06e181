// Where things lie inside a sandbox: the agreement between the launcher, the engine and the nodes.

/** Paths in the sandbox's own file system, where the engine runs; machines do not see them. */
export const sandboxPaths = {
  /** EngineConfig; read-only, written by the launcher. */
  config: '/run/patchbay/boot/config.json',
  /** Persistent on the host: sockets, journal, certificates, logs. */
  state: '/run/patchbay/state',
  journal: '/run/patchbay/state/journal',
  pki: '/run/patchbay/state/pki',
  /** One file per started machine: its process id and a newline. */
  machines: '/run/patchbay/machines',
  /** Inputs and outputs of the engine's short commands while they run. */
  commands: '/run/patchbay/commands',
  node: '/usr/lib/patchbay/node',
  bundle: '/usr/lib/patchbay/engine.cjs',
  prober: '/usr/lib/patchbay/prober.cjs',
  /** Starts either of them from its compiled code: `node start.cjs BUNDLE`. */
  start: '/run/patchbay/boot/start.cjs',
  /** V8's compiled code of both, read-only; may be missing. */
  compileCache: '/usr/lib/patchbay/compileCache',
  /** The image store, read-only; the same path on every node. */
  images: '/var/lib/patchbay/images',
} as const;

/** A fifo that only the machine's first process holds open for writing: its end is the machine's. */
export function machineAlive(name: string): string {
  return `${sandboxPaths.machines}/${name}.alive`;
}

/** Paths on a node (control-plane, worker, …). */
export const nodePaths = {
  /** The image store, read-only; may be an overlay's lower directory. */
  images: '/var/lib/patchbay/images',
  /** Memory-backed with a size limit: overlay uppers may lie here (and nowhere else but /run and /var/lib/kubelet). */
  containers: '/var/lib/containers',
  /** Memory-backed like `containers`: pod volumes. */
  kubelet: '/var/lib/kubelet',
  podLogs: '/var/log/pods',
  cniConfig: '/etc/cni/net.d',
  cniBin: '/opt/cni/bin',
} as const;
