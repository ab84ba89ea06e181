// What a check is given: the cluster, the lab's values, the history of pods, and a clock; nothing of the student's input but an answer.
import type { Clock } from '../base/index.ts';
import type { ClusterHandle } from './cluster.ts';

/** One pod as it was at some time since the lab was opened. `sandboxId` changes when the pause container is replaced. */
export interface PodHistoryEntry {
  at: number; namespace: string; name: string; uid: string; podIP?: string; nodeName?: string; sandboxId?: string;
  phase?: string; restarts: Record<string, number>; deleted: boolean; labels: Record<string, string>;
}

/** A bounded log (2,000 entries, oldest dropped first) of pods in the lab's namespaces since the lab was opened or started over. */
export interface PodHistory { readonly since: number; entries(filter?: { namespace?: string; name?: string }): readonly PodHistoryEntry[] }

export interface CheckContext {
  cluster: ClusterHandle;
  /** The lab's namespace, `lab-NN`; a check's own `namespace` field overrides it. */
  namespace: string;
  history: PodHistory;
  clock: Clock;
  signal: AbortSignal;
  /** What the student typed, for `answer` checks; at most 4,000 characters. */
  answer?: string;
}

/** What a check saw: plain JSON, bounded to 64 KiB, stored as evidence and judged again later. */
export type Observation = Record<string, unknown>;
