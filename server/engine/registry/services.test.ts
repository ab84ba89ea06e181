// Services: addresses, node ports, and what changes of type keep and wipe.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createStore } from '../storage/index.ts';
import { resources as kinds } from '../types/index.ts';
import type { Service } from '../types/index.ts';
import { createRegistry } from './index.ts';
import type { Registry } from './index.ts';
import { at, makeTestBed, refusal, service } from './testing.ts';

type Spec = Partial<Service['spec']> & { allocateLoadBalancerNodePorts?: boolean };
const create = (registry: Registry, name: string, spec: Spec = {}): Service => registry.create(at(kinds.services), service(name, spec)).object as Service;
const patch = (registry: Registry, name: string, spec: object): Service => registry.patch(at(kinds.services, name), { type: 'merge', body: { spec } }).object as Service;

describe('defaults', () => {
  test('type, policies, protocol, target port, families', () => {
    const { spec, status } = create(makeTestBed().registry, 'web');
    const { clusterIP, clusterIPs, ...rest } = spec;
    assert.deepEqual(rest, {
      selector: { app: 'web' }, ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }], type: 'ClusterIP', sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster', ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack',
    });
    assert.match(clusterIP!, /^10\.96\.\d+\.\d+$/);
    assert.deepEqual(clusterIPs, [clusterIP]);
    assert.deepEqual(status, { loadBalancer: {} });
  });

  test('affinity gets its three hours and loses them when turned off', () => {
    const { registry } = makeTestBed();
    assert.equal(create(registry, 'web', { sessionAffinity: 'ClientIP' }).spec.sessionAffinityConfig!.clientIP!.timeoutSeconds, 10_800);
    assert.equal(patch(registry, 'web', { sessionAffinity: 'None' }).spec.sessionAffinityConfig, undefined);
  });
});

describe('addresses', () => {
  test('are unique, may be chosen once, and come back when freed', () => {
    const { registry } = makeTestBed();
    assert.equal(create(registry, 'kubernetes', { clusterIP: '10.96.0.1' }).spec.clusterIPs![0], '10.96.0.1');
    const message = refusal(() => create(registry, 'other', { clusterIP: '10.96.0.1' })).message;
    assert.equal(message, 'Service "other" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.1"]: failed to allocate IP 10.96.0.1: provided IP is already allocated');
    assert.match(refusal(() => create(registry, 'other', { clusterIP: '10.1.0.1' })).message, /the provided IP \(10\.1\.0\.1\) is not in the valid range\. The range of valid IPs is 10\.96\.0\.0\/16/);
    registry.delete(at(kinds.services, 'kubernetes'));
    assert.ok(create(registry, 'other', { clusterIP: '10.96.0.1' }));
  });

  test('headless has none; ExternalName has neither address nor families', () => {
    const { registry } = makeTestBed();
    assert.deepEqual(create(registry, 'none', { clusterIP: 'None' }).spec.clusterIPs, ['None']);
    assert.deepEqual(create(registry, 'none2', { clusterIP: 'None', ports: [] }).spec.clusterIP, 'None');
    const { spec } = create(registry, 'out', { type: 'ExternalName', externalName: 'example.com', ports: [] });
    assert.deepEqual([spec.clusterIP, spec.clusterIPs, spec.ipFamilies, spec.internalTrafficPolicy], [undefined, undefined, undefined, undefined]);
  });

  test('an update without address or port numbers inherits them; another address is refused', () => {
    const { registry } = makeTestBed();
    const before = create(registry, 'web', { type: 'NodePort' });
    const after = registry.update(at(kinds.services, 'web'), service('web', { type: 'NodePort', ports: [{ name: 'http', port: 80 }] })).object as Service;
    assert.equal(after.spec.clusterIP, before.spec.clusterIP);
    assert.equal(after.spec.ports![0]!.nodePort, before.spec.ports![0]!.nodePort);
    assert.equal(refusal(() => patch(registry, 'web', { clusterIP: '10.96.9.9' })).message, 'Service "web" is invalid: spec.clusterIPs[0]: Invalid value: ["10.96.9.9"]: may not change once set');
  });

  test('a small range runs out with upstream\'s sentence, and a restart knows what is taken', () => {
    const storage = createStore();
    const registry = createRegistry({ storage, serviceCidr: '10.0.0.0/27' });
    registry.create({ resource: kinds.namespaces }, { metadata: { name: 'default' } });
    const taken = Array.from({ length: 10 }, (_, n) => create(registry, `s${n}`).spec.clusterIP);
    const again = createRegistry({ storage, serviceCidr: '10.0.0.0/27' });
    for (let n = 10; n < 20; n++) taken.push(create(again, `s${n}`).spec.clusterIP);
    assert.equal(new Set(taken).size, 20);
    assert.equal(taken.includes('10.0.0.1'), false);
    assert.match(refusal(() => create(again, 'last')).message, /failed to allocate a serviceIP: range is full/);
  });
});

describe('node ports', () => {
  test('are in range, unique per protocol, and one number serves both protocols of a port', () => {
    const { registry } = makeTestBed();
    const first = create(registry, 'a', { type: 'NodePort', ports: [{ name: 't', port: 53 }, { name: 'u', port: 53, protocol: 'UDP' }] }).spec.ports!;
    assert.equal(first[0]!.nodePort, first[1]!.nodePort);
    assert.ok(first[0]!.nodePort! >= 30_000 && first[0]!.nodePort! <= 32_767);
    create(registry, 'b', { type: 'NodePort', ports: [{ port: 80, nodePort: 30_080 }] });
    assert.equal(refusal(() => create(registry, 'c', { type: 'NodePort', ports: [{ port: 80, nodePort: 30_080 }] })).message, 'Service "c" is invalid: spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated');
    assert.equal(refusal(() => create(registry, 'c', { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] })).message, 'Service "c" is invalid: spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767');
    assert.equal(refusal(() => create(registry, 'c', { ports: [{ port: 80, nodePort: 30_081 }] })).message, 'Service "c" is invalid: spec.ports[0].nodePort: Forbidden: may not be used when `type` is \'ClusterIP\'');
    assert.ok(create(registry, 'c', { type: 'NodePort', ports: [{ port: 80, protocol: 'UDP', nodePort: 30_080 }] }));
  });
});

describe('type changes', () => {
  test('ClusterIP → NodePort → ClusterIP', () => {
    const { registry } = makeTestBed();
    const before = create(registry, 'web');
    const external = patch(registry, 'web', { type: 'NodePort' });
    assert.ok(external.spec.ports![0]!.nodePort);
    assert.equal(external.spec.externalTrafficPolicy, 'Cluster');
    assert.equal(external.spec.clusterIP, before.spec.clusterIP);
    const back = patch(registry, 'web', { type: 'ClusterIP' });
    assert.deepEqual(back.spec, before.spec);
  });

  test('to ExternalName wipes what was allocated, and back allocates anew', () => {
    const { registry } = makeTestBed();
    for (const type of ['ClusterIP', 'NodePort'] as const) {
      create(registry, type.toLowerCase(), { type });
      const { spec } = patch(registry, type.toLowerCase(), { type: 'ExternalName', externalName: 'example.com' });
      assert.deepEqual([spec.clusterIP, spec.clusterIPs, spec.ipFamilies, spec.ipFamilyPolicy, spec.ports![0]!.nodePort, spec.externalTrafficPolicy], Array.from({ length: 6 }, () => undefined));
      const back = patch(registry, type.toLowerCase(), { type, externalName: null }).spec;
      assert.ok(back.clusterIP);
      assert.equal(back.ports![0]!.nodePort !== undefined, type === 'NodePort');
      assert.equal(back.externalName, undefined);
    }
  });

  test('LoadBalancer has node ports unless told otherwise', () => {
    const { registry } = makeTestBed();
    assert.ok(create(registry, 'a', { type: 'LoadBalancer' }).spec.ports![0]!.nodePort);
    assert.equal(create(registry, 'b', { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false }).spec.ports![0]!.nodePort, undefined);
  });
});

test('refusals', () => {
  const { registry } = makeTestBed();
  for (const [spec, message] of [
    [{ ports: [] }, 'spec.ports: Required value'],
    [{ ports: [{ port: 80 }, { port: 81 }] }, '[spec.ports[0].name: Required value, spec.ports[1].name: Required value]'],
    [{ ports: [{ port: 0, targetPort: 80 }] }, 'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive'],
    [{ type: 'Magic' }, 'spec.type: Unsupported value: "Magic": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"'],
    [{ type: 'ExternalName', ports: [] }, 'spec.externalName: Required value'],
    [{ ports: [{ name: 'a', port: 80 }, { name: 'a', port: 81 }] }, 'spec.ports[1].name: Duplicate value: "a"'],
  ] as const) assert.equal(refusal(() => create(registry, 'x', spec as never)).message, `Service "x" is invalid: ${message}`);
  assert.match(refusal(() => create(registry, '1x')).message, /metadata.name: Invalid value: "1x": a DNS-1035 label must consist of/);
});

test('status takes its annotations along and leaves spec alone', () => {
  const { registry } = makeTestBed();
  create(registry, 'web', { type: 'LoadBalancer' });
  const body = { metadata: { annotations: { patched: 'true' } }, spec: { type: 'ClusterIP' }, status: { loadBalancer: { ingress: [{ ip: '203.0.113.1' }] } } };
  const { object } = registry.patch(at(kinds.services, 'web', 'status'), { type: 'merge', body });
  assert.deepEqual([object.metadata.annotations, (object as Service).spec.type, (object as Service).status!.loadBalancer!.ingress![0]!.ip], [{ patched: 'true' }, 'LoadBalancer', '203.0.113.1']);
});
