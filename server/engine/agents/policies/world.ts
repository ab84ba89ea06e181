// What policies are about: pods with addresses and labelled namespaces, and which policies isolate which pods.
import { matchesSelector, type Namespace, type NetworkPolicy, type NetworkPolicyPeer, type Pod } from '../../types/index.ts';

/** Everything that the rules of a node follow from. Pods are those that policies can mean (see `isPolicyPod`). */
export interface PolicyWorld {
  policies: readonly NetworkPolicy[];
  pods: readonly Pod[];
  namespaces: readonly Namespace[];
}

/** True for pods with an address of their own that are not finished: policies neither select nor mean others. */
export function isPolicyPod(pod: Pod): boolean {
  return !pod.spec.hostNetwork && Boolean(pod.status?.podIP) && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed';
}

/** The directions that a policy isolates, with the API's default when it names none. */
export function policyTypes({ spec }: NetworkPolicy): ('Ingress' | 'Egress')[] {
  if (spec.policyTypes && spec.policyTypes.length > 0) return spec.policyTypes;
  return (spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
}

/** True when the policy selects the pod; an absent selector selects all of its namespace. */
export function selects(policy: NetworkPolicy, pod: Pod): boolean {
  return policy.metadata.namespace === pod.metadata.namespace && matchesSelector(policy.spec.podSelector ?? {}, pod.metadata.labels);
}

/** Labels of namespaces by name, the automatic one included. */
export function namespaceLabels(namespaces: readonly Namespace[]): Map<string, Record<string, string>> {
  return new Map(namespaces.map(({ metadata }) => [metadata.name, { 'kubernetes.io/metadata.name': metadata.name, ...metadata.labels }]));
}

/** True when a peer without ipBlock means the pod. Both selectors together mean pods that satisfy both. */
export function meansPod(peer: NetworkPolicyPeer, policy: NetworkPolicy, pod: Pod, labels: ReadonlyMap<string, Record<string, string>>): boolean {
  const { podSelector, namespaceSelector } = peer;
  if (!podSelector && !namespaceSelector) return false;
  const namespace = pod.metadata.namespace!;
  const inNamespace = namespaceSelector ? matchesSelector(namespaceSelector, labels.get(namespace)) : namespace === policy.metadata.namespace;
  return inNamespace && matchesSelector(podSelector ?? {}, pod.metadata.labels);
}
