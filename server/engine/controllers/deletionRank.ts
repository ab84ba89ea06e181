// Which pods a ReplicaSet removes first when it has too many (upstream: controller.ActivePodsWithRanks).
import type { Pod } from '../types/index.ts';
import { readyCondition } from './podState.ts';

const phaseRank: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 };

function deletionCost(pod: Pod): number {
  return Number.parseInt(pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? '0', 10) || 0;
}

function restarts(pod: Pod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map(({ restartCount }) => restartCount));
}

function logarithmicAge(since: string | undefined, now: number): number {
  const age = now - Date.parse(since ?? '');
  return Number.isNaN(age) || age <= 0 ? -1 : Math.floor(Math.log2(age));
}

/**
 * The `count` pods to delete out of `pods`. Earlier criteria win: unassigned, pending, not ready, lower deletion
 * cost, more siblings on the node, ready for a shorter time, more restarts, younger.
 */
export function planDeletions(pods: readonly Pod[], count: number, now: number): Pod[] {
  const perNode = new Map<string, number>();
  for (const { spec } of pods) perNode.set(spec.nodeName ?? '', (perNode.get(spec.nodeName ?? '') ?? 0) + 1);
  const rank = (pod: Pod): number[] => [
    pod.spec.nodeName ? 1 : 0,
    phaseRank[pod.status?.phase ?? 'Pending'] ?? 1,
    readyCondition(pod) ? 1 : 0,
    deletionCost(pod),
    -(perNode.get(pod.spec.nodeName ?? '') ?? 0),
    logarithmicAge(readyCondition(pod)?.lastTransitionTime, now),
    -restarts(pod),
    logarithmicAge(pod.metadata.creationTimestamp, now),
  ];
  const ranked = pods.map((pod) => ({ pod, rank: rank(pod) }));
  ranked.sort((a, b) => {
    for (const [i, value] of a.rank.entries()) if (value !== b.rank[i]) return value - b.rank[i]!;
    return a.pod.metadata.uid! < b.pod.metadata.uid! ? -1 : 1;
  });
  return ranked.slice(0, count).map(({ pod }) => pod);
}
