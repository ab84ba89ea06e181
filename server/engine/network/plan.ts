// Names and addresses of a cluster's machines, from nothing but its name and number of nodes.
import type { EngineConfig, MachineConfig } from '../types/machine.ts';

/** Most nodes that one cluster may have; the LAN's addresses from .2 on are theirs. */
export const maxNodes = 32;

const lanPrefix = '172.18.0';

/** The configuration of a cluster; `nodes` counts the control-plane and lies between 1 and maxNodes. */
export function planCluster(name: string, nodes: number): EngineConfig {
  const members: MachineConfig[] = Array.from({ length: nodes }, (_, index) => ({
    name: index === 0 ? 'control-plane' : index === 1 ? 'worker' : `worker${index}`,
    role: index === 0 ? 'control-plane' : 'worker',
    address: `${lanPrefix}.${index + 2}`,
    podCidr: `10.244.${index}.0/24`,
  }));
  return {
    name,
    clusterDomain: 'cluster.local',
    lan: { cidr: `${lanPrefix}.0/24`, gateway: `${lanPrefix}.1` },
    podCidr: '10.244.0.0/16',
    serviceCidr: '10.96.0.0/16',
    dnsServiceIp: '10.96.0.10',
    apiServiceIp: '10.96.0.1',
    apiPort: 6443,
    probeAddress: '169.254.77.1',
    outside: { cidr: '203.0.113.0/24', address: '203.0.113.10', gateway: '203.0.113.1' },
    machines: [
      ...members,
      { name: 'workstation', role: 'workstation', address: `${lanPrefix}.100` },
      { name: 'outside', role: 'outside', address: '203.0.113.10' },
    ],
  };
}

/** Nodes of a cluster: machines that run pods. */
export function isNode(machine: MachineConfig): boolean {
  return machine.role === 'control-plane' || machine.role === 'worker';
}

/** The control-plane's configuration. */
export function controlPlaneOf(config: EngineConfig): MachineConfig {
  return config.machines.find((machine) => machine.role === 'control-plane')!;
}
