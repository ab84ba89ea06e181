// The wires: bridges, veths, addresses and routes as `ip -batch` text, and each machine's kernel settings and base rules.
import type { EngineConfig, MachineConfig } from '../types/machine.ts';
import { controlPlaneOf, isNode } from './plan.ts';

/** Batch for the sandbox's own network namespace: makes the machines' namespaces, both bridges and all veths. The sandbox is the router between them. */
export function planRouterBatch(config: EngineConfig): string {
  const length = config.lan.cidr.split('/')[1];
  return [
    ...config.machines.map((machine) => `netns add ${machine.name}`),
    'link set lo up',
    'link add br-lan type bridge',
    'link add br-outside type bridge',
    `addr add ${config.lan.gateway}/${length} dev br-lan`,
    `addr add ${config.outside.gateway}/${config.outside.cidr.split('/')[1]} dev br-outside`,
    ...config.machines.flatMap((machine) => [
      `link add v-${machine.name} type veth peer name eth0 netns ${machine.name}`,
      `link set v-${machine.name} master ${machine.role === 'outside' ? 'br-outside' : 'br-lan'} up`,
    ]),
    'link set br-lan up',
    'link set br-outside up',
    '',
  ].join('\n');
}

/** Batch for a machine's network namespace: addresses, routes to every node's pods, the default route. */
export function planMachineBatch(config: EngineConfig, machine: MachineConfig): string {
  const outside = machine.role === 'outside';
  const cidr = outside ? config.outside.cidr : config.lan.cidr;
  const probe = `${config.probeAddress}/32`;
  const controlPlane = controlPlaneOf(config);
  return [
    'link set lo up',
    'link set eth0 up',
    `addr add ${machine.address}/${cidr.split('/')[1]} brd + dev eth0`,
    ...(machine.role === 'control-plane' ? [`addr add ${probe} dev eth0`] : []),
    `route add default via ${outside ? config.outside.gateway : config.lan.gateway}`,
    ...(outside ? [] : config.machines.filter((other) => other.podCidr && other.name !== machine.name).map((other) => `route add ${other.podCidr} via ${other.address}`)),
    ...(isNode(machine) && machine.role !== 'control-plane' ? [`route add ${probe} via ${controlPlane.address}`] : []),
    '',
  ].join('\n');
}

/** Kernel settings of a machine as [path under /proc/sys, value]; a missing path (no br_netfilter) is skipped by the caller. */
export function planSysctls(machine: MachineConfig | 'router'): [string, string][] {
  const common: [string, string][] = [
    ['net/ipv6/conf/all/disable_ipv6', '1'],
    ['net/ipv6/conf/default/disable_ipv6', '1'],
    ['net/ipv4/ping_group_range', '0 65535'],
  ];
  if (machine === 'router') return [...common, ['net/ipv4/ip_forward', '1'], ['net/bridge/bridge-nf-call-iptables', '0']];
  if (!isNode(machine)) return common;
  return [
    ...common,
    ['net/ipv4/ip_forward', '1'],
    ['net/bridge/bridge-nf-call-iptables', '1'],
    // Upstream's kube-proxy needs both: replies of redirected local connections arrive on an unexpected interface.
    ['net/ipv4/conf/all/rp_filter', '0'],
    ['net/ipv4/conf/default/rp_filter', '0'],
    // A Service without endpoints is refused by ICMP; the default limit of one a second would make most refusals look like drops.
    ['net/ipv4/icmp_ratelimit', '0'],
  ];
}

/** Base rules of a node for `iptables-restore`: pod traffic that leaves the cluster takes the node's address. */
export function planNodeRules(config: EngineConfig, machine: MachineConfig): string {
  return [
    '*nat',
    ':IP-MASQ-AGENT - [0:0]',
    '-A POSTROUTING -m comment --comment "ip-masq-agent: only pod traffic leaving the cluster" -m addrtype ! --dst-type LOCAL -j IP-MASQ-AGENT',
    `-A IP-MASQ-AGENT -d ${config.podCidr} -m comment --comment "ip-masq-agent: pods see each other's own addresses" -j RETURN`,
    `-A IP-MASQ-AGENT -s ${machine.podCidr} -m comment --comment "ip-masq-agent: everything else" -j MASQUERADE --random-fully`,
    'COMMIT',
    '',
  ].join('\n');
}
