// One Service port with the endpoints that traffic to it may reach from one node: pure.
import type { EndpointSlice, Service, ServicePort } from '../../types/index.ts';
import { servicePortName } from './chains.ts';

export interface Backend { address: string; port: number; local: boolean; ready: boolean; serving: boolean; terminating: boolean }

export interface PortPlan {
  service: Service;
  port: ServicePort;
  name: string;
  protocol: 'tcp' | 'udp' | 'sctp';
  /** Usable anywhere in the cluster. */
  cluster: Backend[];
  /** Usable on this node; filled only when a traffic policy asks for it. */
  local: Backend[];
}

/** True when the Service has an address that nodes must answer for. */
export function hasClusterIp({ spec }: Service): boolean {
  return spec.type !== 'ExternalName' && spec.clusterIP !== undefined && spec.clusterIP !== '' && spec.clusterIP !== 'None';
}

export const internalLocal = ({ spec }: Service): boolean => spec.internalTrafficPolicy === 'Local';
export const externalLocal = ({ spec }: Service): boolean => spec.externalTrafficPolicy === 'Local';

function backends(slices: readonly EndpointSlice[], portName: string, protocol: string, node: string): Backend[] {
  const found = new Map<string, Backend>();
  for (const slice of slices) {
    if (slice.addressType !== 'IPv4') continue;
    for (const { name = '', port, protocol: own = 'TCP' } of slice.ports ?? []) {
      if (name !== portName || port === undefined || own !== protocol) continue;
      for (const { addresses, conditions, nodeName } of slice.endpoints ?? []) {
        const address = addresses[0];
        if (address === undefined) continue;
        const ready = conditions?.ready ?? true;
        const backend = { address, port, local: nodeName === node, ready, serving: conditions?.serving ?? ready, terminating: conditions?.terminating ?? false };
        const key = `${address}:${port}`;
        if (!found.get(key)?.ready) found.set(key, backend);
      }
    }
  }
  return [...found.values()].toSorted((a, b) => (a.address === b.address ? a.port - b.port : a.address < b.address ? -1 : 1));
}

/** Ready ones; when there are none, those that still serve while they terminate. */
function usable(all: readonly Backend[]): Backend[] {
  const ready = all.filter((backend) => backend.ready);
  return ready.length > 0 ? ready : all.filter(({ serving, terminating }) => serving && terminating);
}

/** Every port of every Service with an address, sorted by name. */
export function planPorts(services: readonly Service[], slicesOf: (key: string) => readonly EndpointSlice[], node: string): PortPlan[] {
  const plans: PortPlan[] = [];
  for (const service of services) {
    if (!hasClusterIp(service)) continue;
    const { namespace, name } = service.metadata;
    const slices = slicesOf(`${namespace}/${name}`);
    for (const port of service.spec.ports ?? []) {
      const all = backends(slices, port.name ?? '', port.protocol ?? 'TCP', node);
      const wantsLocal = internalLocal(service) || externalLocal(service);
      plans.push({
        service, port, name: servicePortName(namespace!, name, port.name),
        protocol: (port.protocol ?? 'TCP').toLowerCase() as PortPlan['protocol'],
        cluster: usable(all), local: wantsLocal ? usable(all.filter(({ local }) => local)) : [],
      });
    }
  }
  return plans.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.protocol < b.protocol ? -1 : 1));
}
