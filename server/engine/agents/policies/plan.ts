// From NetworkPolicies to the ipsets and filter chains of one node: pure. Traffic is judged in FORWARD, after DNAT, by real pod addresses.
import type { Container, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort, Pod, Protocol } from '../../types/index.ts';
import { shortHash } from '../base32.ts';
import type { Jump, RuleSet } from '../ruleSet.ts';
import { rangeTexts, subtract, tryRange } from './cidr.ts';
import { isPolicyPod, meansPod, namespaceLabels, policyTypes, selects, type PolicyWorld } from './world.ts';

export type SetType = 'hash:ip' | 'hash:net' | 'hash:ip,port';

/** An ipset's wanted contents; members are sorted and unique. */
export interface PlannedSet { type: SetType; members: readonly string[] }

/** Everything of one node. Sets are created before the rules that name them, and destroyed after. */
export interface PolicyPlan { sets: ReadonlyMap<string, PlannedSet>; rules: RuleSet }

/** `probeAddress` may always reach pods: the control plane's own probes come from there. */
export interface PolicyNode { name: string; probeAddress: string }

/** A packet allowed by a policy carries this until the direction is decided. */
const allowedMark = '0x20000/0x20000';
const isolated = { Ingress: 'NETPOL-INGRESS', Egress: 'NETPOL-EGRESS' } as const;

/** First in FORWARD: whatever accepts packets later must not get ahead. Traffic between a node and its own pods is not forwarded, and free. */
export const policyJumps: readonly Jump[] = [
  { table: 'filter', from: 'FORWARD', match: '-m comment --comment "network policies"', to: 'NETPOL', first: true },
];

/** True for the chains and sets of this plan. */
export function isPolicyName(name: string): boolean {
  return name === 'NETPOL' || name.startsWith('NETPOL-');
}

type Direction = 'Ingress' | 'Egress';
interface Draft { sets: Map<string, PlannedSet>; filter: Map<string, string[]> }

const comment = (text: string) => `-m comment --comment "${text}"`;
const unique = (members: Iterable<string>) => [...new Set(members)].toSorted();
const ipOf = (pod: Pod) => pod.status!.podIP!;

function peerMembers(peers: readonly NetworkPolicyPeer[], policy: NetworkPolicy, world: PolicyWorld): string[] {
  const labels = namespaceLabels(world.namespaces);
  return unique(peers.flatMap((peer) => {
    if (!peer.ipBlock) return world.pods.filter((pod) => meansPod(peer, policy, pod, labels)).map(ipOf);
    const range = tryRange(peer.ipBlock.cidr);
    const except = (peer.ipBlock.except ?? []).flatMap((cidr) => tryRange(cidr) ?? []);
    return range ? subtract(range, except).flatMap(rangeTexts) : [];
  }));
}

function namedPort(pod: Pod, name: string, protocol: Protocol): number | undefined {
  const sidecars = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  const ports = [...pod.spec.containers, ...sidecars].flatMap((container: Container) => container.ports ?? []);
  return ports.find((port) => port.name === name && (port.protocol ?? 'TCP') === protocol)?.containerPort;
}

/** The match of one port entry; a name means another number on each pod, so it becomes a set of addresses with ports. */
function portMatch(draft: Draft, entry: NetworkPolicyPort, setName: string, targets: readonly Pod[]): string {
  const protocol = entry.protocol ?? 'TCP';
  const name = protocol.toLowerCase();
  if (entry.port === undefined) return `-p ${name} `;
  if (typeof entry.port === 'number') {
    const last = entry.endPort === undefined ? '' : `:${entry.endPort}`;
    return `-p ${name} -m ${name} --dport ${entry.port}${last} `;
  }
  const members = targets.flatMap((pod) => {
    const number = namedPort(pod, entry.port as string, protocol);
    return number === undefined ? [] : [`${ipOf(pod)},${name}:${number}`];
  });
  draft.sets.set(setName, { type: 'hash:ip,port', members: unique(members) });
  return `-p ${name} -m set --match-set ${setName} dst,dst `;
}

function writePolicy(draft: Draft, policy: NetworkPolicy, direction: Direction, local: readonly Pod[], world: PolicyWorld): string {
  const id = `${policy.metadata.namespace}/${policy.metadata.name}`;
  const chain = `NETPOL-${direction === 'Ingress' ? 'I' : 'E'}-${shortHash(id)}`;
  const pods = `NETPOL-P-${shortHash(id)}`;
  draft.sets.set(pods, { type: 'hash:ip', members: unique(local.map(ipOf)) });
  const rules: string[] = [];
  const entries = direction === 'Ingress'
    ? (policy.spec.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports }))
    : (policy.spec.egress ?? []).map(({ to, ports }) => ({ peers: to, ports }));
  for (const [i, { peers = [], ports = [] }] of entries.entries()) {
    let peerMatch = '';
    if (peers.length > 0) {
      const set = `NETPOL-R-${shortHash(`${id}/${direction}/${i}`)}`;
      draft.sets.set(set, { type: 'hash:net', members: peerMembers(peers, policy, world) });
      peerMatch = `-m set --match-set ${set} ${direction === 'Ingress' ? 'src' : 'dst'} `;
    }
    const targets = direction === 'Ingress' ? local : world.pods;
    const matches = ports.length === 0 ? [''] : ports.map((entry, j) => portMatch(draft, entry, `NETPOL-N-${shortHash(`${id}/${direction}/${i}/${j}`)}`, targets));
    for (const match of matches) rules.push(`${match}${peerMatch}-j MARK --set-xmark ${allowedMark}`);
  }
  draft.filter.set(chain, rules);
  return `-m set --match-set ${pods} ${direction === 'Ingress' ? 'dst' : 'src'} ${comment(id)} -j ${chain}`;
}

function writeDirection(draft: Draft, direction: Direction, local: readonly Pod[], world: PolicyWorld): string[] {
  const members = new Set<string>();
  const jumps: string[] = [];
  for (const policy of world.policies) {
    if (!policyTypes(policy).includes(direction)) continue;
    const selected = local.filter((pod) => selects(policy, pod));
    if (selected.length === 0) continue;
    for (const pod of selected) members.add(ipOf(pod));
    jumps.push(writePolicy(draft, policy, direction, selected, world));
  }
  if (jumps.length === 0) return [];
  const name = isolated[direction];
  draft.sets.set(name, { type: 'hash:ip', members: unique(members) });
  draft.filter.set(name, [
    `-j MARK --set-xmark 0x0/${allowedMark.split('/')[1]}`,
    ...jumps,
    `-m mark ! --mark ${allowedMark} ${comment('not allowed by any policy')} -j DROP`,
  ]);
  return [`-m set --match-set ${name} ${direction === 'Ingress' ? 'dst' : 'src'} -j ${name}`];
}

/** The node's sets and chains. With no policy about its pods there is one empty chain. */
export function planPolicies(everything: PolicyWorld, node: PolicyNode): PolicyPlan {
  const policies = everything.policies.toSorted((a, b) => (`${a.metadata.namespace}/${a.metadata.name}` < `${b.metadata.namespace}/${b.metadata.name}` ? -1 : 1));
  const world = { ...everything, policies, pods: everything.pods.filter(isPolicyPod) };
  const local = world.pods.filter(({ spec }) => spec.nodeName === node.name);
  const draft: Draft = { sets: new Map(), filter: new Map() };
  const directions = (['Egress', 'Ingress'] as const).flatMap((direction) => writeDirection(draft, direction, local, world));
  const isolatedPods = unique([...(draft.sets.get(isolated.Egress)?.members ?? []), ...(draft.sets.get(isolated.Ingress)?.members ?? [])]);
  draft.filter.set('NETPOL', directions.length === 0 ? [] : [
    '-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN',
    `-s ${node.probeAddress} -j RETURN`,
    // A pod may always reach itself, also through a Service.
    ...isolatedPods.map((ip) => `-s ${ip} -d ${ip} -j RETURN`),
    ...directions,
  ]);
  return { sets: draft.sets, rules: { filter: draft.filter, nat: new Map() } };
}
