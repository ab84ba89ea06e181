// The cluster service as sessions see it: names in, handles and views out, whatever provider is behind.
import type { Disposable } from '../base/index.ts';
import type { ClusterView } from '../contract/index.ts';
import type { ClusterHandle } from '../ports/index.ts';

/** Clusters by name. Names are chosen by the server (one per session), never by a student. */
export interface Clusters extends Disposable {
  readonly provider: { id: string; why: string };
  /** Finds the running cluster or queues a new one; returns at once. Calling it again does nothing. */
  ensure(name: string): void;
  view(name: string): ClusterView;
  /** Undefined unless ready. */
  tryHandle(name: string): ClusterHandle | undefined;
  /** Resolves when ready; rejects with ClusterError when provisioning failed, or when `signal` aborts. */
  whenReady(name: string, signal: AbortSignal): Promise<ClusterHandle>;
  /** Throws the cluster away and makes another under the same name. */
  renew(name: string): Promise<void>;
  remove(name: string): Promise<void>;
  onChange(listener: (name: string, view: ClusterView) => void): Disposable;
}
