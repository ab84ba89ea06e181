// The machines of a cluster as the engine sees them from inside the sandbox.

/** What the engine is started with; written by the launcher (sandboxPaths.config). */
export interface EngineConfig {
  name: string;
  clusterDomain: string;
  /** The LAN of nodes and workstation, e.g. 172.18.0.0/24; its .1 is the router (the sandbox's own network namespace). */
  lan: { cidr: string; gateway: string };
  podCidr: string;
  serviceCidr: string;
  dnsServiceIp: string;
  apiServiceIp: string;
  apiPort: number;
  /** Source address of the engine's own probes, held by the control-plane and let through by every policy. */
  probeAddress: string;
  outside: { cidr: string; address: string; gateway: string };
  machines: MachineConfig[];
}

export interface MachineConfig {
  name: string;
  role: 'control-plane' | 'worker' | 'workstation' | 'outside';
  address: string;
  /** Pods of this node; only on control-plane and workers. */
  podCidr?: string;
}

/** A started machine. */
export interface Machine extends MachineConfig {
  /** Its init's process id in the sandbox's pid namespace. */
  pid: number;
  /** Prefix that reaches the machine's files from the engine: /proc/PID/root. */
  root: string;
}

/** Runs commands on machines; the only door to `nsenter` for the rest of the engine. */
export interface Machines {
  list(): Machine[];
  get(name: string): Machine;
  /** The argv that runs `argv` inside the machine's namespaces; `netOnly` enters just its network namespace and keeps the sandbox's files. */
  argv(name: string, argv: readonly string[], options?: { netOnly?: boolean; netns?: string }): string[];
  /** Runs to the end and returns stdout; throws CommandError. */
  run(name: string, argv: readonly string[], options?: { input?: string; netOnly?: boolean; netns?: string; timeoutMs?: number }): Promise<string>;
}
