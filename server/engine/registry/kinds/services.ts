// Services: defaults, checks, what a change of type wipes, and allocation of addresses and node ports (upstream pkg/registry/core/service).
import { isIP, isIPv4 } from 'node:net';
import type { Service } from '../../types/index.ts';
import { forbiddenField, invalidValue, oneOf, repeated, required } from '../fieldErrors.ts';
import type { FieldError } from '../fieldErrors.ts';
import { sameJson } from '../json.ts';
import { checkLabels, checkName, dns1035Label, dnsLabel, dnsSubdomain, portName } from '../names.ts';
import { nodePortRange } from './allocators.ts';
import type { Allocations } from './allocators.ts';
import type { Kind } from './rules.ts';

type Spec = Service['spec'] & { allocateLoadBalancerNodePorts?: boolean };

const types = ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'];
const needsAddress = (spec: Spec): boolean => spec.type !== 'ExternalName';
const isExternal = (spec: Spec): boolean => spec.type === 'NodePort' || spec.type === 'LoadBalancer';
const needsNodePorts = (spec: Spec): boolean => spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);

/** core/v1 Service over the given allocations. */
export function makeServices(allocations: Allocations): Kind<Service> {
  return {
    group: '', version: 'v1', kind: 'Service', resource: 'services', singular: 'service', namespaced: true, shortNames: ['svc'], categories: ['all'],
    subresources: [{ name: 'status', group: '', version: 'v1', kind: 'Service', verbs: ['get', 'patch', 'update'] }],
    rules: {
      nameRule: dns1035Label, hasStatus: true,
      fields: {
        'spec.clusterIP': (object) => (object as Service).spec.clusterIP ?? '',
        'spec.type': (object) => (object as Service).spec.type ?? '',
      },
      defaults: (object) => setDefaults((object.spec ??= {})),
      prepareCreate(object) {
        const spec = object.spec;
        if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
        object.status = { loadBalancer: {} };
      },
      prepareUpdate(next, live) {
        syncAddresses(next.spec, live.spec);
        inherit(next.spec, live.spec);
        dropForType(next.spec, live.spec);
      },
      validate: validateService,
      validateUpdate(next, live) {
        const before = live.spec.clusterIPs?.[0];
        if (!before || !needsAddress(next.spec) || !needsAddress(live.spec) || next.spec.clusterIPs?.[0] === before) return [];
        return [invalidValue('spec.clusterIPs[0]', next.spec.clusterIPs ?? null, 'may not change once set')];
      },
      allocate: (next, live) => [...allocateAddress(next.spec, live?.spec, allocations), ...allocatePorts(next.spec, live?.spec, allocations)],
    },
  };
}

function setDefaults(spec: Spec): void {
  spec.type ??= 'ClusterIP';
  spec.sessionAffinity ??= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  else {
    spec.sessionAffinityConfig ??= {};
    spec.sessionAffinityConfig.clientIP ??= {};
    spec.sessionAffinityConfig.clientIP.timeoutSeconds ??= 10_800;
  }
  for (const port of spec.ports ?? []) {
    port.protocol ??= 'TCP';
    port.targetPort ||= port.port;
  }
  if (isExternal(spec)) spec.externalTrafficPolicy ??= 'Cluster';
  if (needsAddress(spec)) spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
}

/** A change of clusterIP alone carries clusterIPs with it, as old clients expect. */
function syncAddresses(next: Spec, live: Spec): void {
  if (next.clusterIP === live.clusterIP || !sameJson(next.clusterIPs, live.clusterIPs)) {
    if (next.clusterIP && !next.clusterIPs?.length && next.clusterIP !== live.clusterIP) next.clusterIPs = [next.clusterIP];
    return;
  }
  if (!next.clusterIP) delete next.clusterIPs;
  else next.clusterIPs = [next.clusterIP];
}

/** An update that leaves allocated values out keeps them. */
function inherit(next: Spec, live: Spec): void {
  if (needsAddress(next) && needsAddress(live)) {
    if (!next.clusterIP && live.clusterIP) next.clusterIP = live.clusterIP;
    if (!next.clusterIPs?.length && live.clusterIPs && next.clusterIP === live.clusterIP) next.clusterIPs = live.clusterIPs;
  }
  if (!needsNodePorts(next) || !needsNodePorts(live)) return;
  const asked = new Set((next.ports ?? []).map((port) => port.nodePort));
  for (const port of next.ports ?? []) {
    const before = live.ports?.find((other) => other.port === port.port && other.protocol === port.protocol);
    if (!port.nodePort && before?.nodePort && !asked.has(before.nodePort)) port.nodePort = before.nodePort;
  }
}

/** Values that the old type needed and the new one does not go, unless the update set them itself. */
function dropForType(next: Spec, live: Spec): void {
  const same = (field: keyof Spec): boolean => sameJson(next[field], live[field]);
  if (needsAddress(live) && !needsAddress(next)) {
    if (same('clusterIPs')) { delete next.clusterIP; delete next.clusterIPs; }
    if (same('ipFamilies')) delete next.ipFamilies;
    if (same('ipFamilyPolicy')) delete next.ipFamilyPolicy;
    if (same('internalTrafficPolicy')) delete next.internalTrafficPolicy;
  }
  if (needsNodePorts(live) && !needsNodePorts(next)) {
    const before = new Set((live.ports ?? []).map((port) => port.nodePort));
    for (const port of next.ports ?? []) if (before.has(port.nodePort)) delete port.nodePort;
  }
  if (isExternal(live) && !isExternal(next) && same('externalTrafficPolicy')) delete next.externalTrafficPolicy;
  if (live.type === 'LoadBalancer' && next.type !== 'LoadBalancer') {
    if (same('allocateLoadBalancerNodePorts')) delete next.allocateLoadBalancerNodePorts;
    if (same('loadBalancerClass')) delete next.loadBalancerClass;
    if (same('loadBalancerSourceRanges')) delete next.loadBalancerSourceRanges;
  }
  if (live.type === 'ExternalName' && next.type !== 'ExternalName' && same('externalName')) delete next.externalName;
}

function validateService({ spec }: Service): FieldError[] {
  const ports = spec.ports ?? [];
  const headless = spec.clusterIP === 'None';
  const problems = [
    ...oneOf('spec.type', spec.type, types),
    ...oneOf('spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None']),
    ...oneOf('spec.externalTrafficPolicy', spec.externalTrafficPolicy, ['Cluster', 'Local']),
    ...oneOf('spec.internalTrafficPolicy', spec.internalTrafficPolicy, ['Cluster', 'Local']),
    ...checkLabels('spec.selector', spec.selector),
    ...(spec.externalIPs ?? []).flatMap((ip, at) => (isIP(ip) ? [] : [invalidValue(`spec.externalIPs[${at}]`, ip, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')])),
  ];
  if (spec.type === 'ExternalName') {
    if (!spec.externalName) problems.push(required('spec.externalName'));
    else problems.push(...checkName('spec.externalName', spec.externalName.replace(/\.$/, ''), dnsSubdomain));
    if (spec.clusterIP) problems.push(forbiddenField('spec.clusterIPs', 'may not be set when `type` is \'ExternalName\''));
  } else if (ports.length === 0 && !headless) problems.push(required('spec.ports'));
  if (headless && isExternal(spec)) problems.push(invalidValue('spec.clusterIPs[0]', 'None', 'may not be set to \'None\' for LoadBalancer services'.replace('LoadBalancer', spec.type!)));
  if (spec.clusterIP && !headless && !isIPv4(spec.clusterIP)) problems.push(invalidValue('spec.clusterIPs[0]', spec.clusterIP, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'));
  if (spec.externalTrafficPolicy && !isExternal(spec) && !spec.externalIPs?.length) problems.push(invalidValue('spec.externalTrafficPolicy', spec.externalTrafficPolicy, 'may only be set for externally-accessible services'));
  const timeout = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (timeout !== undefined && (timeout < 1 || timeout > 86_400)) problems.push(invalidValue('spec.sessionAffinityConfig.clientIP.timeoutSeconds', timeout, 'must be greater than 0 and less than 86400'));
  return [...problems, ...ports.flatMap((port, at) => validatePort(spec, at)), ...repeated(ports.filter((port) => port.name), (at) => `spec.ports[${at}].name`, (port) => port.name),
    ...repeated(ports, (at) => `spec.ports[${at}]`, ({ port, protocol }) => ({ port, protocol }))];
}

function validatePort(spec: Spec, at: number): FieldError[] {
  const path = `spec.ports[${at}]`;
  const { name, port, targetPort, protocol, nodePort } = spec.ports![at]!;
  const range = 'must be between 1 and 65535, inclusive';
  return [
    ...(spec.ports!.length > 1 && !name ? [required(`${path}.name`)] : name ? checkName(`${path}.name`, name, dnsLabel) : []),
    ...(port >= 1 && port <= 65535 ? [] : [invalidValue(`${path}.port`, port ?? 0, range)]),
    ...oneOf(`${path}.protocol`, protocol, ['SCTP', 'TCP', 'UDP']),
    ...(typeof targetPort === 'number' && (targetPort < 1 || targetPort > 65535) ? [invalidValue(`${path}.targetPort`, targetPort, range)] : []),
    ...(typeof targetPort === 'string' ? checkName(`${path}.targetPort`, targetPort, portName) : []),
    ...(nodePort && !isExternal(spec) ? [forbiddenField(`${path}.nodePort`, "may not be used when `type` is 'ClusterIP'".replace('ClusterIP', spec.type!))] : []),
  ];
}

function allocateAddress(spec: Spec, live: Spec | undefined, allocations: Allocations): FieldError[] {
  if (!needsAddress(spec)) return [];
  spec.ipFamilies ??= ['IPv4'];
  spec.ipFamilyPolicy ??= 'SingleStack';
  if (spec.clusterIP === 'None') {
    spec.clusterIPs = ['None'];
    return [];
  }
  if (spec.clusterIP && spec.clusterIP === live?.clusterIP) return [];
  if (spec.clusterIP) {
    const why = !allocations.contains(spec.clusterIP) ? `the provided IP (${spec.clusterIP}) is not in the valid range. The range of valid IPs is ${allocations.cidr}`
      : allocations.isAddressTaken(spec.clusterIP) ? 'provided IP is already allocated' : undefined;
    if (why) return [invalidValue('spec.clusterIPs', spec.clusterIPs, `failed to allocate IP ${spec.clusterIP}: ${why}`)];
  }
  const address = spec.clusterIP || allocations.freeAddress(new Set());
  if (!address) return [invalidValue('spec.clusterIPs', null, 'failed to allocate a serviceIP: range is full')];
  spec.clusterIP = address;
  spec.clusterIPs = [address];
  return [];
}

function allocatePorts(spec: Spec, live: Spec | undefined, allocations: Allocations): FieldError[] {
  if (!isExternal(spec)) return [];
  const own = new Set((live?.ports ?? []).map((port) => `${port.protocol}/${port.nodePort}`));
  const taken = new Set<number>();
  const problems: FieldError[] = [];
  (spec.ports ?? []).forEach((port, at) => {
    if (!port.nodePort || own.has(`${port.protocol}/${port.nodePort}`)) return;
    const field = `spec.ports[${at}].nodePort`;
    if (port.nodePort < nodePortRange.first || port.nodePort > nodePortRange.last) {
      problems.push(invalidValue(field, port.nodePort, `provided port is not in the valid range. The range of valid ports is ${nodePortRange.first}-${nodePortRange.last}`));
    } else if (allocations.isPortTaken(port.protocol ?? 'TCP', port.nodePort)) problems.push(invalidValue(field, port.nodePort, 'provided port is already allocated'));
  });
  if (!needsNodePorts(spec)) return problems;
  for (const port of spec.ports ?? []) if (port.nodePort) taken.add(port.nodePort);
  for (const port of spec.ports ?? []) {
    if (port.nodePort) continue;
    // One number serves TCP and UDP of the same port.
    const sibling = spec.ports!.find((other) => other.port === port.port && other.protocol !== port.protocol && other.nodePort);
    const chosen = sibling?.nodePort ?? allocations.freePort(taken);
    if (chosen === undefined) return [...problems, invalidValue('spec.ports', null, 'failed to allocate a nodePort: range is full')];
    port.nodePort = chosen;
    taken.add(chosen);
  }
  return problems;
}
