// The Endpoints controller: one Endpoints per Service with a selector, addresses packed into subsets by port.
import { DisposableStack, type Disposable } from '../../base/index.ts';
import { formatTime, isStatus, resources, type EndpointAddress, type Endpoints, type Pod, type Service } from '../types/index.ts';
import type { ControllerContext } from './context.ts';
import { canonicalJson, keyOf, sameJson, splitKey } from './keys.ts';
import { readyCondition } from './podState.ts';
import { endpointHostname, endpointLabels, hasSelector, isHeadless, resolvePorts, selectedPods, servicesTouched, type ResolvedPort } from './serviceEndpoints.ts';
import { WorkQueue } from './workQueue.ts';

const managedBy = 'endpoints.kubernetes.io/managed-by';
const changeTime = 'endpoints.kubernetes.io/last-change-trigger-time';

type Subset = NonNullable<Endpoints['subsets']>[number];
interface Placed { address: EndpointAddress; ready: boolean }

function addressOf(service: Service, pod: Pod): EndpointAddress {
  const { name, namespace, uid } = pod.metadata;
  const hostname = endpointHostname(service, pod);
  return {
    ip: pod.status!.podIP!, ...(hostname === undefined ? {} : { hostname }), nodeName: pod.spec.nodeName,
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}

/** Subsets as upstream repacks them: ports that share exactly the same addresses stand together. */
export function planSubsets(service: Service, pods: readonly Pod[]): Subset[] {
  const publish = service.spec.publishNotReadyAddresses === true;
  const byPort = new Map<string, { port?: ResolvedPort; placed: Map<string, Placed> }>();
  for (const pod of selectedPods(service, pods)) {
    if (pod.metadata.deletionTimestamp !== undefined && !publish) continue;
    const placed = { address: addressOf(service, pod), ready: publish || readyCondition(pod) !== undefined };
    const portless = isHeadless(service) && (service.spec.ports ?? []).length === 0;
    for (const port of portless ? [undefined] : resolvePorts(service, pod)) {
      const key = canonicalJson(port ?? null);
      const entry = byPort.get(key) ?? { port, placed: new Map<string, Placed>() };
      entry.placed.set(pod.metadata.uid!, placed);
      byPort.set(key, entry);
    }
  }
  const groups = new Map<string, { ports: ResolvedPort[]; placed: Placed[] }>();
  for (const { port, placed } of byPort.values()) {
    const addresses = [...placed.values()].toSorted((a, b) => (a.address.ip < b.address.ip ? -1 : 1));
    const key = canonicalJson(addresses);
    const group = groups.get(key) ?? { ports: [], placed: addresses };
    if (port) group.ports.push(port);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ ports, placed }) => {
    const ready = placed.filter((one) => one.ready).map(({ address }) => address);
    const unready = placed.filter((one) => !one.ready).map(({ address }) => address);
    return { ...(ready.length > 0 ? { addresses: ready } : {}), ...(unready.length > 0 ? { notReadyAddresses: unready } : {}), ...(ports.length > 0 ? { ports } : {}) };
  });
}

/** Starts the controller. */
export function startEndpoints(context: ControllerContext): Disposable {
  const { client, clock, logger } = context;
  const owned = new DisposableStack();
  const services = client.informer(resources.services);
  const pods = client.informer(resources.pods);
  const endpoints = client.informer(resources.endpoints);
  const queue = owned.add(new WorkQueue({ name: 'endpoints', logger, clock, sync }));

  async function remove(key: { namespace: string; name: string }): Promise<void> {
    const current = endpoints.get(key);
    if (!current) return;
    try {
      await client.delete(resources.endpoints, key, { preconditions: { uid: current.metadata.uid } });
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error;
    }
  }

  async function sync(key: string): Promise<void> {
    const { namespace, name } = splitKey(key);
    const service = services.get({ namespace, name });
    if (!service) return remove({ namespace, name });
    if (!hasSelector(service) || service.metadata.deletionTimestamp !== undefined) return;
    const subsets = planSubsets(service, pods.list(namespace));
    const labels = { ...endpointLabels(service), [managedBy]: 'endpoint-controller' };
    const current = endpoints.get({ namespace, name });
    if (current && sameJson(current.subsets ?? [], subsets) && sameJson(current.metadata.labels, labels)) return;
    const annotations = { ...current?.metadata.annotations, [changeTime]: formatTime(clock.now()) };
    const wanted: Endpoints = { apiVersion: 'v1', kind: 'Endpoints', metadata: { ...current?.metadata, name, namespace, labels, annotations }, subsets };
    try {
      await (current ? client.update(resources.endpoints, wanted) : client.create(resources.endpoints, wanted));
    } catch (error) {
      if (!isStatus(error, 'Forbidden')) throw error; // the namespace is going away
    }
  }

  owned.add(services.onEvent(({ object }) => queue.add(keyOf(object))));
  owned.add(pods.onEvent((event) => servicesTouched(services, event).forEach((key) => queue.add(key))));
  owned.add(endpoints.onEvent(({ type, object }) => {
    if (type !== 'added') queue.add(keyOf(object));
  }));
  for (const service of services.list()) queue.add(keyOf(service));
  return owned;
}
