// Answers a DNS question about the cluster as CoreDNS' kubernetes plugin does (DNS-Based Service Discovery 1.1.0): pure over a view.
import type { EndpointSlice, Service } from '../../types/index.ts';

/** Seconds; short, since Services change while students watch. */
export const ttl = 5;
const maxAliases = 8;

/** What names are answered from. Service and namespace names are lower case. */
export interface ZoneView {
  clusterDomain: string;
  service(namespace: string, name: string): Service | undefined;
  slices(namespace: string, name: string): readonly EndpointSlice[];
  hasNamespace(name: string): boolean;
  /** The Service with this cluster address. */
  serviceAt(address: string): Service | undefined;
  /** Keys `NAMESPACE/NAME` of Services with an endpoint of this address. */
  servicesOf(address: string): readonly string[];
  /** Names outside the cluster domain that have an address here, lower case without final dot. */
  outside: Readonly<Record<string, string>>;
}

export type ZoneRecord =
  | { type: 'A' | 'CNAME' | 'PTR' | 'NS'; name: string; ttl: number; data: string }
  | { type: 'TXT'; name: string; ttl: number; data: string }
  | { type: 'SRV'; name: string; ttl: number; data: { priority: number; weight: number; port: number; target: string } }
  | { type: 'SOA'; name: string; ttl: number; data: { mname: string; rname: string; serial: number; refresh: number; retry: number; expire: number; minimum: number } };

/** `authority` carries the SOA of negative answers. `rcode` REFUSED: no zone of ours and nobody to ask. */
export interface ZoneAnswer {
  rcode: 'NOERROR' | 'NXDOMAIN' | 'REFUSED';
  authoritative: boolean;
  answers: ZoneRecord[];
  authority: ZoneRecord[];
  additional: ZoneRecord[];
}

interface Target { host: string; address: string; ports: NonNullable<EndpointSlice['ports']> }

function readyTargets(view: ZoneView, service: Service): Target[] {
  const { namespace, name } = service.metadata;
  const base = `${name}.${namespace}.svc.${view.clusterDomain}`;
  return view.slices(namespace!, name).flatMap(({ endpoints, ports = [], addressType }) => addressType !== 'IPv4' ? [] : (endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready ?? true)
    .flatMap(({ addresses, hostname }) => addresses.map((address) =>
      ({ host: `${hostname || address.replaceAll('.', '-')}.${base}`.toLowerCase(), address, ports }))));
}

function isHeadless({ spec }: Service): boolean {
  return spec.type !== 'ExternalName' && (spec.clusterIP === 'None' || !spec.clusterIP);
}

/** What a name stands for: `none` does not exist, `empty` exists without records. */
type Found =
  | { kind: 'none' } | { kind: 'empty' }
  | { kind: 'addresses'; targets: Target[]; service: Service; cluster?: string }
  | { kind: 'alias'; target: string }
  | { kind: 'ports'; service: Service; port: string; protocol: string }
  | { kind: 'text'; data: string };

function findService(view: ZoneView, labels: string[], namespace: string, name: string): Found {
  const service = view.service(namespace, name);
  if (!service) return { kind: 'none' };
  if (service.spec.type === 'ExternalName') {
    return labels.length === 0 ? { kind: 'alias', target: service.spec.externalName!.replace(/\.$/, '').toLowerCase() } : { kind: 'none' };
  }
  if (labels.length === 2 && labels[0]!.startsWith('_') && labels[1]!.startsWith('_')) {
    return { kind: 'ports', service, port: labels[0]!.slice(1), protocol: labels[1]!.slice(1) };
  }
  if (labels.length === 0 && !isHeadless(service)) return { kind: 'addresses', targets: [], service, cluster: service.spec.clusterIP };
  const targets = readyTargets(view, service);
  if (labels.length === 0) return targets.length > 0 ? { kind: 'addresses', targets, service } : { kind: 'none' };
  const [host] = labels;
  const own = targets.filter((target) => target.host === `${host}.${name}.${namespace}.svc.${view.clusterDomain}`);
  if (labels.length === 1 && own.length > 0) return { kind: 'addresses', targets: own, service };
  return labels.length === 1 && /^_(tcp|udp|sctp)$/.test(host!) ? { kind: 'empty' } : { kind: 'none' };
}

function findPod(view: ZoneView, labels: string[]): Found {
  const [namespace, ip] = labels.toReversed();
  if (namespace === undefined) return { kind: 'empty' };
  if (!view.hasNamespace(namespace)) return { kind: 'none' };
  if (ip === undefined) return { kind: 'empty' };
  const address = ip.replaceAll('-', '.');
  if (labels.length !== 2 || !/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) return { kind: 'none' };
  const service = { metadata: { name: '' }, spec: {} } as Service;
  return { kind: 'addresses', targets: [{ host: '', address, ports: [] }], service };
}

function find(view: ZoneView, name: string): Found {
  if (name === view.clusterDomain) return { kind: 'empty' };
  const labels = name.slice(0, -view.clusterDomain.length - 1).split('.');
  const kind = labels.pop();
  if (kind === 'dns-version' && labels.length === 0) return { kind: 'text', data: '1.1.0' };
  if (kind === 'pod') return findPod(view, labels);
  if (kind !== 'svc') return { kind: 'none' };
  const namespace = labels.pop();
  if (namespace === undefined) return { kind: 'empty' };
  if (!view.hasNamespace(namespace)) return { kind: 'none' };
  const service = labels.pop();
  return service === undefined ? { kind: 'empty' } : findService(view, labels, namespace, service);
}

function soa(view: ZoneView): ZoneRecord {
  return {
    type: 'SOA', name: view.clusterDomain, ttl,
    data: { mname: `ns.dns.${view.clusterDomain}`, rname: `hostmaster.${view.clusterDomain}`, serial: 1, refresh: 7200, retry: 1800, expire: 86_400, minimum: ttl },
  };
}

function portRecords(view: ZoneView, name: string, service: Service, port: string | undefined, protocol: string | undefined): { answers: ZoneRecord[]; additional: ZoneRecord[] } {
  const base = `${service.metadata.name}.${service.metadata.namespace}.svc.${view.clusterDomain}`;
  const wanted = (candidate: { name?: string; protocol?: string }) =>
    (port === undefined || candidate.name === port) && (protocol === undefined || (candidate.protocol ?? 'TCP').toLowerCase() === protocol);
  const found = isHeadless(service)
    ? readyTargets(view, service).flatMap(({ host, address, ports }) => ports.filter(wanted).map(({ port: number = 0 }) => ({ target: host, address, number })))
    : (service.spec.ports ?? []).filter(wanted).map(({ port: number }) => ({ target: base, address: service.spec.clusterIP!, number }));
  const weight = found.length > 0 ? Math.floor(100 / found.length) : 0;
  const glue = new Map(found.map(({ target, address }) => [`${target} ${address}`, { type: 'A' as const, name: target, ttl, data: address }]));
  return {
    answers: found.map(({ target, number }) => ({ type: 'SRV', name, ttl, data: { priority: 0, weight, port: number, target } })),
    additional: [...glue.values()],
  };
}

function reverse(view: ZoneView, name: string): string[] {
  const address = name.slice(0, -'.in-addr.arpa'.length).split('.').toReversed().join('.');
  const service = view.serviceAt(address);
  if (service) return [`${service.metadata.name}.${service.metadata.namespace}.svc.${view.clusterDomain}`];
  // Only endpoints with a host name of their own have a canonical name to give back.
  return view.servicesOf(address).flatMap((key) => {
    const [namespace, serviceName] = key.split('/') as [string, string];
    const service = view.service(namespace, serviceName);
    const named = view.slices(namespace, serviceName).some(({ endpoints }) => (endpoints ?? []).some(({ addresses, hostname }) => hostname && addresses.includes(address)));
    return service && named ? readyTargets(view, service).filter((target) => target.address === address).map(({ host }) => host) : [];
  });
}

function within(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

/** The answer for `name` (any case, no final dot) and `type`; aliases are followed as far as names are ours, eight at most (`depth` counts them). */
export function resolveQuestion(view: ZoneView, asked: string, type: string, depth = 0): ZoneAnswer {
  const name = asked.toLowerCase();
  const answer: ZoneAnswer = { rcode: 'NOERROR', authoritative: true, answers: [], authority: [], additional: [] };
  const negative = (rcode: ZoneAnswer['rcode']): ZoneAnswer => ({ ...answer, rcode, authority: [soa(view)] });
  const outside = view.outside[name];
  if (outside !== undefined) {
    return type === 'A' || type === 'ANY' ? { ...answer, answers: [{ type: 'A', name: asked, ttl, data: outside }] } : answer;
  }
  if (within(name, 'in-addr.arpa') || within(name, 'ip6.arpa')) {
    const hosts = reverse(view, name);
    if (hosts.length === 0) return negative('NXDOMAIN');
    return type === 'PTR' ? { ...answer, answers: hosts.map((data) => ({ type: 'PTR', name: asked, ttl, data })) } : negative('NOERROR');
  }
  if (!within(name, view.clusterDomain)) return { ...answer, rcode: 'REFUSED', authoritative: false };
  return resolveInside(view, asked, name, type, answer, negative, depth);
}

function resolveInside(
  view: ZoneView, asked: string, name: string, type: string, answer: ZoneAnswer, negative: (rcode: ZoneAnswer['rcode']) => ZoneAnswer, depth: number,
): ZoneAnswer {
  if (name === view.clusterDomain && type === 'SOA') return { ...answer, answers: [soa(view)] };
  if (name === view.clusterDomain && type === 'NS') return { ...answer, answers: [{ type: 'NS', name: asked, ttl, data: `ns.dns.${view.clusterDomain}` }] };
  const found = find(view, name);
  switch (found.kind) {
    case 'none': return negative('NXDOMAIN');
    case 'empty': return negative('NOERROR');
    case 'text': return type === 'TXT' ? { ...answer, answers: [{ type: 'TXT', name: asked, ttl, data: found.data }] } : negative('NOERROR');
    case 'alias': {
      const alias: ZoneRecord = { type: 'CNAME', name: asked, ttl, data: found.target };
      if (type === 'CNAME' || depth >= maxAliases) return { ...answer, answers: [alias] };
      const ours = view.outside[found.target] !== undefined || within(found.target, view.clusterDomain);
      const next = ours ? resolveQuestion(view, found.target, type, depth + 1) : undefined;
      return { ...answer, answers: [alias, ...(next?.answers ?? [])], additional: next?.additional ?? [] };
    }
    case 'ports': {
      const records = portRecords(view, asked, found.service, found.port, found.protocol);
      if (records.answers.length === 0) return negative('NXDOMAIN');
      return type === 'SRV' ? { ...answer, ...records } : negative('NOERROR');
    }
    case 'addresses': {
      if (type === 'A') {
        const addresses = found.cluster === undefined ? found.targets.map(({ address }) => address) : [found.cluster];
        return { ...answer, answers: [...new Set(addresses)].map((data) => ({ type: 'A', name: asked, ttl, data })) };
      }
      if (type !== 'SRV' || found.service.metadata.name === '') return negative('NOERROR');
      const records = portRecords(view, asked, found.service, undefined, undefined);
      return records.answers.length > 0 ? { ...answer, ...records } : negative('NOERROR');
    }
  }
}
