// The agents against a real kernel: Services lead to pods, policies hold, in namespaces that vanish with the test.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { silentLogger, type Logger } from '../../base/index.ts';
import { createClient } from '../client.ts';
import { createWithStatus, eventually } from '../controllers/testing.ts';
import { createRegistry, createStore } from '../registry/index.ts';
import { resources, type EndpointSlice, type NetworkPolicy, type Pod, type Service } from '../types/index.ts';
import { startAgents, type Agents } from './index.ts';
import { hasBridgeFilter, testConfig, TestNetwork, tryFindMissing } from './testNetwork.ts';

const missing = await tryFindMissing() ?? (await hasBridgeFilter() ? undefined : 'br_netfilter is not loaded');
const [one, two, three] = ['10.244.1.2', '10.244.1.3', '10.244.1.4'] as const;

describe('agents on a real kernel', { skip: missing }, () => {
  const client = createClient(createRegistry({ storage: createStore() }));
  const warnings: string[] = [];
  const logger: Logger = { ...silentLogger, warn: (fields, message) => warnings.push(`${message} ${JSON.stringify(fields)}`), child: () => logger };
  let network: TestNetwork;
  let agents: Agents;

  const settled = async () => {
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve))); // events first, then lanes
    await agents.idle();
    assert.deepEqual(warnings, []);
  };
  const service = (clusterIP: string, extra: Partial<Service['spec']> = {}): Service => ({
    apiVersion: 'v1', kind: 'Service', metadata: { name: `s${clusterIP.replaceAll('.', '-')}`, namespace: 'default' },
    spec: { type: 'ClusterIP', clusterIP, ports: [{ port: 80, protocol: 'TCP' }], ...extra },
  });
  const slice = (name: string, addresses: readonly string[]): EndpointSlice => ({
    apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4', ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    endpoints: addresses.map((address) => ({ addresses: [address], nodeName: 'worker', conditions: { ready: true } })),
  });
  const policy = (name: string, spec: NetworkPolicy['spec']): NetworkPolicy => ({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name, namespace: 'default' }, spec });

  before(async () => {
    network = await TestNetwork.create([one, two, three]);
    await Promise.all([network.serve(two, 8080), network.serve(three, 8080)]);
    agents = startAgents({ client, machines: network, config: testConfig, logger, freshMachines: true, dnsListen: { address: '127.0.0.1', port: 0 } });
    await agents.ready;
    await client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
    for (const [app, address] of [['a', one], ['b', two], ['c', three]] as const) {
      const pod: Pod = {
        apiVersion: 'v1', kind: 'Pod', metadata: { name: app, namespace: 'default', labels: { app } }, status: { phase: 'Running', podIP: address },
        spec: { nodeName: 'worker', containers: [{ name: 'c', image: 'a', ports: [{ name: 'web', containerPort: 8080 }] }] },
      };
      await createWithStatus(client, resources.pods, pod);
    }
  });
  after(() => {
    agents?.dispose();
    network?.dispose();
  });

  test('a Service leads pods and node to its endpoints, keeps the pod\'s address, and masquerades the hairpin', async () => {
    await client.create(resources.services, service('10.96.5.5'));
    await settled();
    assert.equal(await network.connect(one, '10.96.5.5', 80), 'refused');
    await client.create(resources.endpointSlices, slice('s10-96-5-5', [two]));
    await settled();
    assert.equal(await network.connect(one, '10.96.5.5', 80), `${two} ${one}`);
    assert.match(await network.connect(undefined, '10.96.5.5', 80), new RegExp(`^${two} `));
    assert.equal(await network.connect(two, '10.96.5.5', 80), `${two} 10.244.1.1`);
    const stored = await client.get(resources.endpointSlices, { namespace: 'default', name: 's10-96-5-5' });
    await client.update(resources.endpointSlices, { ...stored, endpoints: slice('x', [three]).endpoints });
    await settled();
    assert.equal(await network.connect(one, '10.96.5.5', 80), `${three} ${one}`);
    const saved = await network.run('worker', ['iptables-save', '-t', 'nat']);
    assert.equal(saved.match(/^:KUBE-SEP-/gm)?.length, 1);
  });

  test('all endpoints are used; session affinity keeps to one', async () => {
    await client.create(resources.services, service('10.96.6.1'));
    await client.create(resources.endpointSlices, slice('s10-96-6-1', [two, three]));
    await client.create(resources.services, service('10.96.6.2', { sessionAffinity: 'ClientIP' }));
    await client.create(resources.endpointSlices, slice('s10-96-6-2', [two, three]));
    await settled();
    const many = (host: string) => network.node(one, `const heard = []; const n = 24;
      for (let i = 0; i < n; i++) require('net').connect(80, '${host}').on('data', (d) => { heard.push(String(d).split(' ')[0]); if (heard.length === n) { console.log([...new Set(heard)].sort().join()); process.exit(); } });`);
    assert.equal((await many('10.96.6.1')).stdout.trim(), `${two},${three}`);
    // One connection sets the binding that all later ones follow.
    const bound = (await network.connect(one, '10.96.6.2', 80)).split(' ')[0];
    assert.equal((await many('10.96.6.2')).stdout.trim(), bound);
  });

  test('a policy drops what it does not allow, on one node too and behind a Service, and lets go when it is deleted', async () => {
    await client.create(resources.networkPolicies, policy('only-b', {
      podSelector: { matchLabels: { app: 'c' } }, policyTypes: ['Ingress'],
      ingress: [{ from: [{ podSelector: { matchLabels: { app: 'b' } } }], ports: [{ port: 'web' }] }],
    }));
    await settled();
    assert.equal(await network.connect(one, three, 8080), 'dropped');
    assert.equal(await network.connect(one, '10.96.5.5', 80), 'dropped');
    assert.equal(await network.connect(two, three, 8080), `${three} ${two}`);
    assert.equal(await network.connect(two, '10.96.5.5', 80), `${three} ${two}`);
    assert.match(await network.connect(undefined, three, 8080), new RegExp(`^${three} `));
    assert.equal(await network.connect(one, two, 8080), `${two} ${one}`);
    await client.patch(resources.pods, { namespace: 'default', name: 'a' }, { metadata: { labels: { app: 'b' } } });
    await settled();
    assert.equal(await network.connect(one, three, 8080), `${three} ${one}`);
    await client.delete(resources.networkPolicies, { namespace: 'default', name: 'only-b' });
    await settled();
    assert.equal((await network.run('worker', ['ipset', 'list', '-n'])).trim(), '');
    assert.equal((await network.run('worker', ['iptables-save', '-t', 'filter'])).match(/^:NETPOL/gm)?.length, 1);
  });

  test('egress with ipBlock, exception and port range', async () => {
    await client.create(resources.networkPolicies, policy('out', {
      podSelector: {}, policyTypes: ['Egress'],
      egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0', except: [`${three}/32`] } }], ports: [{ port: 8000, endPort: 8100, protocol: 'TCP' }] }],
    }));
    await settled();
    assert.equal(await network.connect(one, two, 8080), `${two} ${one}`);
    assert.equal(await network.connect(one, three, 8080), 'dropped');
    await client.delete(resources.networkPolicies, { namespace: 'default', name: 'out' });
    await settled();
  });

  test('agents that start again on a node that has rules end with the same rules', async () => {
    const text = async () => (await network.run('worker', ['iptables-save'])).replace(/^#.*$|\[\d+:\d+\]/gm, '').trim();
    await client.create(resources.networkPolicies, policy('deny', { podSelector: {}, policyTypes: ['Ingress'] }));
    await settled();
    const saved = await text();
    agents.dispose();
    await client.delete(resources.endpointSlices, { namespace: 'default', name: 's10-96-6-2' });
    await eventually(() => !client.informer(resources.endpointSlices).get({ namespace: 'default', name: 's10-96-6-2' }));
    agents = startAgents({ client, machines: network, config: testConfig, logger, dnsListen: { address: '127.0.0.1', port: 0 } });
    await agents.ready;
    const again = await text();
    assert.equal(again.match(/-A FORWARD .* -j NETPOL$/gm)?.length, 1);
    assert.match(again, /-A FORWARD -m comment --comment "network policies" -j NETPOL\n-A FORWARD .*KUBE-FORWARD/);
    assert.ok(saved.split('\n').length > again.split('\n').length, 'chains of the Service without endpoints are gone');
    assert.equal(await network.connect(one, three, 8080), 'dropped');
  });
});
