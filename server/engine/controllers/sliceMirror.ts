// Mirrors Endpoints that people write for Services without selector into an EndpointSlice (upstream: endpointslicemirroring).
import { DisposableStack, type Disposable } from '../../base/index.ts';
import { isStatus, resources, type EndpointAddress, type Endpoints, type EndpointSlice } from '../types/index.ts';
import type { ControllerContext } from './context.ts';
import { canonicalJson, keyOf, objectKey, sameJson, splitKey } from './keys.ts';
import { controllerReference } from './ownership.ts';
import { hasSelector } from './serviceEndpoints.ts';
import { managedByLabel, serviceNameLabel } from './slicePlan.ts';
import { WorkQueue } from './workQueue.ts';

const mirrorManager = 'endpointslicemirroring-controller.k8s.io';
const skipLabel = 'endpointslice.kubernetes.io/skip-mirror';

function mirrored(address: EndpointAddress, ready: boolean): EndpointSlice['endpoints'][number] {
  const { ip, hostname, nodeName, targetRef } = address;
  return {
    addresses: [ip], conditions: { ready }, ...(hostname ? { hostname } : {}), ...(nodeName ? { nodeName } : {}), ...(targetRef ? { targetRef } : {}),
  };
}

/** One slice per subset; IPv4 addresses only. */
export function planMirror(endpoints: Endpoints): EndpointSlice[] {
  const { name, namespace, labels } = endpoints.metadata;
  return (endpoints.subsets ?? []).map(({ addresses = [], notReadyAddresses = [], ports = [] }) => ({
    apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice',
    metadata: {
      name: '', generateName: `${name}-`, namespace, labels: { ...labels, [serviceNameLabel]: name, [managedByLabel]: mirrorManager },
      ownerReferences: [controllerReference(endpoints)],
    },
    addressType: 'IPv4',
    endpoints: [...addresses.map((one) => mirrored(one, true)), ...notReadyAddresses.map((one) => mirrored(one, false))]
      .filter(({ addresses: [ip] }) => !ip!.includes(':')),
    ports: ports.map((port) => ({ ...port, name: port.name ?? '', protocol: port.protocol ?? 'TCP' })),
  }));
}

/** Starts the controller. */
export function startSliceMirror(context: ControllerContext): Disposable {
  const { client, clock, logger } = context;
  const owned = new DisposableStack();
  const services = client.informer(resources.services);
  const endpoints = client.informer(resources.endpoints);
  const slices = client.informer(resources.endpointSlices);
  const queue = owned.add(new WorkQueue({ name: 'slicemirror', logger, clock, sync }));

  function wantedFor(key: { namespace: string; name: string }): EndpointSlice[] {
    const source = endpoints.get(key);
    const service = services.get(key);
    if (!source || !service || hasSelector(service) || source.metadata.labels?.[skipLabel] === 'true') return [];
    return source.metadata.deletionTimestamp === undefined ? planMirror(source) : [];
  }

  async function sync(key: string): Promise<void> {
    const { namespace, name } = splitKey(key);
    const wanted = wantedFor({ namespace, name });
    // The list is read from the store: a stale copy would lead to doubles.
    const selector = `${serviceNameLabel}=${name},${managedByLabel}=${mirrorManager}`;
    const existing = (await client.list(resources.endpointSlices, { namespace, labelSelector: selector })).items;
    const unused = new Set(existing);
    try {
      for (const slice of wanted) {
        const same = [...unused].find(({ ports }) => sameJson(ports, slice.ports)) ?? [...unused][0];
        if (!same) await client.create(resources.endpointSlices, slice);
        else {
          unused.delete(same);
          const { labels } = slice.metadata;
          const next = { ...same, metadata: { ...same.metadata, labels }, endpoints: slice.endpoints, ports: slice.ports };
          if (canonicalJson(next) !== canonicalJson(same)) await client.update(resources.endpointSlices, next);
        }
      }
      for (const slice of unused) await client.delete(resources.endpointSlices, objectKey(slice));
    } catch (error) {
      if (!isStatus(error, 'Forbidden') && !isStatus(error, 'NotFound')) throw error;
    }
  }

  owned.add(services.onEvent(({ object }) => queue.add(keyOf(object))));
  owned.add(endpoints.onEvent(({ object }) => queue.add(keyOf(object))));
  owned.add(slices.onEvent(({ type, object }) => {
    const name = object.metadata.labels?.[serviceNameLabel];
    if (type !== 'added' && name !== undefined && object.metadata.labels?.[managedByLabel] === mirrorManager) queue.add(`${object.metadata.namespace}/${name}`);
  }));
  for (const one of endpoints.list()) queue.add(keyOf(one));
  return owned;
}
