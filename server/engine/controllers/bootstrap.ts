// What every cluster starts with: system namespaces, the `kubernetes` Service and the `kube-dns` Service with their endpoints.
import { DisposableStack, type Disposable } from '../../base/index.ts';
import {
  isStatus, resources, type Client, type Endpoints, type EndpointSlice, type EngineConfig, type KubeObject, type Namespace,
  type ResourceRef, type Service, type ServicePort,
} from '../types/index.ts';
import type { ControllerContext } from './context.ts';
import { objectKey, sameJson } from './keys.ts';
import { WorkQueue } from './workQueue.ts';

/** Present from the first moment, in upstream's words. */
export const systemNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'] as const;

interface FixedService { service: Service; endpoints: Endpoints; slice: EndpointSlice }

function fixedService(
  namespace: string, name: string, labels: Record<string, string>, clusterIP: string, address: string,
  ports: (ServicePort & { target: number })[],
): FixedService {
  const targets = ports.map((port) => ({ name: port.name, port: port.target, protocol: port.protocol }));
  return {
    service: {
      apiVersion: 'v1', kind: 'Service', metadata: { name, namespace, labels },
      spec: {
        type: 'ClusterIP', clusterIP, clusterIPs: [clusterIP], sessionAffinity: 'None', internalTrafficPolicy: 'Cluster',
        ports: ports.map(({ target, ...port }) => ({ ...port, targetPort: target })),
      },
    },
    endpoints: {
      apiVersion: 'v1', kind: 'Endpoints',
      metadata: { name, namespace, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
      subsets: [{ addresses: [{ ip: address }], ports: targets }],
    },
    slice: {
      apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice',
      metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4', endpoints: [{ addresses: [address], conditions: { ready: true } }], ports: targets,
    },
  };
}

/** The fixed Services. Nothing but the control plane answers DNS, so kube-dns has no selector and one endpoint. */
export function planFixedServices(config: EngineConfig): FixedService[] {
  const { address } = config.machines.find(({ role }) => role === 'control-plane')!;
  return [
    fixedService('default', 'kubernetes', { component: 'apiserver', provider: 'kubernetes' }, config.apiServiceIp, address,
      [{ name: 'https', port: 443, protocol: 'TCP', target: config.apiPort }]),
    fixedService('kube-system', 'kube-dns', { 'k8s-app': 'kube-dns', 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'CoreDNS' },
      config.dnsServiceIp, address,
      [{ name: 'dns', port: 53, protocol: 'UDP', target: 53 }, { name: 'dns-tcp', port: 53, protocol: 'TCP', target: 53 }]),
  ];
}

async function ensure<T extends KubeObject>(client: Client, ref: ResourceRef<T>, wanted: T, part: (object: T) => unknown): Promise<void> {
  const current = client.informer(ref).get(objectKey(wanted));
  try {
    if (!current) await client.create(ref, wanted);
    else if (!sameJson(part(current), part(wanted))) await client.update(ref, { ...current, ...wanted, metadata: { ...current.metadata, ...wanted.metadata } });
  } catch (error) {
    // A namespace that is not there yet is made by its own key; its event brings this one back.
    if (!isStatus(error, 'AlreadyExists')) throw error;
  }
}

/** Makes the objects and makes them again when someone deletes or changes them. */
export function startBootstrap({ client, clock, config, logger }: ControllerContext): Disposable {
  const owned = new DisposableStack();
  const fixed = new Map(planFixedServices(config).map((one) => [`${one.service.metadata.namespace}/${one.service.metadata.name}`, one]));
  const queue = owned.add(new WorkQueue({ name: 'bootstrap', logger, clock, sync }));

  async function ensureNamespace(name: string): Promise<void> {
    const namespace: Namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { 'kubernetes.io/metadata.name': name } } };
    await ensure<Namespace>(client, resources.namespaces, namespace, ({ metadata }) => metadata.name);
  }

  async function sync(key: string): Promise<void> {
    const one = fixed.get(key);
    if (!one) return ensureNamespace(key);
    await ensureNamespace(one.service.metadata.namespace!);
    await ensure(client, resources.services, one.service, ({ metadata }) => metadata.name);
    await ensure(client, resources.endpoints, one.endpoints, ({ subsets }) => subsets);
    await ensure(client, resources.endpointSlices, one.slice, ({ endpoints, ports }) => ({ endpoints, ports }));
  }

  const watch = (ref: ResourceRef) => owned.add(client.informer(ref).onEvent(({ type, object }) => {
    const key = `${object.metadata.namespace}/${object.metadata.name}`;
    if (type !== 'added' && fixed.has(key)) queue.add(key);
  }));
  watch(resources.services);
  watch(resources.endpoints);
  watch(resources.endpointSlices);
  owned.add(client.informer(resources.namespaces).onEvent(({ type, object }) => {
    if (type === 'deleted' && systemNamespaces.some((name) => name === object.metadata.name)) queue.add(object.metadata.name);
  }));
  for (const key of [...systemNamespaces, ...fixed.keys()]) queue.add(key);
  return owned;
}
