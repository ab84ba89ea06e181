// NetworkPolicies.
import { isIPv4, isIPv6 } from 'node:net';
import type { LabelSelector, NetworkPolicy } from '../../types/index.ts';
import { forbiddenField, invalidValue, notSupported, oneOf, required } from '../fieldErrors.ts';
import type { FieldError } from '../fieldErrors.ts';
import { checkLabels, checkName, dnsSubdomain, portName, qualifiedName } from '../names.ts';
import type { Kind } from './rules.ts';

type Rules = NonNullable<NetworkPolicy['spec']['ingress']>;
type Peers = NonNullable<Rules[number]['from']>;
type Ports = NonNullable<Rules[number]['ports']>;

/** Problems of a LabelSelector at `field`. */
export function checkSelector(field: string, selector: LabelSelector | undefined): FieldError[] {
  return [
    ...checkLabels(`${field}.matchLabels`, selector?.matchLabels),
    ...(selector?.matchExpressions ?? []).flatMap(({ key, operator, values }, at) => {
      const path = `${field}.matchExpressions[${at}]`;
      const takesValues = operator === 'In' || operator === 'NotIn';
      return [
        ...checkName(`${path}.key`, key, qualifiedName),
        ...(operator ? (['In', 'NotIn', 'Exists', 'DoesNotExist'].includes(operator) ? [] : [invalidValue(`${path}.operator`, operator, 'not a valid selector operator')]) : [required(`${path}.operator`)]),
        ...(takesValues && !values?.length ? [required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")] : []),
        ...((operator === 'Exists' || operator === 'DoesNotExist') && values?.length ? [forbiddenField(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")] : []),
      ];
    }),
  ];
}

/** networking.k8s.io/v1 NetworkPolicy. */
export const networkPolicies: Kind<NetworkPolicy> = {
  group: 'networking.k8s.io', version: 'v1', kind: 'NetworkPolicy', resource: 'networkpolicies', singular: 'networkpolicy', namespaced: true, shortNames: ['netpol'],
  rules: {
    nameRule: dnsSubdomain, hasGeneration: true,
    defaults(object) {
      const spec = (object.spec ??= {});
      spec.podSelector ??= {};
      if (!spec.policyTypes?.length) spec.policyTypes = spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress'];
      for (const rule of [...spec.ingress ?? [], ...spec.egress ?? []]) for (const port of rule.ports ?? []) port.protocol ??= 'TCP';
    },
    validate({ spec }) {
      const types = spec.policyTypes ?? [];
      return [
        ...checkSelector('spec.podSelector', spec.podSelector),
        ...(spec.ingress ?? []).flatMap((rule, at) => [...checkPorts(`spec.ingress[${at}].ports`, rule.ports ?? []), ...checkPeers(`spec.ingress[${at}].from`, rule.from ?? [])]),
        ...(spec.egress ?? []).flatMap((rule, at) => [...checkPorts(`spec.egress[${at}].ports`, rule.ports ?? []), ...checkPeers(`spec.egress[${at}].to`, rule.to ?? [])]),
        ...(types.length > 2 ? [invalidValue('spec.policyTypes', types, 'may not specify more than two policyTypes')] : []),
        ...types.flatMap((type, at) => (type === 'Ingress' || type === 'Egress' ? [] : [notSupported(`spec.policyTypes[${at}]`, type, ['Egress', 'Ingress'])])),
      ];
    },
  },
};

function checkPorts(field: string, ports: Ports): FieldError[] {
  return ports.flatMap(({ port, endPort, protocol }, at) => {
    const path = `${field}[${at}]`;
    const problems = oneOf(`${path}.protocol`, protocol, ['TCP', 'UDP', 'SCTP']);
    if (typeof port === 'number' && (port < 1 || port > 65535)) problems.push(invalidValue(`${path}.port`, port, 'must be between 1 and 65535, inclusive'));
    if (typeof port === 'string') problems.push(...checkName(`${path}.port`, port, portName));
    if (endPort === undefined) return problems;
    if (port === undefined) problems.push(required(`${path}.port`, 'must be specified when endPort is set'));
    else if (typeof port === 'string') problems.push(forbiddenField(`${path}.endPort`, 'may not be specified when `port` is non-numeric'));
    else if (endPort < port) problems.push(invalidValue(`${path}.endPort`, endPort, 'must be greater than or equal to `port`'));
    if (endPort < 1 || endPort > 65535) problems.push(invalidValue(`${path}.endPort`, endPort, 'must be between 1 and 65535, inclusive'));
    return problems;
  });
}

function checkPeers(field: string, peers: Peers): FieldError[] {
  return peers.flatMap((peer, at) => {
    const path = `${field}[${at}]`;
    if (!peer.podSelector && !peer.namespaceSelector && !peer.ipBlock) return [required(path, 'must specify a peer')];
    if (peer.ipBlock && (peer.podSelector || peer.namespaceSelector)) return [forbiddenField(path, 'may not specify both ipBlock and another peer')];
    if (!peer.ipBlock) return [...checkSelector(`${path}.podSelector`, peer.podSelector), ...checkSelector(`${path}.namespaceSelector`, peer.namespaceSelector)];
    const { cidr, except = [] } = peer.ipBlock;
    if (!cidr) return [required(`${path}.ipBlock.cidr`)];
    const outer = tryCidr(cidr);
    if (!outer) return [invalidValue(`${path}.ipBlock.cidr`, cidr, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')];
    return except.flatMap((text, n) => {
      const inner = tryCidr(text);
      const where = `${path}.ipBlock.except[${n}]`;
      if (!inner) return [invalidValue(where, text, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')];
      return inside(inner, outer) ? [] : [invalidValue(where, text, `must be a strict subset of \`cidr\``)];
    });
  });
}

interface Cidr { family: 4 | 6; address: bigint; bits: number }

/** Undefined when the text is no CIDR. */
function tryCidr(text: string): Cidr | undefined {
  const [address = '', bits = '', ...rest] = text.split('/');
  const family = isIPv4(address) ? 4 : isIPv6(address) && !address.includes('.') ? 6 : undefined;
  const length = family === 4 ? 32 : 128;
  if (!family || rest.length > 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > length) return undefined;
  return { family, address: family === 4 ? number4(address) : number6(address), bits: Number(bits) };
}

function inside(inner: Cidr, outer: Cidr): boolean {
  const shift = BigInt((outer.family === 4 ? 32 : 128) - outer.bits);
  return inner.family === outer.family && inner.bits > outer.bits && inner.address >> shift === outer.address >> shift;
}

function number4(address: string): bigint {
  return address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}

function number6(address: string): bigint {
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':'), right = tail ? tail.split(':') : [];
  const groups = tail === undefined ? left : [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right];
  return groups.reduce((sum, group) => (sum << 16n) + BigInt(`0x${group || '0'}`), 0n);
}
