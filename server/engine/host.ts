// The engine as its host sees it: the interface that engine/index.ts implements for the embedded provider and the CLI.

/** Where things are on the host. */
export interface EnginePaths {
  /** Holds one folder per cluster (0700). */
  clusters: string;
  /** The image store, as infra/images lays it out. */
  images: string;
  /** The Node 24 binary and the bundled engine. */
  node: string;
  bundle: string;
}

export interface LaunchSpec { name: string; nodes: number; limits: { pids: number; memoryMiB: number; openFiles: number } }

/** A sandbox found or made on this host. */
export interface EngineCluster {
  name: string;
  state: 'running' | 'stopped';
  createdAt: number;
  /** Host process id of the sandbox's init; undefined when stopped. */
  initPid?: number;
  /** Unix socket of the engine: TLS Kubernetes API. */
  apiSocket: string;
  /** Unix socket of the engine: plain HTTP for the host alone (probe, resolve, status, stop). */
  controlSocket: string;
  /** Path of the admin kubeconfig, whose server is https://kubernetes with inline certificates; for the host. */
  adminKubeconfig: string;
  machines: { name: string; role: 'control-plane' | 'worker' | 'workstation' | 'outside'; address: string; podCidr?: string }[];
}

/** Progress of a launch, in order. */
export type LaunchStage = 'sandbox' | 'machines' | 'api' | 'nodes';

export interface LaunchOptions { signal: AbortSignal; onStage(stage: LaunchStage): void }

/** Sandboxes on this host. */
export interface EngineHost {
  /** Starts a sandbox; resolves when its API answers and every node is Ready. A failure leaves nothing behind. */
  launch(spec: LaunchSpec, options: LaunchOptions): Promise<EngineCluster>;
  /**
   * Starts a stopped cluster again with the objects of its journal; its pods are started anew, its machines are as at
   * first. Undefined when there is no stopped cluster of that name that was ever ready; throws as `launch`, and the
   * cluster is left stopped then.
   */
  tryRestart(name: string, options: LaunchOptions): Promise<EngineCluster | undefined>;
  list(): Promise<EngineCluster[]>;
  tryGet(name: string): Promise<EngineCluster | undefined>;
  /** Ends every process and removes the state folder; an absent cluster is fine. */
  destroy(name: string): Promise<void>;
  /** The host argv that runs `argv` on a machine, limits of the cluster applied; with `tty` a pseudo-terminal is allocated inside. */
  enter(cluster: EngineCluster, machine: string, argv: readonly string[], options: { tty: boolean }): string[];
  /** What the sandbox and the engine wrote, by file name, each at most the last 256 KiB; for a bug report. */
  logs(cluster: EngineCluster): Promise<Record<string, string>>;
}
