// How good a node is for a pod, among those that will do: pure; each part gives 0 to 100.
import { matchesNodeTerm, tolerates, type Pod } from '../types/index.ts';
import { affinityOf, preferredPodWeight, type NamespaceLabels } from './affinity.ts';
import type { ClusterState, NodeState } from './nodeState.ts';
import { quantityValue } from './quantity.ts';

function controllerUid(pod: Pod): string | undefined {
  return pod.metadata.ownerReferences?.find(({ controller }) => controller)?.uid;
}

function siblings(pod: Pod, { pods }: NodeState): number {
  const uid = controllerUid(pod);
  if (uid === undefined) return 0;
  return [...pods.values()].filter((other) => other.metadata.deletionTimestamp === undefined && controllerUid(other) === uid).length;
}

function freeShare({ node, requested }: NodeState): number {
  const shares = ['cpu', 'memory'].map((name) => {
    const all = quantityValue(node.status?.allocatable?.[name]);
    return all > 0 ? Math.max(0, 1 - (requested.get(name) ?? 0) / all) : 1;
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

function preferredNodeWeight(pod: Pod, { node }: NodeState): number {
  const preferred = affinityOf(pod).nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return preferred.filter(({ preference }) => matchesNodeTerm(preference, node)).reduce((sum, { weight }) => sum + weight, 0);
}

function disliked(pod: Pod, { node }: NodeState): number {
  return (node.spec.taints ?? []).filter((taint) => taint.effect === 'PreferNoSchedule' && !tolerates(pod.spec.tolerations, taint)).length;
}

function normalised(values: readonly number[]): number[] {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return values.map((value) => (most === least ? 0 : (100 * (value - least)) / (most - least)));
}

/** The best of `candidates` (not empty): siblings apart first, then affinity and taints, then fewer pods and free room; ties by name. */
export function bestNode(pod: Pod, candidates: readonly NodeState[], cluster: ClusterState, labels: NamespaceLabels): NodeState {
  const parts: [weight: number, scores: number[]][] = [
    [4, normalised(candidates.map((state) => -siblings(pod, state)))],
    [3, normalised(candidates.map((state) => -disliked(pod, state)))],
    [2, normalised(candidates.map((state) => preferredNodeWeight(pod, state)))],
    [2, normalised(candidates.map((state) => preferredPodWeight(pod, state.node, cluster, labels)))],
    [1, normalised(candidates.map((state) => -state.pods.size))],
    [1, candidates.map((state) => 100 * freeShare(state))],
  ];
  const total = (i: number) => parts.reduce((sum, [weight, scores]) => sum + weight * scores[i]!, 0);
  const ranked = candidates.map((state, i) => ({ state, score: total(i) }));
  ranked.sort((a, b) => b.score - a.score || (a.state.node.metadata.name < b.state.node.metadata.name ? -1 : 1));
  return ranked[0]!.state;
}
