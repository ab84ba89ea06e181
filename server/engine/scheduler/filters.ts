// Which nodes a pod may go to, and upstream's reasons for those it may not: pure.
import { acceptsNode, matchesSelector, tolerates, type LabelSelector, type Node, type Pod, type Taint } from '../types/index.ts';
import { podAffinityRefusal, type NamespaceLabels } from './affinity.ts';
import { podRequests, type ClusterState, type NodeState } from './nodeState.ts';
import { quantityValue } from './quantity.ts';

/** `helpless`: removing other pods from the node would not help either. */
export interface Refusal { reasons: string[]; helpless: boolean }

function untoleratedTaint(pod: Pod, node: Node): Taint | undefined {
  const taints = (node.spec.taints ?? []).filter(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute');
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  if (ready !== 'True' && !taints.some(({ key }) => key === 'node.kubernetes.io/not-ready' || key === 'node.kubernetes.io/unreachable')) {
    // The taint that says so may be a moment behind the condition.
    taints.push({ key: ready === 'Unknown' ? 'node.kubernetes.io/unreachable' : 'node.kubernetes.io/not-ready', effect: 'NoSchedule' });
  }
  return taints.find((taint) => !tolerates(pod.spec.tolerations, taint));
}

function hostPorts(pod: Pod): { ip: string; key: string }[] {
  return pod.spec.containers.flatMap(({ ports = [] }) => ports.filter(({ hostPort }) => hostPort)
    .map(({ hostPort, hostIP, protocol = 'TCP' }) => ({ ip: hostIP || '0.0.0.0', key: `${protocol}/${hostPort}` })));
}

function portsTaken(pod: Pod, state: NodeState): boolean {
  const wanted = hostPorts(pod);
  if (wanted.length === 0) return false;
  return [...state.pods.values()].flatMap(hostPorts).some((used) =>
    wanted.some(({ ip, key }) => key === used.key && (ip === used.ip || ip === '0.0.0.0' || used.ip === '0.0.0.0')));
}

function lackingResources(pod: Pod, { node, pods, requested }: NodeState): string[] {
  const allocatable = node.status?.allocatable ?? {};
  const lacking: string[] = [];
  if (allocatable.pods !== undefined && pods.size + 1 > quantityValue(allocatable.pods)) lacking.push('Too many pods');
  for (const [name, amount] of podRequests(pod)) {
    // A millionth forgives the rounding of sums of fractions.
    if (amount > 0 && amount + (requested.get(name) ?? 0) > quantityValue(allocatable[name]) + 1e-6) lacking.push(`Insufficient ${name}`);
  }
  return lacking;
}

interface SpreadConstraint { maxSkew: number; topologyKey: string; whenUnsatisfiable?: string; labelSelector?: LabelSelector }

function breaksSpread(pod: Pod, node: Node, cluster: ClusterState): string | undefined {
  const { topologySpreadConstraints = [] } = pod.spec as { topologySpreadConstraints?: SpreadConstraint[] };
  for (const { maxSkew, topologyKey, whenUnsatisfiable, labelSelector } of topologySpreadConstraints) {
    if (whenUnsatisfiable === 'ScheduleAnyway') continue;
    const domain = node.metadata.labels?.[topologyKey];
    if (domain === undefined) return "node(s) didn't match pod topology spread constraints (missing required label)";
    const counts = new Map<string, number>();
    for (const state of cluster.nodes.values()) {
      const name = state.node.metadata.labels?.[topologyKey];
      if (name === undefined || !acceptsNode(pod, state.node)) continue;
      const matching = [...state.pods.values()].filter(({ metadata }) => metadata.namespace === pod.metadata.namespace
        && metadata.deletionTimestamp === undefined && matchesSelector(labelSelector, metadata.labels));
      counts.set(name, (counts.get(name) ?? 0) + matching.length);
    }
    const own = matchesSelector(labelSelector, pod.metadata.labels) ? 1 : 0;
    if ((counts.get(domain) ?? 0) + own - Math.min(...counts.values()) > maxSkew) return "node(s) didn't match pod topology spread constraints";
  }
  return undefined;
}

/** The first filter that refuses the node for the pod, in upstream's order of plugins; undefined when the node will do. */
export function tryRefuse(pod: Pod, state: NodeState, cluster: ClusterState, labels: NamespaceLabels): Refusal | undefined {
  const { node } = state;
  const helpless = (reason: string): Refusal => ({ reasons: [reason], helpless: true });
  const unschedulable = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
  if (node.spec.unschedulable && !tolerates(pod.spec.tolerations, unschedulable)) return helpless('node(s) were unschedulable');
  const taint = untoleratedTaint(pod, node);
  if (taint) return helpless(`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`);
  if (!acceptsNode(pod, node)) return helpless("node(s) didn't match Pod's node affinity/selector");
  if (portsTaken(pod, state)) return { reasons: ["node(s) didn't have free ports for the requested pod ports"], helpless: false };
  const lacking = lackingResources(pod, state);
  if (lacking.length > 0) return { reasons: lacking, helpless: false };
  const spread = breaksSpread(pod, node, cluster);
  if (spread) return { reasons: [spread], helpless: spread.endsWith('(missing required label)') };
  const affinity = podAffinityRefusal(pod, node, cluster, labels);
  return affinity ? { reasons: [affinity], helpless: affinity === "node(s) didn't match pod affinity rules" } : undefined;
}

function counted(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `${count} ${reason}`).toSorted().join(', ');
}

/** Upstream's sentence for a pod that fits nowhere. */
export function unschedulableMessage(refusals: readonly Refusal[]): string {
  const total = refusals.length;
  if (total === 0) return 'no nodes available to schedule pods';
  const preemption = refusals.map(({ helpless }) =>
    helpless ? 'Preemption is not helpful for scheduling' : 'No preemption victims found for incoming pod');
  return `0/${total} nodes are available: ${counted(refusals.flatMap(({ reasons }) => reasons))}. `
    + `preemption: 0/${total} nodes are available: ${counted(preemption)}.`;
}
