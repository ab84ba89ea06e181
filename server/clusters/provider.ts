// Where clusters run: the interface that embedded and kind implement.
import type { Disposable } from '../base/index.ts';
import type { ClusterHandle } from '../ports/index.ts';

/** What is asked for. `name` is [a-z0-9-], at most 40 characters, unique on this machine and data folder. */
export interface ClusterSpec { name: string; nodes: number; egress: boolean }

/** One finding of preflight: `fix` is a command or sentence that mends it. `blocking` findings make provisioning impossible. */
export interface Finding { id: string; title: string; ok: boolean; blocking: boolean; detail: string; fix?: string }

/** Progress of one provisioning: `fraction` 0 to 1 over the whole; `estimateMs` what is left, when known. */
export interface Stage { id: string; title: string; fraction: number; estimateMs?: number }

export interface ProvisionContext { signal: AbortSignal; onStage(stage: Stage): void }

/** A cluster as found on the host. */
export interface FoundCluster { name: string; state: 'running' | 'stopped'; createdAt: number }

/**
 * A provider. State is read back from the host, never mirrored in a file of ours that could be wrong.
 */
export interface Provider extends Disposable {
  readonly id: string;
  /** What is missing for it here, as an answer; never throws for a missing part. */
  preflight(): Promise<Finding[]>;
  /** Makes a cluster and resolves when it is ready: API answers, nodes Ready, DNS resolves, a deny policy blocks. A failure or abort leaves nothing behind. Throws ClusterError. */
  provision(spec: ClusterSpec, context: ProvisionContext): Promise<ClusterHandle>;
  /** A handle for a running cluster, after a restart of the server; undefined when it is not running. */
  tryOpen(name: string): Promise<ClusterHandle | undefined>;
  /** Starts a stopped cluster again with its objects; undefined when there is none, or none that can be. Throws ClusterError when it should have worked. */
  tryRestart(name: string, context: ProvisionContext): Promise<ClusterHandle | undefined>;
  list(): Promise<FoundCluster[]>;
  /** Removes a cluster and everything of it; an absent one is fine. */
  remove(name: string): Promise<void>;
  /** Text files by name for a bug report. */
  collectLogs(name: string): Promise<Record<string, string>>;
}
