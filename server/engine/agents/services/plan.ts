// From Services and EndpointSlices to the chains that kube-proxy's iptables mode would write on a node: pure.
import type { EndpointSlice, Service } from '../../types/index.ts';
import type { RuleSet } from '../ruleSet.ts';
import { endpointChain, fixedRules, serviceChain } from './chains.ts';
import { externalLocal, internalLocal, planPorts, type Backend, type PortPlan } from './ports.ts';

/** The node that the rules are for; traffic from outside `podCidr` to a Service is masqueraded. */
export interface ServiceNode { name: string; podCidr: string }

interface Draft { filter: Map<string, string[]>; nat: Map<string, string[]> }

const comment = (text: string) => `-m comment --comment "${text}"`;

/** A destination (`10.96.0.1`) and port in kube-proxy's order of matches. */
function to(protocol: string, address: string, port: number): string {
  return `-m ${protocol} -p ${protocol} -d ${address} --dport ${port}`;
}

function affinitySeconds({ spec }: Service): number | undefined {
  return spec.sessionAffinity === 'ClientIP' ? spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800 : undefined;
}

function writeEndpoint(draft: Draft, { name, protocol, service }: PortPlan, { address, port }: Backend): void {
  const chain = endpointChain(name, protocol, `${address}:${port}`);
  const recent = affinitySeconds(service) === undefined ? '' : `-m recent --name ${chain} --set `;
  draft.nat.set(chain, [
    `${comment(name)} -s ${address} -j KUBE-MARK-MASQ`,
    `${comment(name)} ${recent}-m ${protocol} -p ${protocol} -j DNAT --to-destination ${address}:${port}`,
  ]);
}

/** Rules that spread connections evenly over the endpoints, the ones that a client is bound to first. */
function balance({ name, protocol, service }: PortPlan, backends: readonly Backend[]): string[] {
  const targets = backends.map(({ address, port }) => ({ text: `${address}:${port}`, chain: endpointChain(name, protocol, `${address}:${port}`) }));
  const seconds = affinitySeconds(service);
  const sticky = seconds === undefined ? [] : targets.map(({ text, chain }) =>
    `${comment(`${name} -> ${text}`)} -m recent --name ${chain} --rcheck --seconds ${seconds} --reap -j ${chain}`);
  const spread = targets.map(({ text, chain }, i) => {
    const left = targets.length - i;
    const share = left > 1 ? ` -m statistic --mode random --probability ${(1 / left).toFixed(10)}` : '';
    return `${comment(`${name} -> ${text}`)}${share} -j ${chain}`;
  });
  return [...sticky, ...spread];
}

function writeBalancers(draft: Draft, plan: PortPlan, node: ServiceNode, usesCluster: boolean, usesLocal: boolean): void {
  const { name, protocol, port, service } = plan;
  const clusterIp = service.spec.clusterIP!;
  const masquerade = `${comment(`${name} cluster IP`)} ${to(protocol, clusterIp, port.port)} ! -s ${node.podCidr} -j KUBE-MARK-MASQ`;
  if (usesCluster) draft.nat.set(serviceChain('SVC', name, protocol), [masquerade, ...balance(plan, plan.cluster)]);
  if (usesLocal) draft.nat.set(serviceChain('SVL', name, protocol), [masquerade, ...balance(plan, plan.local)]);
  const used = new Set([...(usesCluster ? plan.cluster : []), ...(usesLocal ? plan.local : [])]);
  for (const backend of used) writeEndpoint(draft, plan, backend);
}

function writeExternal(draft: Draft, plan: PortPlan, node: ServiceNode): void {
  const { name, protocol, service } = plan;
  const cluster = serviceChain('SVC', name, protocol);
  const about = (what: string) => comment(`${what} ${name} external destinations`);
  draft.nat.set(serviceChain('EXT', name, protocol), externalLocal(service) ? [
    `${about('pod traffic for')} -s ${node.podCidr} -j ${cluster}`,
    `${about('masquerade LOCAL traffic for')} -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ`,
    `${about('route LOCAL traffic for')} -m addrtype --src-type LOCAL -j ${cluster}`,
    ...(plan.local.length > 0 ? [`-j ${serviceChain('SVL', name, protocol)}`] : []),
  ] : [`${about('masquerade traffic for')} -j KUBE-MARK-MASQ`, `-j ${cluster}`]);
}

/** The addresses besides nodes' own by which the outside reaches the Service. */
function externalAddresses({ spec, status }: Service): { address: string; what: string }[] {
  const balancers = spec.type === 'LoadBalancer' ? (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []) : [];
  return [
    ...(spec.externalIPs ?? []).map((address) => ({ address, what: 'external IP' })),
    ...balancers.map((address) => ({ address, what: 'loadbalancer IP' })),
  ];
}

interface Refusals { portals: string[]; external: string[] }

function writePort(draft: Draft, plan: PortPlan, node: ServiceNode, nodePorts: string[], refusals: Refusals): void {
  const { name, protocol, port, service } = plan;
  const outside = externalAddresses(service);
  const hasExternal = port.nodePort !== undefined && port.nodePort > 0 || outside.length > 0;
  const portals = draft.nat.get('KUBE-SERVICES')!;
  const inner = internalLocal(service) ? plan.local : plan.cluster;
  const usesLocal = plan.local.length > 0 && (internalLocal(service) || (externalLocal(service) && hasExternal));
  const usesCluster = plan.cluster.length > 0 && (!internalLocal(service) || hasExternal);
  writeBalancers(draft, plan, node, usesCluster, usesLocal);

  const destination = to(protocol, service.spec.clusterIP!, port.port);
  if (inner.length > 0) {
    portals.push(`${comment(`${name} cluster IP`)} ${destination} -j ${serviceChain(internalLocal(service) ? 'SVL' : 'SVC', name, protocol)}`);
  } else {
    const verdict = plan.cluster.length > 0 ? `${comment(`${name} has no local endpoints`)} ${destination} -j DROP` : `${comment(`${name} has no endpoints`)} ${destination} -j REJECT`;
    refusals.portals.push(verdict);
  }
  if (!hasExternal) return;
  if (plan.cluster.length > 0) writeExternal(draft, plan, node);
  const chain = serviceChain('EXT', name, protocol);
  const without = plan.cluster.length === 0 ? ['has no endpoints', 'REJECT'] : externalLocal(service) && plan.local.length === 0 ? ['has no local endpoints', 'DROP'] : undefined;
  for (const { address, what } of outside) {
    const match = to(protocol, address, port.port);
    if (plan.cluster.length > 0) portals.push(`${comment(`${name} ${what}`)} ${match} -j ${chain}`);
    if (without) refusals.external.push(`${comment(`${name} ${without[0]}`)} ${match} -j ${without[1]}`);
  }
  if (!port.nodePort) return;
  const match = `-m ${protocol} -p ${protocol} --dport ${port.nodePort}`;
  if (plan.cluster.length > 0) nodePorts.push(`${comment(name)} ${match} -j ${chain}`);
  if (without) refusals.external.push(`${comment(`${name} ${without[0]}`)} -m addrtype --dst-type LOCAL ${match} -j ${without[1]}`);
}

/** All chains of the node; `slicesOf` gives the slices of `NAMESPACE/SERVICE`. */
export function planServiceRules(services: readonly Service[], slicesOf: (key: string) => readonly EndpointSlice[], node: ServiceNode): RuleSet {
  const nodePorts: string[] = [];
  const refusals: Refusals = { portals: [], external: [] };
  const draft: Draft = {
    filter: new Map(Object.entries(fixedRules.filter)),
    nat: new Map(Object.entries({ 'KUBE-SERVICES': [], 'KUBE-NODEPORTS': nodePorts, ...fixedRules.nat })),
  };
  for (const plan of planPorts(services, slicesOf, node.name)) writePort(draft, plan, node, nodePorts, refusals);
  draft.filter.set('KUBE-SERVICES', refusals.portals).set('KUBE-EXTERNAL-SERVICES', refusals.external);
  draft.nat.get('KUBE-SERVICES')!.push(
    `${comment('kubernetes service nodeports; NOTE: this must be the last rule in this chain')} -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS`);
  return draft;
}
