// Nodes that are cordoned, tainted or lost, and what becomes of their pods.
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { startTestCluster, eventsAbout, type TestCluster } from '../../../tests/support/controllerCluster.ts';
import { ManualClock } from '../registry/testing.ts';
import { resources, type Pod, type PodSpec } from '../types/index.ts';
import { staysFor } from './taintEviction.ts';
import { eventually } from './testing.ts';

let cluster: TestCluster;
let clock: ManualClock;

const podNamed = (name: string, tolerations?: PodSpec['tolerations']): Pod => ({
  apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec: { containers: [{ name: 'c', image: 'a' }], ...(tolerations ? { tolerations } : {}) },
});
const taints = () => (cluster.client.informer(resources.nodes).get({ name: 'worker' })?.spec.taints ?? []).map(({ key, effect }) => `${key.split('/').at(-1)}:${effect}`).toSorted().join();
const names = () => cluster.pods().map(({ metadata }) => metadata.name).join();
const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

async function begin(): Promise<void> {
  clock = new ManualClock();
  cluster = await startTestCluster(() => true, clock);
  await cluster.addNode('worker');
}

describe('nodes', () => {
  afterEach(() => {
    cluster.dispose();
    assert.deepEqual(cluster.warnings, []);
  });

  test('a cordon is a taint, and goes with it', async () => {
    await begin();
    await cluster.client.patch(resources.nodes, { name: 'worker' }, { spec: { unschedulable: true, taints: [{ key: 'mine', effect: 'NoSchedule' }] } });
    await eventually(() => taints() === 'mine:NoSchedule,unschedulable:NoSchedule');
    await cluster.client.patch(resources.nodes, { name: 'worker' }, { spec: { unschedulable: null } });
    await eventually(() => taints() === 'mine:NoSchedule');
  });

  test('NoExecute moves pods at once, after their toleration, or never; a taint that goes calls it off', async () => {
    await begin();
    await cluster.client.create(resources.pods, podNamed('none'));
    await cluster.client.create(resources.pods, podNamed('some', [{ key: 'bad', operator: 'Exists', tolerationSeconds: 60 }]));
    await cluster.client.create(resources.pods, podNamed('stays', [{ operator: 'Exists' }]));
    await eventually(() => cluster.pods().filter(({ status }) => status?.phase === 'Running').length === 3);
    const taint = (list: object[] | null) => cluster.client.patch(resources.nodes, { name: 'worker' }, { spec: { taints: list } });
    await taint([{ key: 'bad', effect: 'NoExecute' }]);
    await eventually(() => names() === 'some,stays');
    assert.deepEqual((await eventsAbout(cluster.client, 'none')), ['TaintManagerEviction Marking for deletion Pod default/none']);
    clock.advance(59_000);
    await turn();
    await taint(null);
    await eventually(async () => (await eventsAbout(cluster.client, 'some')).includes('TaintManagerEviction Cancelling deletion of Pod default/some'));
    clock.advance(60_000);
    await turn();
    assert.equal(names(), 'some,stays');
    await taint([{ key: 'bad', effect: 'NoExecute' }]);
    await turn();
    await turn();
    clock.advance(61_000);
    await eventually(() => names() === 'stays');
  });

  test('how long a pod stays is its shortest toleration', () => {
    const bad = { key: 'bad', effect: 'NoExecute' }, worse = { key: 'worse', effect: 'NoExecute' };
    const pod = podNamed('p', [{ key: 'bad', operator: 'Exists', tolerationSeconds: 60 }, { key: 'worse', operator: 'Exists', tolerationSeconds: 5 }]);
    assert.deepEqual([staysFor(pod, [bad]), staysFor(pod, [bad, worse]), staysFor(podNamed('q'), [bad]), staysFor(podNamed('r', [{ operator: 'Exists' }]), [bad])], [60_000, 5_000, 0, undefined]);
  });

  test('a silent node becomes unreachable, its pods unready and, after five minutes, gone; a heartbeat heals it', async () => {
    await begin();
    await cluster.client.create(resources.pods, podNamed('p'));
    await eventually(() => cluster.pods()[0]?.status?.phase === 'Running');
    clock.advance(51_000);
    await turn();
    assert.equal(taints(), '');
    clock.advance(10_000);
    await eventually(() => taints() === 'unreachable:NoExecute,unreachable:NoSchedule');
    await eventually(() => cluster.pods()[0]?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'False'));
    const node = await cluster.client.get(resources.nodes, { name: 'worker' });
    assert.deepEqual(node.status!.conditions!.find(({ type }) => type === 'Ready')!.message, 'Kubelet stopped posting node status.');
    await turn();
    await turn();
    clock.advance(299_000);
    await turn();
    assert.equal(names(), 'p');
    clock.advance(2_000);
    await eventually(() => names() === '');
    const time = new Date(clock.now()).toISOString();
    await cluster.client.patch(resources.nodes, { name: 'worker' }, { status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: time }] } }, 'status');
    await eventually(() => taints() === '');
  });
});
