// Which EndpointSlices a Service should have, as changes to those it has: a pure function.
import type { EndpointSlice, Pod, Service } from '../types/index.ts';
import { canonicalJson, sameJson } from './keys.ts';
import { controllerReference } from './ownership.ts';
import { readyCondition } from './podState.ts';
import { endpointHostname, resolvePorts, selectedPods } from './serviceEndpoints.ts';

export const serviceNameLabel = 'kubernetes.io/service-name';
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
export const sliceManager = 'endpointslice-controller.k8s.io';

/** Upstream's --max-endpoints-per-slice. */
const maxEndpoints = 100;

type Endpoint = EndpointSlice['endpoints'][number];

export interface SliceChanges { create: EndpointSlice[]; update: EndpointSlice[]; remove: EndpointSlice[] }

function endpointOf(service: Service, pod: Pod, zone: string | undefined): Endpoint {
  const { name, namespace, uid, deletionTimestamp } = pod.metadata;
  const serving = readyCondition(pod) !== undefined;
  const terminating = deletionTimestamp !== undefined;
  const hostname = endpointHostname(service, pod);
  return {
    addresses: [pod.status!.podIP!],
    conditions: { ready: service.spec.publishNotReadyAddresses === true || (serving && !terminating), serving, terminating },
    ...(hostname === undefined ? {} : { hostname }),
    nodeName: pod.spec.nodeName,
    ...(zone === undefined ? {} : { zone }),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}

function slicePorts(service: Service, pod: Pod): NonNullable<EndpointSlice['ports']> {
  return resolvePorts(service, pod).map(({ name, ...port }) => ({ name: name ?? '', ...port }));
}

/**
 * Compares what `pods` ask for with the `existing` slices of the Service. Endpoints stay in the slice they are in;
 * a Service without any endpoint keeps one empty slice.
 */
export function planSlices(
  service: Service, pods: readonly Pod[], existing: readonly EndpointSlice[], labels: Record<string, string>,
  zoneOf: (pod: Pod) => string | undefined,
): SliceChanges {
  const changes: SliceChanges = { create: [], update: [], remove: [] };
  const groups = new Map<string, { ports: NonNullable<EndpointSlice['ports']>; wanted: Map<string, Endpoint> }>();
  for (const pod of selectedPods(service, pods)) {
    const ports = slicePorts(service, pod);
    const key = canonicalJson(ports);
    const group = groups.get(key) ?? { ports, wanted: new Map<string, Endpoint>() };
    group.wanted.set(pod.metadata.uid!, endpointOf(service, pod, zoneOf(pod)));
    groups.set(key, group);
  }
  if (groups.size === 0) groups.set('[]', { ports: [], wanted: new Map() });

  const byPorts = Map.groupBy(existing, ({ ports }) => canonicalJson(ports ?? []));
  let spare = existing.filter(({ ports }) => !groups.has(canonicalJson(ports ?? [])));
  for (const [key, { ports, wanted }] of groups) {
    const missing = new Map(wanted);
    const kept = (byPorts.get(key) ?? []).map((slice) => {
      const endpoints: Endpoint[] = [];
      for (const { targetRef } of slice.endpoints ?? []) {
        const endpoint = missing.get(targetRef?.uid ?? '');
        if (endpoint) endpoints.push(endpoint);
        missing.delete(targetRef?.uid ?? '');
      }
      return { slice, endpoints };
    });
    const left = [...missing.values()];
    for (const { slice, endpoints } of kept) {
      endpoints.push(...left.splice(0, maxEndpoints - endpoints.length));
      if (endpoints.length === 0 && (wanted.size > 0 || kept[0]!.slice !== slice)) spare.push(slice);
      else if (!sameJson(endpoints, slice.endpoints ?? []) || !sameJson(labels, slice.metadata.labels)) {
        changes.update.push({ ...slice, metadata: { ...slice.metadata, labels }, endpoints });
      }
    }
    while (left.length > 0 || (wanted.size === 0 && kept.length === 0 && changes.create.length === 0)) {
      const endpoints = left.splice(0, maxEndpoints);
      // A slice that is no longer needed becomes the new one, so that readers never see the Service without any.
      const [reused] = spare.splice(0, 1);
      if (reused) changes.update.push({ ...reused, metadata: { ...reused.metadata, labels }, endpoints, ports });
      else {
        changes.create.push({
          apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice',
          metadata: {
            name: '', generateName: `${service.metadata.name}-`, namespace: service.metadata.namespace, labels,
            ownerReferences: [controllerReference(service)],
          },
          addressType: 'IPv4', endpoints, ports,
        });
      }
      if (wanted.size === 0) break;
    }
  }
  spare = spare.filter((slice) => !changes.update.some(({ metadata }) => metadata.uid === slice.metadata.uid));
  changes.remove.push(...spare);
  return changes;
}
