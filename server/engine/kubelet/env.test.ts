import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ConfigMap, Container, Pod, Secret, Service } from '../types/index.ts';
import { expand, planEnv, planServiceEnv, readField, readResource } from './env.ts';
import type { EnvSources } from './env.ts';

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'default', uid: 'u1', labels: { app: 'x' } }, spec: { containers: [], nodeName: 'worker' } } as Pod;
const configMap = { metadata: { name: 'cm' }, data: { a: '1', b: '2' } } as unknown as ConfigMap;
const secret = { metadata: { name: 's' }, data: { p: Buffer.from('hidden').toString('base64') } } as unknown as Secret;
const sources: EnvSources = {
  pod, podIP: '10.244.1.2', hostIP: '172.18.0.3', allocatable: { cpu: '2', memory: '1024Ki' },
  configMap: (name) => (name === 'cm' ? configMap : undefined), secret: (name) => (name === 's' ? secret : undefined),
};
const container = (change: Partial<Container>): Container => ({ name: 'c', image: 'i', ...change });

test('expansion knows values, leaves unknown names, and halves double dollars', () => {
  const values = new Map([['A', '1'], ['B', '$(A)']]);
  for (const [text, expected] of [['$(A)-$(B)', '1-$(A)'], ['$$(A)', '$(A)'], ['$$$(A)', '$1'], ['$(C) $A $', '$(C) $A $'], ['$(', '$(']]) assert.equal(expand(text!, values), expected, text);
});

describe('service variables', () => {
  const service = (name: string, namespace: string, clusterIP: string, ports: Service['spec']['ports']) => ({ metadata: { name, namespace }, spec: { clusterIP, ports } }) as Service;
  const services = [
    service('my-web', 'default', '10.96.0.5', [{ name: 'http', port: 80 }, { name: 'dns', port: 53, protocol: 'UDP' }]),
    service('kubernetes', 'default', '10.96.0.1', [{ name: 'https', port: 443 }]),
    service('headless', 'default', 'None', [{ port: 1 }]), service('other', 'elsewhere', '10.96.0.6', [{ port: 1 }]),
  ];
  test('all Services of the namespace with an address, in the form of Docker links', () => {
    const env = planServiceEnv(services, 'default', true);
    assert.equal(env.get('MY_WEB_SERVICE_HOST'), '10.96.0.5');
    assert.equal(env.get('MY_WEB_SERVICE_PORT_DNS'), '53');
    assert.equal(env.get('MY_WEB_PORT'), 'tcp://10.96.0.5:80');
    assert.equal(env.get('MY_WEB_PORT_53_UDP'), 'udp://10.96.0.5:53');
    assert.equal(env.get('MY_WEB_PORT_53_UDP_PROTO'), 'udp');
    assert.ok(![...env.keys()].some((key) => key.startsWith('HEADLESS') || key.startsWith('OTHER')));
  });
  test('without links, and in other namespaces, only kubernetes', () => {
    for (const env of [planServiceEnv(services, 'default', false), planServiceEnv(services, 'third', true)]) assert.ok([...env.keys()].every((key) => key.startsWith('KUBERNETES_')) && env.size > 0);
  });
});

describe('env', () => {
  test('own variables expand earlier ones and service variables, and win over them', () => {
    const env = planEnv(container({ env: [{ name: 'A', value: 'x' }, { name: 'B', value: '$(A)$(S)$(C)' }, { name: 'C', value: 'late' }] }), sources, new Map([['S', 'svc'], ['A', 'service']]));
    assert.deepEqual([...env], [['A', 'x'], ['B', 'xsvc$(C)'], ['C', 'late'], ['S', 'svc']]);
  });
  test('references to configMap, secret, field and resource', () => {
    const env = planEnv(container({
      resources: { limits: { memory: '64Mi' } },
      envFrom: [{ prefix: 'P_', configMapRef: { name: 'cm' } }],
      env: [
        { name: 'K', valueFrom: { configMapKeyRef: { name: 'cm', key: 'a' } } }, { name: 'S', valueFrom: { secretKeyRef: { name: 's', key: 'p' } } },
        { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }, { name: 'M', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
        { name: 'O', valueFrom: { configMapKeyRef: { name: 'nope', key: 'a', optional: true } } },
      ],
    }), sources, new Map());
    assert.deepEqual(Object.fromEntries(env), { P_a: '1', P_b: '2', K: '1', S: 'hidden', IP: '10.244.1.2', M: '64' });
  });
  test("what is missing is told in kubelet's words", () => {
    const missing = (ref: Container['env']) => () => planEnv(container({ env: ref }), sources, new Map());
    assert.throws(missing([{ name: 'K', valueFrom: { configMapKeyRef: { name: 'nope', key: 'a' } } }]), /^PodConfigError: configmap "nope" not found$/);
    assert.throws(missing([{ name: 'K', valueFrom: { secretKeyRef: { name: 's', key: 'q' } } }]), /couldn't find key q in Secret default\/s/);
    assert.throws(() => planEnv(container({ envFrom: [{ secretRef: { name: 'x' } }] }), sources, new Map()), /secret "x" not found/);
  });
});

test('fields and resources', () => {
  assert.equal(readField("metadata.labels['app']", sources), 'x');
  assert.equal(readField('metadata.labels', sources), 'app="x"');
  assert.throws(() => readField('spec.secretSauce', sources), /unsupported fieldPath/);
  assert.equal(readResource(container({}), 'limits.cpu', undefined, sources.allocatable), '2');
  assert.equal(readResource(container({ resources: { requests: { cpu: '250m' } } }), 'requests.cpu', '1m', {}), '250');
  assert.equal(readResource(container({ resources: { requests: { cpu: '250m' } } }), 'requests.cpu', undefined, {}), '1');
});
