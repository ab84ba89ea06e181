// Tables of services, endpoints, endpoint slices and network policies.
import { isIPv6 } from 'node:net';
import type { Endpoints, EndpointSlice, NetworkPolicy, Service } from '../../types/index.ts';
import { ageOf } from './duration.ts';
import { firstThree, labelsText, printer, selectorText } from './printer.ts';

function externalIps({ spec, status }: Service): string {
  const own = spec.externalIPs ?? [];
  switch (spec.type ?? 'ClusterIP') {
    case 'ExternalName': return spec.externalName ?? '';
    case 'LoadBalancer': {
      const given = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => [ip ?? hostname ?? []].flat());
      return [...new Set(given), ...own].join(',') || '<pending>';
    }
    default: return own.join(',') || '<none>';
  }
}

function servicePorts({ spec }: Service): string {
  const ports = (spec.ports ?? []).map(({ port, nodePort, protocol }) => `${port}${nodePort ? `:${nodePort}` : ''}/${protocol ?? 'TCP'}`);
  return ports.join(',') || '<none>';
}

/** core/v1 Service. */
export const servicePrinter = printer<Service>(
  ['Name', 'Type', 'Cluster-IP', 'External-IP', 'Port(s)', 'Age', '+Selector'],
  (service, now) => [
    service.metadata.name, service.spec.type ?? 'ClusterIP', service.spec.clusterIPs?.[0] || service.spec.clusterIP || '<none>',
    externalIps(service), servicePorts(service), ageOf(service.metadata.creationTimestamp, now), labelsText(service.spec.selector),
  ]);

function endpointsText({ subsets }: Endpoints): string {
  const list = (subsets ?? []).flatMap(({ addresses = [], ports = [] }) => (ports.length === 0
    ? addresses.map(({ ip }) => ip)
    : ports.flatMap(({ port }) => addresses.map(({ ip }) => `${isIPv6(ip) ? `[${ip}]` : ip}:${port}`))));
  return firstThree(list, subsets?.length ? '' : '<none>');
}

/** core/v1 Endpoints. */
export const endpointsPrinter = printer<Endpoints>(['Name', 'Endpoints', 'Age'],
  (object, now) => [object.metadata.name, endpointsText(object), ageOf(object.metadata.creationTimestamp, now)]);

/** discovery.k8s.io/v1 EndpointSlice. */
export const endpointSlicePrinter = printer<EndpointSlice>(['Name', 'AddressType', 'Ports', 'Endpoints', 'Age'],
  (slice, now) => [
    slice.metadata.name, slice.addressType,
    firstThree((slice.ports ?? []).map(({ port, name }) => (port === undefined || port === null ? name || '*' : String(port))), '<unset>'),
    firstThree((slice.endpoints ?? []).flatMap(({ addresses }) => addresses ?? []), '<unset>'),
    ageOf(slice.metadata.creationTimestamp, now),
  ]);

/** networking.k8s.io/v1 NetworkPolicy. */
export const networkPolicyPrinter = printer<NetworkPolicy>(['Name', 'Pod-Selector', 'Age'],
  (policy, now) => [policy.metadata.name, selectorText(policy.spec?.podSelector), ageOf(policy.metadata.creationTimestamp, now)]);
