// For tests: whether NetworkPolicies allow a connection, read straight from the API's specification, independent of the planner.
import { matchesSelector, type NetworkPolicy, type NetworkPolicyPeer, type NetworkPolicyPort, type Pod, type Protocol } from '../../types/index.ts';
import type { PolicyWorld } from './world.ts';

/** A new connection after DNAT, between addresses of pods or of anything else. */
export interface Connection { from: string; to: string; port: number; protocol: Protocol }

function inCidr(address: string, cidr: string): boolean {
  if (cidr.includes(':')) return false; // another address family
  const bits = (text: string) => text.split('.').map((part) => Number(part).toString(2).padStart(8, '0')).join('');
  const [network, length] = cidr.split('/');
  return bits(address).startsWith(bits(network!).slice(0, Number(length)));
}

function peerMatches(peer: NetworkPolicyPeer, policy: NetworkPolicy, address: string, pod: Pod | undefined, world: PolicyWorld): boolean {
  if (peer.ipBlock) return inCidr(address, peer.ipBlock.cidr) && !(peer.ipBlock.except ?? []).some((cidr) => inCidr(address, cidr));
  if (!pod) return false;
  const namespace = world.namespaces.find(({ metadata }) => metadata.name === pod.metadata.namespace);
  if (peer.namespaceSelector) {
    const labels = { ...namespace?.metadata.labels, 'kubernetes.io/metadata.name': pod.metadata.namespace! };
    if (!matchesSelector(peer.namespaceSelector, labels)) return false;
  } else if (pod.metadata.namespace !== policy.metadata.namespace) return false;
  return peer.podSelector === undefined || matchesSelector(peer.podSelector, pod.metadata.labels);
}

function portMatches(entry: NetworkPolicyPort, connection: Connection, server: Pod | undefined): boolean {
  if ((entry.protocol ?? 'TCP') !== connection.protocol) return false;
  if (entry.port === undefined) return true;
  if (typeof entry.port === 'number') return connection.port >= entry.port && connection.port <= (entry.endPort ?? entry.port);
  return (server?.spec.containers ?? []).some(({ ports = [] }) => ports.some(({ name, protocol = 'TCP', containerPort }) =>
    name === entry.port && protocol === connection.protocol && containerPort === connection.port));
}

function directionAllowed(direction: 'Ingress' | 'Egress', pod: Pod, connection: Connection, other: { address: string; pod: Pod | undefined }, server: Pod | undefined, world: PolicyWorld): boolean {
  const isolating = world.policies.filter(({ metadata, spec }) => metadata.namespace === pod.metadata.namespace
    && matchesSelector(spec.podSelector ?? {}, pod.metadata.labels)
    && (spec.policyTypes ?? ['Ingress', ...(spec.egress?.length ? ['Egress'] : [])]).includes(direction));
  if (isolating.length === 0) return true;
  return isolating.some((policy) => {
    const rules = direction === 'Ingress'
      ? (policy.spec.ingress ?? []).map(({ from, ports }) => ({ peers: from ?? [], ports: ports ?? [] }))
      : (policy.spec.egress ?? []).map(({ to, ports }) => ({ peers: to ?? [], ports: ports ?? [] }));
    return rules.some(({ peers, ports }) =>
      (peers.length === 0 || peers.some((peer) => peerMatches(peer, policy, other.address, other.pod, world)))
      && (ports.length === 0 || ports.some((entry) => portMatches(entry, connection, server))));
  });
}

/** True when the source's egress and the destination's ingress both allow it; a pod always reaches itself. */
export function isAllowed(connection: Connection, world: PolicyWorld): boolean {
  const podAt = (address: string) => world.pods.find(({ spec, status }) => !spec.hostNetwork && status?.podIP === address);
  const client = podAt(connection.from);
  const server = podAt(connection.to);
  if (connection.from === connection.to) return true;
  const out = !client || directionAllowed('Egress', client, connection, { address: connection.to, pod: server }, server, world);
  return out && (!server || directionAllowed('Ingress', server, connection, { address: connection.from, pod: client }, server, world));
}
