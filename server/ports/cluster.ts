// A running cluster as services see it, whatever provides it.
import type { Disposable } from '../base/index.ts';
import type { CommandResult } from '../base/index.ts';
import type { KubeClient } from './kube.ts';
import type { Prober } from './prober.ts';
import type { PtyOptions } from './pty.ts';

/** A machine that a student may get a shell on. */
export interface ClusterMachine { name: string; role: 'control-plane' | 'worker' | 'workstation' | 'outside'; address: string; podCidr?: string }

/** Told when the cluster's health changes for good: its sandbox or nodes are gone. */
export interface ClusterHealth { state: 'healthy' | 'unreachable' | 'gone'; detail?: string }

/** A student's cluster. Machine names are `control-plane`, `worker`, `worker2`, …, `workstation`, `outside` on every provider. */
export interface ClusterHandle {
  readonly name: string;
  readonly provider: string;
  /** Network plugin as labs name it: `bridge` (embedded), `calico`, `weave`, … */
  readonly networkPlugin: string;
  readonly machines: readonly ClusterMachine[];
  readonly kube: KubeClient;
  readonly prober: Prober;
  /** A login shell on a machine; throws ClusterError `unknown-machine`. */
  shell(machine: string): PtyOptions;
  /** Runs a command on a machine and resolves with its result whatever its exit code; output is bounded to 1 MiB. */
  run(machine: string, argv: readonly string[], options?: { input?: string; timeoutMs?: number; signal?: AbortSignal }): Promise<CommandResult>;
  /** A kubeconfig for the student, as seen from the workstation. */
  kubeconfig(): Promise<string>;
  onHealth(listener: (health: ClusterHealth) => void): Disposable;
}
