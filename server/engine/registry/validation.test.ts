// Pods, policies and slices that upstream refuses, and what they get by default.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { resources as kinds } from '../types/index.ts';
import type { NetworkPolicy, Pod } from '../types/index.ts';
import { at, makeTestBed, pod, refusal } from './testing.ts';

describe('pods', () => {
  test('defaults', () => {
    const { registry } = makeTestBed();
    const { spec, status } = registry.create(at(kinds.pods), pod('p', {}, {
      hostNetwork: true, volumes: [{ name: 'v' }, { name: 'c', configMap: { name: 'c' } }],
      containers: [
        { name: 'a', image: 'nginx', ports: [{ containerPort: 80 }], readinessProbe: { httpGet: { port: 80 } }, resources: { limits: { cpu: '1' } } },
        { name: 'b', image: 'localhost:5000/nginx:1', env: [{ name: 'X', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }] },
        { name: 'c', image: 'nginx@sha256:0000' },
      ],
    })).object as Pod;
    const [a, b, c] = spec.containers;
    assert.deepEqual([a!.imagePullPolicy, b!.imagePullPolicy, c!.imagePullPolicy], ['Always', 'IfNotPresent', 'IfNotPresent']);
    assert.deepEqual(a!.ports, [{ containerPort: 80, protocol: 'TCP', hostPort: 80 }]);
    assert.deepEqual(a!.readinessProbe, { httpGet: { port: 80, path: '/', scheme: 'HTTP' }, timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
    assert.deepEqual(a!.resources, { limits: { cpu: '1' }, requests: { cpu: '1' } });
    assert.equal((b!.env![0]!.valueFrom!.fieldRef as { apiVersion: string }).apiVersion, 'v1');
    assert.deepEqual(spec.volumes, [{ name: 'v', emptyDir: {} }, { name: 'c', configMap: { name: 'c', defaultMode: 420 } }]);
    assert.deepEqual([spec.restartPolicy, spec.dnsPolicy, spec.terminationGracePeriodSeconds, spec.enableServiceLinks, spec.serviceAccountName], ['Always', 'ClusterFirst', 30, true, 'default']);
    assert.deepEqual(status, { phase: 'Pending', qosClass: 'Burstable' });
  });

  test('an explicit zero is kept', () => {
    const { registry } = makeTestBed();
    const { spec } = registry.create(at(kinds.pods), pod('p', {}, { terminationGracePeriodSeconds: 0, enableServiceLinks: false })).object as Pod;
    assert.deepEqual([spec.terminationGracePeriodSeconds, spec.enableServiceLinks], [0, false]);
  });

  test('refusals', () => {
    const { registry } = makeTestBed();
    const web = { name: 'web', image: 'nginx' };
    for (const [spec, message] of [
      [{ containers: [] }, 'spec.containers: Required value'],
      [{ containers: [{ name: 'web' }] }, 'spec.containers[0].image: Required value'],
      [{ containers: [web, web] }, 'spec.containers[1].name: Duplicate value: "web"'],
      [{ containers: [{ ...web, volumeMounts: [{ name: 'v', mountPath: '/v' }] }] }, 'spec.containers[0].volumeMounts[0].name: Not found: "v"'],
      [{ containers: [{ ...web, ports: [{ containerPort: 70_000 }] }] }, 'spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive'],
      [{ containers: [{ ...web, ports: [{ containerPort: 80, protocol: 'HTTP' }] }] }, 'spec.containers[0].ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"'],
      [{ containers: [web], restartPolicy: 'Sometimes' }, 'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "Never", "OnFailure"'],
      [{ containers: [{ ...web, readinessProbe: {} }] }, 'spec.containers[0].readinessProbe: Required value: must specify a handler type'],
      [{ containers: [{ ...web, resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }] }, 'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1'],
    ] as const) assert.equal(refusal(() => registry.create(at(kinds.pods), pod('p', {}, spec as never))).message, `Pod "p" is invalid: ${message}`);
  });
});

describe('network policies', () => {
  const create = (spec: object): NetworkPolicy => makeTestBed().registry.create(at(kinds.networkPolicies), { metadata: { name: 'n' }, spec }).object as NetworkPolicy;

  test('policyTypes follow the rules', () => {
    assert.deepEqual(create({ podSelector: {} }).spec, { podSelector: {}, policyTypes: ['Ingress'] });
    assert.deepEqual(create({ podSelector: {}, egress: [{}] }).spec.policyTypes, ['Ingress', 'Egress']);
    assert.equal(create({ podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] }).spec.ingress![0]!.ports![0]!.protocol, 'TCP');
  });

  test('an empty rule is not no rule', () => {
    assert.deepEqual(create({ podSelector: {}, ingress: [{}] }).spec.ingress, [{}]);
  });

  test('endPort and ipBlock are checked', () => {
    for (const [spec, field] of [
      [{ egress: [{ ports: [{ port: 'http', endPort: 90 }] }] }, 'spec.egress[0].ports[0].endPort'],
      [{ egress: [{ ports: [{ endPort: 90 }] }] }, 'spec.egress[0].ports[0].port'],
      [{ egress: [{ ports: [{ port: 90, endPort: 80 }] }] }, 'spec.egress[0].ports[0].endPort'],
      [{ ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/33' } }] }] }, 'spec.ingress[0].from[0].ipBlock.cidr'],
      [{ ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/24', except: ['10.0.1.0/28'] } }] }] }, 'spec.ingress[0].from[0].ipBlock.except[0]'],
      [{ ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/24' }, podSelector: {} }] }] }, 'spec.ingress[0].from[0]'],
      [{ ingress: [{ from: [{}] }] }, 'spec.ingress[0].from[0]'],
      [{ podSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } }, 'spec.podSelector.matchExpressions[0].values'],
    ] as const) assert.equal(refusal(() => create({ podSelector: {}, ...spec })).details!.causes![0]!.field, field);
    assert.ok(create({ podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/4', except: ['10.0.1.0/28'] } }, { ipBlock: { cidr: '2001:db8::/32', except: ['2001:db8:1::/48'] } }] }] }));
  });
});

test('endpoint slices', () => {
  const { registry } = makeTestBed();
  const slice = (body: object): unknown => registry.create(at(kinds.endpointSlices), { metadata: { generateName: 'web-' }, ...body }).object;
  assert.deepEqual((slice({ addressType: 'IPv4', endpoints: [{ addresses: ['10.1.1.1'] }], ports: [{ port: 80 }] }) as { ports: object }).ports, [{ port: 80, name: '', protocol: 'TCP' }]);
  assert.equal(refusal(() => slice({ endpoints: [] })).details!.causes![0]!.field, 'addressType');
  assert.equal(refusal(() => slice({ addressType: 'IPv4', endpoints: [{ addresses: ['::1'] }] })).details!.causes![0]!.field, 'endpoints[0].addresses[0]');
  assert.equal(refusal(() => slice({ addressType: 'IPv4', endpoints: [{ addresses: [] }] })).details!.causes![0]!.field, 'endpoints[0].addresses');
});

test('endpoints', () => {
  const { registry } = makeTestBed();
  const endpoints = (subsets: object[]): unknown => registry.create(at(kinds.endpoints), { metadata: { generateName: 'e-' }, subsets }).object;
  assert.deepEqual((endpoints([{ addresses: [{ ip: '10.1.1.1' }], ports: [{ port: 80 }] }]) as { subsets: { ports: object }[] }).subsets[0]!.ports, [{ port: 80, protocol: 'TCP' }]);
  assert.equal(refusal(() => endpoints([{ addresses: [{ ip: '127.0.0.1' }] }])).details!.causes![0]!.field, 'subsets[0].addresses[0].ip');
});
