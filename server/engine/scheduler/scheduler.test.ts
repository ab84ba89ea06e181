// The scheduler on an in-memory store: where pods go, and what is said of those that go nowhere.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { silentLogger, type Disposable } from '../../base/index.ts';
import { createClient } from '../client.ts';
import { createWithStatus, eventually } from '../controllers/testing.ts';
import { createRegistry, createStore } from '../registry/index.ts';
import { resources, type Client, type KubeObject, type Node, type Pod, type PodSpec, tolerates } from '../types/index.ts';
import { startScheduler } from './index.ts';
import { quantityValue } from './quantity.ts';

let client: Client;
let scheduler: Disposable;

function node(name: string, extra: Partial<Node['spec']> = {}, labels: Record<string, string> = {}): Node {
  return {
    apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } }, spec: extra,
    status: { conditions: [{ type: 'Ready', status: 'True' }], allocatable: { cpu: '2', memory: '1Gi', pods: '110' } },
  };
}

function pod(name: string, spec: Partial<PodSpec> & Record<string, unknown> = {}, metadata: Partial<Pod['metadata']> = {}): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', ...metadata }, spec: { containers: [{ name: 'c', image: 'a' }], ...spec } };
}

const controlPlaneTaint = { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' };

async function placed(name: string): Promise<string> {
  return eventually(() => client.informer(resources.pods).get({ namespace: 'default', name })?.spec.nodeName, `${name} has a node`);
}

async function refused(name: string): Promise<string> {
  const condition = await eventually(() =>
    client.informer(resources.pods).get({ namespace: 'default', name })?.status?.conditions?.find(({ type }) => type === 'PodScheduled'), `${name} is refused`);
  assert.equal(condition.status, 'False');
  assert.equal(condition.reason, 'Unschedulable');
  return condition.message!;
}

describe('scheduler', () => {
  beforeEach(async () => {
    client = createClient(createRegistry({ storage: createStore() }));
    await client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
    scheduler = startScheduler({ client, logger: silentLogger });
    await createWithStatus(client, resources.nodes, node('control-plane', { taints: [controlPlaneTaint] }));
    await createWithStatus(client, resources.nodes, node('worker', {}, { disk: 'ssd' }));
    await createWithStatus(client, resources.nodes, node('worker2'));
    await eventually(() => client.informer(resources.nodes).list().length === 3);
  });
  afterEach(() => scheduler.dispose());

  test('pods of one ReplicaSet are spread over the workers', async () => {
    const owner = { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'r', controller: true }] };
    for (let i = 0; i < 6; i += 1) await client.create(resources.pods, pod(`p${i}`, {}, owner));
    const where = await Promise.all([0, 1, 2, 3, 4, 5].map((i) => placed(`p${i}`)));
    assert.equal(where.filter((name) => name === 'worker').length, 3);
    assert.equal(where.filter((name) => name === 'worker2').length, 3);
  });

  test('a toleration opens the control-plane; a node selector chooses', async () => {
    await client.create(resources.pods, pod('tolerant', { nodeSelector: { 'kubernetes.io/hostname': 'control-plane' }, tolerations: [{ key: controlPlaneTaint.key, operator: 'Exists' }] }));
    assert.equal(await placed('tolerant'), 'control-plane');
    await client.create(resources.pods, pod('ssd', { nodeSelector: { disk: 'ssd' } }));
    assert.equal(await placed('ssd'), 'worker');
  });

  test('a pod that fits nowhere is told why in upstream\'s words, and goes when a node changes', async () => {
    await client.create(resources.pods, pod('picky', { nodeSelector: { disk: 'tape' } }));
    assert.equal(await refused('picky'), "0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, "
      + "2 node(s) didn't match Pod's node affinity/selector. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.");
    const event = await eventually(() => (client.informer(resources.events).list() as (KubeObject & { reason: string })[]).find(({ reason }) => reason === 'FailedScheduling'));
    assert.ok(event);
    await client.patch(resources.nodes, { name: 'worker2' }, { metadata: { labels: { disk: 'tape' } } });
    assert.equal(await placed('picky'), 'worker2');
  });

  test('requests are kept within what nodes have, and a departing pod makes room', async () => {
    const big = { containers: [{ name: 'c', image: 'a', resources: { requests: { cpu: '1500m', memory: '64Mi' } } }] };
    await client.create(resources.pods, pod('a', big));
    await client.create(resources.pods, pod('b', big));
    await Promise.all([placed('a'), placed('b')]);
    await client.create(resources.pods, pod('c', big));
    assert.match(await refused('c'), /2 Insufficient cpu\. preemption: 0\/3 nodes are available: 1 Preemption is not helpful for scheduling, 2 No preemption victims found for incoming pod\.$/);
    await client.delete(resources.pods, { namespace: 'default', name: 'a' }, { gracePeriodSeconds: 0 });
    await placed('c');
  });

  test('nodes that are cordoned or not ready take nothing', async () => {
    await client.patch(resources.nodes, { name: 'worker' }, { spec: { unschedulable: true } });
    await client.patch(resources.nodes, { name: 'worker2' }, { status: { conditions: [{ type: 'Ready', status: 'False' }] } }, 'status');
    await eventually(() => client.informer(resources.nodes).get({ name: 'worker2' })?.status?.conditions?.[0]?.status === 'False');
    await client.create(resources.pods, pod('late'));
    assert.match(await refused('late'), /1 node\(s\) had untolerated taint \{node\.kubernetes\.io\/not-ready: \}, 1 node\(s\) were unschedulable/);
    await client.patch(resources.nodes, { name: 'worker' }, { spec: { unschedulable: null } });
    assert.equal(await placed('late'), 'worker');
  });

  test('required affinity and anti-affinity between pods hold', async () => {
    const term = (app: string) => [{ labelSelector: { matchLabels: { app } }, topologyKey: 'kubernetes.io/hostname' }];
    const apart = { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: term('db') } } };
    await client.create(resources.pods, pod('db1', apart, { labels: { app: 'db' } }));
    await client.create(resources.pods, pod('db2', apart, { labels: { app: 'db' } }));
    const homes = [await placed('db1'), await placed('db2')];
    assert.deepEqual(homes.toSorted(), ['worker', 'worker2']);
    await client.create(resources.pods, pod('db3', apart, { labels: { app: 'db' } }));
    assert.match(await refused('db3'), /2 node\(s\) didn't match pod anti-affinity rules/);
    await client.create(resources.pods, pod('web', { nodeSelector: { disk: 'ssd' }, affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: term('db') } } }));
    assert.equal(await placed('web'), 'worker');
  });

  test('preferred node affinity decides among equals; a host port is given once per node', async () => {
    const preferred = { affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference: { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] } }] } } };
    await client.create(resources.pods, pod('likes-ssd', preferred));
    assert.equal(await placed('likes-ssd'), 'worker');
    const ports = { containers: [{ name: 'c', image: 'a', ports: [{ containerPort: 80, hostPort: 8080 }] }] };
    for (const name of ['h1', 'h2', 'h3']) await client.create(resources.pods, pod(name, ports));
    await Promise.all([placed('h1'), placed('h2')]);
    assert.match(await refused('h3'), /2 node\(s\) didn't have free ports for the requested pod ports/);
  });

  test('pods of another scheduler and gated pods are left alone', async () => {
    await client.create(resources.pods, pod('other', { schedulerName: 'mine' }));
    await client.create(resources.pods, pod('gated', { schedulingGates: [{ name: 'wait' }] }));
    await eventually(() => client.informer(resources.pods).get({ namespace: 'default', name: 'gated' })?.status?.conditions?.[0]?.reason === 'SchedulingGated');
    assert.equal(client.informer(resources.pods).get({ namespace: 'default', name: 'other' })?.spec.nodeName, undefined);
  });
});

test('tolerations match by key, operator, value and effect', () => {
  const taint = { key: 'k', value: 'v', effect: 'NoSchedule' };
  assert.equal(tolerates([{ key: 'k', value: 'v' }], taint), true);
  assert.equal(tolerates([{ key: 'k', value: 'x' }], taint), false);
  assert.equal(tolerates([{ operator: 'Exists' }], taint), true);
  assert.equal(tolerates([{ key: 'k', operator: 'Exists', effect: 'NoExecute' }], taint), false);
  assert.equal(tolerates(undefined, taint), false);
});

test('quantities are numbers', () => {
  assert.equal(quantityValue('250m'), 0.25);
  assert.equal(quantityValue('64Mi'), 64 * 1024 * 1024);
  assert.equal(quantityValue('1e3'), 1000);
  assert.equal(quantityValue('rubbish'), 0);
});
