// DaemonSets: one pod per fitting node, taints, rolling update.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { startTestCluster, type TestCluster } from '../../../tests/support/controllerCluster.ts';
import { resources, type DaemonSet } from '../types/index.ts';
import { eventually } from './testing.ts';

let cluster: TestCluster;
const key = { namespace: 'default', name: 'agent' };

function daemonSet(spec: Partial<DaemonSet['spec']> = {}): DaemonSet {
  return {
    apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'agent', namespace: 'default' },
    spec: { selector: { matchLabels: { app: 'agent' } }, template: { metadata: { labels: { app: 'agent' } }, spec: { containers: [{ name: 'c', image: 'a' }] } }, ...spec },
  };
}

const placed = () => cluster.pods().map(({ spec }) => `${spec.nodeName}=${spec.containers[0]!.image}`).toSorted().join();
const counts = async () => {
  const { status, metadata } = await cluster.client.get(resources.daemonSets, key);
  return status?.observedGeneration === metadata.generation ? [status?.desiredNumberScheduled, status?.currentNumberScheduled, status?.numberReady, status?.updatedNumberScheduled, status?.numberAvailable, status?.numberMisscheduled].map((count) => count ?? 0).join() : '';
};
const setImage = (image: string) => cluster.client.patch(resources.daemonSets, key, { spec: { template: { spec: { containers: [{ name: 'c', image }] } } } });

describe('daemon sets', () => {
  beforeEach(async () => {
    cluster = await startTestCluster();
    for (const name of ['worker', 'worker2']) await cluster.addNode(name);
    await cluster.addNode('control-plane', { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] });
  });
  afterEach(() => {
    cluster.dispose();
    assert.deepEqual(cluster.warnings, []);
  });

  test('every node that tolerates it has one, and gets it back', async () => {
    await cluster.client.create(resources.daemonSets, daemonSet());
    await eventually(() => placed() === 'worker2=a,worker=a');
    await eventually(async () => (await counts()) === '2,2,2,2,2,0');
    const [pod] = cluster.pods();
    assert.deepEqual(pod!.spec.tolerations!.map(({ key: name, effect }) => `${name}:${effect}`).toSorted(), [
      'node.kubernetes.io/disk-pressure:NoSchedule', 'node.kubernetes.io/memory-pressure:NoSchedule', 'node.kubernetes.io/not-ready:NoExecute',
      'node.kubernetes.io/pid-pressure:NoSchedule', 'node.kubernetes.io/unreachable:NoExecute', 'node.kubernetes.io/unschedulable:NoSchedule',
    ]);
    assert.equal(pod!.metadata.labels!['pod-template-generation'], '1');
    await cluster.client.delete(resources.pods, { namespace: 'default', name: pod!.metadata.name });
    await eventually(() => placed() === 'worker2=a,worker=a' && !cluster.pods().some(({ metadata }) => metadata.uid === pod!.metadata.uid));
    await cluster.addNode('worker3');
    await eventually(() => placed() === 'worker2=a,worker3=a,worker=a');
    await cluster.client.patch(resources.nodes, { name: 'worker3' }, { spec: { taints: [{ key: 'gone', effect: 'NoExecute' }] } });
    await eventually(() => placed() === 'worker2=a,worker=a');
    await cluster.client.patch(resources.nodes, { name: 'worker2' }, { spec: { taints: [{ key: 'full', effect: 'NoSchedule' }] } });
    await eventually(async () => (await counts()) === '1,1,1,1,1,1');
  });

  test('a rolling update replaces one at a time; a surge starts the new one first; OnDelete waits', async () => {
    let most = 0;
    const watch = cluster.client.informer(resources.pods).onEvent(() => { most = Math.max(most, cluster.pods().length); });
    await cluster.client.create(resources.daemonSets, daemonSet());
    await eventually(async () => (await counts()) === '2,2,2,2,2,0');
    await setImage('b');
    await eventually(() => placed() === 'worker2=b,worker=b');
    await eventually(async () => (await counts()) === '2,2,2,2,2,0');
    assert.equal(most, 2);
    await cluster.client.patch(resources.daemonSets, key, { spec: { updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } } });
    await setImage('c');
    await eventually(() => placed() === 'worker2=c,worker=c');
    assert.equal(most, 3);
    watch.dispose();
    await cluster.client.patch(resources.daemonSets, key, { spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: null } } });
    await setImage('d');
    await eventually(async () => (await counts()) === '2,2,2,0,2,0');
    await cluster.client.delete(resources.pods, { namespace: 'default', name: cluster.pods().find(({ spec }) => spec.nodeName === 'worker')!.metadata.name });
    await eventually(() => placed() === 'worker2=c,worker=d');
    const revisions = (await cluster.client.list(resources.controllerRevisions, { namespace: 'default' })).items;
    assert.deepEqual(revisions.map(({ revision }) => revision).toSorted(), [1, 2, 3, 4]);
    assert.equal((await cluster.client.get(resources.daemonSets, key)).metadata.annotations?.['deprecated.daemonset.template.generation'], '4');
  });

  test('a failed daemon is replaced', async () => {
    await cluster.client.create(resources.daemonSets, daemonSet());
    await eventually(async () => (await counts()) === '2,2,2,2,2,0');
    const [pod] = cluster.pods();
    await cluster.finish(pod!.metadata.name, 'Failed');
    await eventually(() => placed() === 'worker2=a,worker=a' && !cluster.pods().some(({ metadata }) => metadata.uid === pod!.metadata.uid));
  });
});
