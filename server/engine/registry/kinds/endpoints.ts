// Endpoints and EndpointSlices.
import { isIP, isIPv4, isIPv6 } from 'node:net';
import type { EndpointSlice, Endpoints } from '../../types/index.ts';
import { invalidValue, oneOf, required, repeated } from '../fieldErrors.ts';
import type { FieldError } from '../fieldErrors.ts';
import { checkName, dnsLabel, dnsSubdomain } from '../names.ts';
import type { Kind } from './rules.ts';

const protocols = ['TCP', 'UDP', 'SCTP'];

function checkAddress(field: string, ip: string): FieldError[] {
  if (isIP(ip) === 0) return [invalidValue(field, ip, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')];
  if (ip.startsWith('127.') || ip === '::1') return [invalidValue(field, ip, 'may not be in the loopback range (127.0.0.0/8, ::1/128)')];
  if (ip === '0.0.0.0' || ip === '::') return [invalidValue(field, ip, 'may not be unspecified (0.0.0.0 or ::)')];
  if (ip.startsWith('169.254.')) return [invalidValue(field, ip, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)')];
  return [];
}

/** core/v1 Endpoints. */
export const endpoints: Kind<Endpoints> = {
  group: '', version: 'v1', kind: 'Endpoints', resource: 'endpoints', singular: 'endpoints', namespaced: true, shortNames: ['ep'],
  rules: {
    nameRule: dnsSubdomain,
    defaults(object) {
      for (const subset of object.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ??= 'TCP';
    },
    validate: (object) => (object.subsets ?? []).flatMap((subset, at) => {
      const path = `subsets[${at}]`;
      const ready = subset.addresses ?? [], waiting = subset.notReadyAddresses ?? [], ports = subset.ports ?? [];
      return [
        ...(ready.length + waiting.length === 0 ? [required(path, 'must specify `addresses` or `notReadyAddresses`')] : []),
        ...ready.flatMap((address, n) => checkAddress(`${path}.addresses[${n}].ip`, address.ip ?? '')),
        ...waiting.flatMap((address, n) => checkAddress(`${path}.notReadyAddresses[${n}].ip`, address.ip ?? '')),
        ...ports.flatMap((port, n) => [
          ...(ports.length > 1 && !port.name ? [required(`${path}.ports[${n}].name`)] : []),
          ...(port.name ? checkName(`${path}.ports[${n}].name`, port.name, dnsLabel) : []),
          ...(port.port >= 1 && port.port <= 65535 ? [] : [invalidValue(`${path}.ports[${n}].port`, port.port, 'must be between 1 and 65535, inclusive')]),
          ...oneOf(`${path}.ports[${n}].protocol`, port.protocol, protocols),
        ]),
      ];
    }),
  },
};

/** discovery.k8s.io/v1 EndpointSlice. */
export const endpointSlices: Kind<EndpointSlice> = {
  group: 'discovery.k8s.io', version: 'v1', kind: 'EndpointSlice', resource: 'endpointslices', singular: 'endpointslice', namespaced: true,
  rules: {
    nameRule: dnsSubdomain, hasGeneration: true,
    defaults(object) {
      object.endpoints ??= [];
      for (const port of object.ports ?? []) {
        port.name ??= '';
        port.protocol ??= 'TCP';
      }
    },
    validate(object) {
      const fits = { IPv4: isIPv4, IPv6: isIPv6, FQDN: (name: string) => dnsSubdomain(name).length === 0 }[object.addressType];
      return [
        ...(object.addressType === undefined ? [required('addressType')] : oneOf('addressType', object.addressType, ['IPv4', 'IPv6', 'FQDN'])),
        ...object.endpoints.flatMap((endpoint, at) => {
          const addresses = endpoint.addresses ?? [];
          const path = `endpoints[${at}].addresses`;
          if (addresses.length === 0) return [required(path, 'must contain at least 1 address')];
          return addresses.flatMap((address, n) => (fits && !fits(address) ? [invalidValue(`${path}[${n}]`, address, `must be a valid ${object.addressType} address`)] : []));
        }),
        ...repeated(object.ports ?? [], (at) => `ports[${at}].name`, (port) => port.name),
        ...(object.ports ?? []).flatMap((port, at) => [
          ...(port.name ? checkName(`ports[${at}].name`, port.name, dnsLabel) : []),
          ...oneOf(`ports[${at}].protocol`, port.protocol, protocols),
          ...(port.port === undefined || (port.port >= 1 && port.port <= 65535) ? [] : [invalidValue(`ports[${at}].port`, port.port, 'must be between 1 and 65535, inclusive')]),
        ]),
      ];
    },
    validateUpdate: (next, live) => (next.addressType === live.addressType ? [] : [invalidValue('addressType', next.addressType, 'field is immutable')]),
  },
};
