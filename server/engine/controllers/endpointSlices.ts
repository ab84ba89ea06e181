// The EndpointSlice controller: slices per distinct port mapping, at most 100 endpoints each, changed as little as possible.
import { DisposableStack, type Disposable } from '../../base/index.ts';
import { isStatus, resources, type EndpointSlice, type Pod, type Service } from '../types/index.ts';
import type { ControllerContext } from './context.ts';
import { keyOf, objectKey, sameJson, splitKey } from './keys.ts';
import { endpointLabels, hasSelector, servicesTouched } from './serviceEndpoints.ts';
import { managedByLabel, planSlices, serviceNameLabel, sliceManager } from './slicePlan.ts';
import { WorkQueue } from './workQueue.ts';

function isOurs(slice: EndpointSlice): boolean {
  return slice.metadata.labels?.[managedByLabel] === sliceManager;
}

/** Starts the controller. */
export function startEndpointSlices(context: ControllerContext): Disposable {
  const { client, clock, logger } = context;
  const owned = new DisposableStack();
  const services = client.informer(resources.services);
  const pods = client.informer(resources.pods);
  const nodes = client.informer(resources.nodes);
  const slices = client.informer(resources.endpointSlices);
  const queue = owned.add(new WorkQueue({ name: 'endpointslices', logger, clock, sync }));
  /** Written by us and not yet seen by the informer, per Service: acting again would make doubles. */
  const unseen = new Map<string, Map<string, string>>();

  const zoneOf = (pod: Pod) => nodes.get({ name: pod.spec.nodeName ?? '' })?.metadata.labels?.['topology.kubernetes.io/zone'];

  function note(key: string, slice: EndpointSlice): void {
    const seen = slices.get(objectKey(slice));
    if (seen?.metadata.resourceVersion === slice.metadata.resourceVersion) return;
    const names = unseen.get(key) ?? new Map<string, string>();
    unseen.set(key, names.set(slice.metadata.name, slice.metadata.resourceVersion!));
  }

  async function write(service: Service, key: string): Promise<void> {
    const { name, namespace } = service.metadata;
    const mine = slices.list(namespace).filter((slice) => isOurs(slice) && slice.metadata.labels?.[serviceNameLabel] === name
      && slice.metadata.deletionTimestamp === undefined);
    const labels = { ...endpointLabels(service), [serviceNameLabel]: name, [managedByLabel]: sliceManager };
    const plan = planSlices(service, pods.list(namespace), mine, labels, zoneOf);
    await Promise.all([
      ...plan.create.map(async (slice) => note(key, await client.create(resources.endpointSlices, slice))),
      ...plan.update.map(async (slice) => note(key, await client.update(resources.endpointSlices, slice))),
      ...plan.remove.map((slice) => client.delete(resources.endpointSlices, objectKey(slice), { preconditions: { uid: slice.metadata.uid } })),
    ]);
  }

  async function sync(key: string): Promise<void> {
    const service = services.get(splitKey(key));
    if (!service) return void unseen.delete(key);
    if (!hasSelector(service) || service.metadata.deletionTimestamp !== undefined) return;
    if (unseen.has(key)) return; // its event brings the key back
    try {
      await write(service, key);
    } catch (error) {
      if (!isStatus(error, 'Forbidden')) throw error; // the namespace is going away
    }
  }

  owned.add(services.onEvent(({ object }) => queue.add(keyOf(object))));
  owned.add(pods.onEvent((event) => servicesTouched(services, event).forEach((key) => queue.add(key))));
  owned.add(slices.onEvent((event) => {
    const { metadata } = event.object;
    const name = metadata.labels?.[serviceNameLabel];
    if (name === undefined || !isOurs(event.object)) return;
    const key = `${metadata.namespace}/${name}`;
    const awaited = unseen.get(key);
    const version = awaited?.get(metadata.name);
    if (version !== undefined && (event.type === 'deleted' || Number(metadata.resourceVersion) >= Number(version))) awaited!.delete(metadata.name);
    if (awaited?.size === 0) unseen.delete(key);
    if (event.type !== 'modified' || awaited || !sameJson(event.object.endpoints, event.previous.endpoints)) queue.add(key);
  }));
  owned.add(nodes.onEvent(({ type, object }) => {
    if (type !== 'modified') for (const pod of pods.list()) if (pod.spec.nodeName === object.metadata.name) {
      servicesTouched(services, { type: 'added', object: pod }).forEach((key) => queue.add(key));
    }
  }));
  for (const service of services.list()) queue.add(keyOf(service));
  return owned;
}
