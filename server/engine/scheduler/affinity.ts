// Pod (anti-)affinity terms and the preferred parts of core/v1 Affinity: matching only, pure.
import { matchesSelector, type LabelSelector, type Node, type NodeTerm, type Pod } from '../types/index.ts';
import type { ClusterState } from './nodeState.ts';

interface PodTerm { labelSelector?: LabelSelector; namespaces?: string[]; namespaceSelector?: LabelSelector; topologyKey: string }

interface Affinity {
  nodeAffinity?: {
    requiredDuringSchedulingIgnoredDuringExecution?: { nodeSelectorTerms?: NodeTerm[] };
    preferredDuringSchedulingIgnoredDuringExecution?: { weight: number; preference: NodeTerm }[];
  };
  podAffinity?: PodAffinity;
  podAntiAffinity?: PodAffinity;
}
interface PodAffinity {
  requiredDuringSchedulingIgnoredDuringExecution?: PodTerm[];
  preferredDuringSchedulingIgnoredDuringExecution?: { weight: number; podAffinityTerm: PodTerm }[];
}

/** Labels of a namespace, for namespaceSelector. */
export type NamespaceLabels = (namespace: string) => Record<string, string> | undefined;

/** The pod's affinity, typed. */
export function affinityOf(pod: Pod): Affinity {
  return (pod.spec.affinity ?? {}) as Affinity;
}

/** True when `other` is meant by a term that `owner` carries. */
export function matchesPodTerm(term: PodTerm, owner: Pod, other: Pod, namespaceLabels: NamespaceLabels): boolean {
  const namespace = other.metadata.namespace!;
  const named = term.namespaces ?? [];
  const inNamespace = named.includes(namespace)
    || (term.namespaceSelector !== undefined && matchesSelector(term.namespaceSelector, namespaceLabels(namespace)))
    || (named.length === 0 && term.namespaceSelector === undefined && namespace === owner.metadata.namespace);
  return inNamespace && matchesSelector(term.labelSelector, other.metadata.labels);
}

const sameDomain = (key: string, a: Node, b: Node) =>
  a.metadata.labels?.[key] !== undefined && a.metadata.labels[key] === b.metadata.labels?.[key];

function domainHas(term: PodTerm, node: Node, cluster: ClusterState, meant: (pod: Pod) => boolean): boolean {
  for (const state of cluster.nodes.values()) {
    if (!sameDomain(term.topologyKey, node, state.node)) continue;
    for (const pod of state.pods.values()) if (meant(pod)) return true;
  }
  return false;
}

/** Why pod affinity refuses the node, in upstream's words; undefined when it does not. */
export function podAffinityRefusal(pod: Pod, node: Node, cluster: ClusterState, labels: NamespaceLabels): string | undefined {
  const { podAffinity, podAntiAffinity } = affinityOf(pod);
  const meant = (term: PodTerm) => (other: Pod) => matchesPodTerm(term, pod, other, labels);
  for (const term of podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
    if (domainHas(term, node, cluster, meant(term))) continue;
    // The first pod of a group that wants to be together may go anywhere.
    const anywhere = [...cluster.nodes.values()].some((state) => [...state.pods.values()].some(meant(term)));
    if (anywhere || !meant(term)(pod) || node.metadata.labels?.[term.topologyKey] === undefined) return "node(s) didn't match pod affinity rules";
  }
  for (const term of podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
    if (domainHas(term, node, cluster, meant(term))) return "node(s) didn't match pod anti-affinity rules";
  }
  for (const state of cluster.nodes.values()) {
    for (const other of state.pods.values()) {
      for (const term of affinityOf(other).podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
        if (sameDomain(term.topologyKey, node, state.node) && matchesPodTerm(term, other, pod, labels)) {
          return "node(s) didn't satisfy existing pods anti-affinity rules";
        }
      }
    }
  }
  return undefined;
}

/** The weight that preferred pod (anti-)affinity gives the node; negative is worse. */
export function preferredPodWeight(pod: Pod, node: Node, cluster: ClusterState, labels: NamespaceLabels): number {
  const { podAffinity, podAntiAffinity } = affinityOf(pod);
  const sum = (rules: PodAffinity | undefined) => (rules?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
    .filter(({ podAffinityTerm: term }) => domainHas(term, node, cluster, (other) => matchesPodTerm(term, pod, other, labels)))
    .reduce((total, { weight }) => total + weight, 0);
  return sum(podAffinity) - sum(podAntiAffinity);
}
