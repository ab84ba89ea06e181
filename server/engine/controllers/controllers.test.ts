// The controllers together on one store, with a stand-in for the kubelet that makes pods ready.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { silentLogger, type Disposable, type Logger } from '../../base/index.ts';
import { createClient } from '../client.ts';
import { createRegistry, createStore } from '../registry/index.ts';
import { formatTime, resources, type Client, type ConfigMap, type Deployment, type EngineConfig, type KubeObject, type Pod, type Service } from '../types/index.ts';
import { eventually } from './testing.ts';
import { startControllers } from './index.ts';

const config: EngineConfig = {
  name: 'test', clusterDomain: 'cluster.local', lan: { cidr: '172.18.0.0/24', gateway: '172.18.0.1' }, podCidr: '10.244.0.0/16',
  serviceCidr: '10.96.0.0/16', dnsServiceIp: '10.96.0.10', apiServiceIp: '10.96.0.1', apiPort: 6443, probeAddress: '172.18.0.250',
  outside: { cidr: '203.0.113.0/24', address: '203.0.113.10', gateway: '203.0.113.1' },
  machines: [{ name: 'control-plane', role: 'control-plane', address: '172.18.0.2', podCidr: '10.244.0.0/24' }],
};

let client: Client;
const warnings: string[] = [];
const logger: Logger = { ...silentLogger, warn: (fields, message) => warnings.push(`${message} ${JSON.stringify(fields)}`), child: () => logger };
let running: Disposable[];

/** Gives every new pod a node, an address and the Ready condition; ends pods that are being deleted. */
function startStandInKubelet(isReady: (pod: Pod) => boolean = () => true): Disposable {
  let next = 1;
  return client.informer(resources.pods).onEvent(({ type, object }) => {
    const key = { namespace: object.metadata.namespace, name: object.metadata.name };
    if (type === 'added') {
      const podIP = `10.244.0.${++next}`;
      const ready = isReady(object) ? 'True' : 'False';
      const conditions = [{ type: 'Ready', status: ready, lastTransitionTime: formatTime(Date.now()) }];
      const binding = { apiVersion: 'v1', kind: 'Binding', metadata: key, target: { apiVersion: 'v1', kind: 'Node', name: 'control-plane' } };
      void client.updateSubresource(resources.pods, 'binding', binding as KubeObject as Pod)
        .then(() => client.patch(resources.pods, key, { status: { phase: 'Running', podIP, conditions } }, 'status')).catch(() => {});
    } else if (type === 'modified' && object.metadata.deletionTimestamp) {
      client.delete(resources.pods, key, { gracePeriodSeconds: 0 }).catch(() => {});
    }
  });
}

function deployment(name: string, replicas: number, image: string, extra: Partial<Deployment['spec']> = {}): Deployment {
  return {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'default' },
    spec: {
      replicas, selector: { matchLabels: { app: name } }, progressDeadlineSeconds: 600, revisionHistoryLimit: 10,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image, ports: [{ name: 'web', containerPort: 80 }] }] } },
      ...extra,
    },
  };
}

function service(name: string, spec: Service['spec']): Service {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default', labels: { team: 'a' } }, spec: { type: 'ClusterIP', clusterIP: '10.96.7.7', ...spec } };
}

const livePods = async () => (await client.list(resources.pods, { namespace: 'default' })).items.filter(({ metadata }) => !metadata.deletionTimestamp);
const stored = (name: string) => client.get(resources.deployments, { namespace: 'default', name });
const conditions = (object: Deployment) => Object.fromEntries((object.status?.conditions ?? []).map(({ type, status, reason, message }) => [type, `${status} ${reason} ${message}`]));

async function complete(name: string, generation: number): Promise<Deployment> {
  return eventually(async () => {
    const found = await stored(name);
    const { status, spec, metadata } = found;
    const progressing = status?.conditions?.find(({ type }) => type === 'Progressing')?.reason;
    return (metadata.generation ?? 0) >= generation && status?.observedGeneration === metadata.generation && progressing === 'NewReplicaSetAvailable'
      && status?.updatedReplicas === spec.replicas && status?.availableReplicas === spec.replicas && status?.replicas === spec.replicas ? found : undefined;
  }, `${name} complete`);
}

describe('controllers', () => {
  beforeEach(async () => {
    client = createClient(createRegistry({ storage: createStore() }));
    running = [startControllers({ client, config, caCertificate: 'PEM', logger })];
    await eventually(() => client.informer(resources.namespaces).get({ name: 'default' }));
  });
  afterEach(() => {
    running.forEach((one) => one.dispose());
    assert.deepEqual(warnings.splice(0), []);
  });

  test('a cluster starts with its namespaces, accounts, CA and fixed Services', async () => {
    for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
      await eventually(() => client.informer(resources.serviceAccounts).get({ namespace: name, name: 'default' }));
      const ca = await eventually(() => client.informer(resources.configMaps).get({ namespace: name, name: 'kube-root-ca.crt' }));
      assert.equal((ca as ConfigMap).data?.['ca.crt'], 'PEM');
    }
    const kubernetes = await eventually(() => client.informer(resources.services).get({ namespace: 'default', name: 'kubernetes' }));
    assert.equal(kubernetes.spec.clusterIP, '10.96.0.1');
    const dns = await eventually(() => client.informer(resources.endpointSlices).get({ namespace: 'kube-system', name: 'kube-dns' }));
    assert.deepEqual(dns.endpoints[0]?.addresses, ['172.18.0.2']);
    assert.deepEqual(dns.ports?.map(({ port, protocol }) => `${port}/${protocol}`), ['53/UDP', '53/TCP']);
    const api = await eventually(() => client.informer(resources.endpoints).get({ namespace: 'default', name: 'kubernetes' }));
    assert.equal(api.subsets?.[0]?.ports?.[0]?.port, 6443);
  });

  test('what the cluster needs comes back when it is deleted', async () => {
    const before = await eventually(() => client.informer(resources.services).get({ namespace: 'default', name: 'kubernetes' }));
    await client.delete(resources.services, { namespace: 'default', name: 'kubernetes' });
    const uid = before.metadata.uid;
    await eventually(() => (client.informer(resources.services).get({ namespace: 'default', name: 'kubernetes' })?.metadata.uid ?? uid) !== uid);
    await eventually(() => client.informer(resources.configMaps).get({ namespace: 'default', name: 'kube-root-ca.crt' }));
    await client.delete(resources.configMaps, { namespace: 'default', name: 'kube-root-ca.crt' });
    await eventually(() => client.get(resources.configMaps, { namespace: 'default', name: 'kube-root-ca.crt' }).catch(() => undefined));
  });

  test('a Deployment makes pods through a ReplicaSet and reports as upstream', async () => {
    running.push(startStandInKubelet());
    await client.create(resources.deployments, deployment('web', 3, 'a'));
    const done = await complete('web', 1);
    assert.equal(done.metadata.annotations?.['deployment.kubernetes.io/revision'], '1');
    const [set] = (await client.list(resources.replicaSets, { namespace: 'default' })).items;
    assert.match(set!.metadata.name, /^web-[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
    assert.equal(set!.metadata.labels?.['pod-template-hash'], set!.metadata.name.slice(4));
    assert.deepEqual(conditions(done), {
      Available: 'True MinimumReplicasAvailable Deployment has minimum availability.',
      Progressing: `True NewReplicaSetAvailable ReplicaSet "${set!.metadata.name}" has successfully progressed.`,
    });
    const pods = await livePods();
    assert.equal(pods.length, 3);
    for (const pod of pods) assert.ok(pod.metadata.name.startsWith(`${set!.metadata.name}-`));
    const events = await eventually(() => {
      const found = client.informer(resources.events).list('default') as (KubeObject & { reason: string; message: string })[];
      return found.filter(({ reason }) => reason === 'SuccessfulCreate').length === 3 ? found : undefined;
    });
    assert.ok(events.some(({ reason, message }) => reason === 'ScalingReplicaSet' && message === `Scaled up replica set ${set!.metadata.name} from 0 to 3`));
  });

  test('a rolling update replaces every pod, never has too few, and keeps the old ReplicaSet at zero', async () => {
    running.push(startStandInKubelet());
    await client.create(resources.deployments, deployment('web', 4, 'a'));
    const first = await complete('web', 1);
    let fewest = 4;
    let most = 0;
    running.push(client.informer(resources.replicaSets).onEvent(() => {
      const sets = client.informer(resources.replicaSets).list('default');
      most = Math.max(most, sets.reduce((sum, { spec }) => sum + (spec.replicas ?? 0), 0));
    }), client.informer(resources.pods).onEvent(() => {
      const ready = client.informer(resources.pods).list('default').filter((pod) => !pod.metadata.deletionTimestamp && pod.status?.phase === 'Running');
      fewest = Math.min(fewest, ready.length);
    }));
    await client.update(resources.deployments, { ...first, spec: deployment('web', 4, 'b').spec });
    const done = await complete('web', 2);
    assert.equal(done.metadata.annotations?.['deployment.kubernetes.io/revision'], '2');
    assert.deepEqual((await livePods()).map(({ spec }) => spec.containers[0]?.image), ['b', 'b', 'b', 'b']);
    const sizes = (await client.list(resources.replicaSets, { namespace: 'default' })).items.map(({ spec }) => spec.replicas).toSorted();
    assert.deepEqual(sizes, [0, 4]);
    assert.ok(fewest >= 3, `at least 3 ready, saw ${fewest}`);
    assert.ok(most <= 5, `at most 5 asked for, saw ${most}`);
  });

  test('going back to an earlier template reuses its ReplicaSet under a new revision', async () => {
    running.push(startStandInKubelet());
    let current = await client.create(resources.deployments, deployment('web', 1, 'a'));
    await complete('web', 1);
    for (const [i, image] of ['b', 'a'].entries()) {
      current = await stored('web');
      await eventually(async () => client.update(resources.deployments, { ...(await stored('web')), spec: deployment('web', 1, image).spec }).catch(() => undefined));
      await complete('web', i + 2);
    }
    const sets = (await client.list(resources.replicaSets, { namespace: 'default' })).items;
    assert.equal(sets.length, 2);
    const active = sets.find(({ spec }) => spec.replicas === 1)!;
    assert.equal(active.metadata.annotations?.['deployment.kubernetes.io/revision'], '3');
    assert.equal(active.metadata.annotations?.['deployment.kubernetes.io/revision-history'], '1');
    assert.ok(current);
  });

  test('Recreate ends every old pod before a new one starts', async () => {
    running.push(startStandInKubelet());
    await client.create(resources.deployments, deployment('web', 2, 'a', { strategy: { type: 'Recreate' } }));
    const first = await complete('web', 1);
    let mixed = false;
    running.push(client.informer(resources.pods).onEvent(() => {
      mixed ||= new Set(client.informer(resources.pods).list('default').map(({ spec }) => spec.containers[0]?.image)).size > 1;
    }));
    await client.update(resources.deployments, { ...first, spec: { ...deployment('web', 2, 'b').spec, strategy: { type: 'Recreate' } } });
    await complete('web', 2);
    assert.equal(mixed, false);
  });

  test('a paused Deployment scales but does not roll', async () => {
    running.push(startStandInKubelet());
    await client.create(resources.deployments, deployment('web', 1, 'a'));
    const first = await complete('web', 1);
    await client.update(resources.deployments, { ...first, spec: { ...deployment('web', 3, 'b').spec, paused: true } });
    await eventually(async () => (await livePods()).length === 3);
    assert.deepEqual([...new Set((await livePods()).map(({ spec }) => spec.containers[0]?.image))], ['a']);
    await eventually(async () => conditions(await stored('web')).Progressing === 'Unknown DeploymentPaused Deployment is paused');
    await client.patch(resources.deployments, { namespace: 'default', name: 'web' }, { spec: { paused: null } });
    await complete('web', 3);
    assert.deepEqual([...new Set((await livePods()).map(({ spec }) => spec.containers[0]?.image))], ['b']);
  });

  test('old ReplicaSets beyond the history limit go away', async () => {
    running.push(startStandInKubelet());
    await client.create(resources.deployments, deployment('web', 1, 'a', { revisionHistoryLimit: 1 }));
    await complete('web', 1);
    for (const [i, image] of ['b', 'c', 'd'].entries()) {
      await eventually(async () => client.update(resources.deployments, { ...(await stored('web')), spec: deployment('web', 1, image, { revisionHistoryLimit: 1 }).spec }).catch(() => undefined));
      await complete('web', i + 2);
    }
    await eventually(async () => (await client.list(resources.replicaSets, { namespace: 'default' })).items.length === 2);
  });

  test('a ReplicaSet adopts matching pods, releases those relabelled, and replaces them', async () => {
    running.push(startStandInKubelet());
    const { spec } = deployment('web', 2, 'a');
    await client.create(resources.pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'stray', namespace: 'default', labels: { app: 'web' } }, spec: spec.template.spec });
    await eventually(() => client.informer(resources.pods).get({ namespace: 'default', name: 'stray' }));
    await client.create(resources.replicaSets, { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'web', namespace: 'default' }, spec: { replicas: 2, selector: spec.selector, template: spec.template } });
    const stray = () => client.informer(resources.pods).get({ namespace: 'default', name: 'stray' });
    await eventually(() => stray()?.metadata.ownerReferences?.[0]?.name === 'web');
    await eventually(async () => (await livePods()).length === 2);
    await client.patch(resources.pods, { namespace: 'default', name: 'stray' }, { metadata: { labels: { app: 'other' } } });
    await eventually(() => (stray()?.metadata.ownerReferences ?? []).length === 0);
    await eventually(async () => (await livePods()).filter(({ metadata }) => metadata.labels?.app === 'web').length === 2);
  });

  test('deleting in the background, foreground and as orphan treats dependents as asked', async () => {
    running.push(startStandInKubelet());
    const web = { namespace: 'default', name: 'web' };
    await client.create(resources.deployments, deployment('web', 2, 'a'));
    await complete('web', 1);
    await client.delete(resources.deployments, web, { propagationPolicy: 'Background' });
    await eventually(async () => (await client.list(resources.pods, { namespace: 'default' })).items.length === 0);

    await client.create(resources.deployments, deployment('web', 2, 'a'));
    await complete('web', 1);
    let podsAtEnd = -1;
    running.push(client.informer(resources.deployments).onEvent(({ type }) => {
      if (type === 'deleted' && podsAtEnd < 0) podsAtEnd = client.informer(resources.replicaSets).list('default').length;
    }));
    await client.delete(resources.deployments, web, { propagationPolicy: 'Foreground' });
    await eventually(() => podsAtEnd >= 0);
    assert.equal(podsAtEnd, 0);

    await client.create(resources.deployments, deployment('web', 2, 'a'));
    await complete('web', 1);
    await client.delete(resources.deployments, web, { propagationPolicy: 'Orphan' });
    await eventually(() => !client.informer(resources.deployments).get(web));
    const [set] = (await client.list(resources.replicaSets, { namespace: 'default' })).items;
    assert.deepEqual(set?.metadata.ownerReferences ?? [], []);
    assert.equal((await livePods()).length, 2);
  });

  test('a deleted namespace is emptied, then gone', async () => {
    running.push(startStandInKubelet());
    await client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'lab' } });
    await eventually(() => client.informer(resources.serviceAccounts).get({ namespace: 'lab', name: 'default' }));
    const web = deployment('web', 2, 'a');
    await client.create(resources.deployments, { ...web, metadata: { ...web.metadata, namespace: 'lab' } });
    await eventually(() => client.informer(resources.pods).list('lab').filter(({ status }) => status?.phase === 'Running').length === 2);
    await client.delete(resources.namespaces, { name: 'lab' });
    await eventually(() => !client.informer(resources.namespaces).get({ name: 'lab' }));
    for (const ref of [resources.pods, resources.deployments, resources.replicaSets, resources.configMaps]) {
      assert.deepEqual((await client.list<KubeObject>(ref, { namespace: 'lab' })).items, []);
    }
  });

  test('endpoints and slices follow readiness; named ports resolve per pod', async () => {
    let ready = false;
    running.push(startStandInKubelet(() => ready));
    await client.create(resources.services, service('web', { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'web', protocol: 'TCP' }] }));
    const slices = () => client.informer(resources.endpointSlices).list('default').filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === 'web');
    const endpoints = () => client.informer(resources.endpoints).get({ namespace: 'default', name: 'web' });
    const [empty] = await eventually(() => (slices().length === 1 ? slices() : undefined));
    assert.deepEqual([empty!.endpoints, empty!.ports], [[], []]);
    assert.equal(empty!.metadata.labels?.['endpointslice.kubernetes.io/managed-by'], 'endpointslice-controller.k8s.io');
    assert.equal(empty!.metadata.labels?.team, 'a');

    const pod = (name: string, port: number): Pod => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'a', ports: [{ name: 'web', containerPort: port }] }] } });
    await client.create(resources.pods, pod('one', 80));
    await eventually(() => endpoints()?.subsets?.[0]?.notReadyAddresses?.length === 1);
    await eventually(() => slices()[0]?.endpoints[0]?.conditions?.ready === false);
    ready = true;
    await client.create(resources.pods, pod('two', 8080));
    await eventually(() => slices().length === 2);
    const two = await eventually(() => slices().find(({ ports }) => ports?.[0]?.port === 8080));
    assert.deepEqual(two.endpoints[0]?.conditions, { ready: true, serving: true, terminating: false });
    assert.equal(two.endpoints[0]?.targetRef?.name, 'two');
    await eventually(() => endpoints()?.subsets?.length === 2);
    await client.patch(resources.pods, { namespace: 'default', name: 'one' }, { status: { conditions: [{ type: 'Ready', status: 'True' }] } }, 'status');
    await eventually(() => endpoints()?.subsets?.every(({ addresses }) => addresses?.length === 1));
    await client.delete(resources.services, { namespace: 'default', name: 'web' });
    await eventually(() => slices().length === 0 && !endpoints());
  });

  test('Endpoints written by hand for a Service without selector are mirrored into a slice', async () => {
    await client.create(resources.services, service('db', { ports: [{ port: 5432, protocol: 'TCP' }] }));
    await client.create(resources.endpoints, { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'db', namespace: 'default' }, subsets: [{ addresses: [{ ip: '203.0.113.10' }], ports: [{ port: 5432 }] }] });
    const mirror = () => client.informer(resources.endpointSlices).list('default').find(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === 'db');
    const slice = await eventually(mirror);
    assert.deepEqual(slice.endpoints, [{ addresses: ['203.0.113.10'], conditions: { ready: true } }]);
    await client.delete(resources.endpoints, { namespace: 'default', name: 'db' });
    await eventually(() => !mirror());
  });
});
