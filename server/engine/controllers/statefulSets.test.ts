// StatefulSets: names, order, updates by partition, revisions.
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { eventsAbout, startTestCluster, type TestCluster } from '../../../tests/support/controllerCluster.ts';
import { isStatus, resources, type StatefulSet } from '../types/index.ts';
import { eventually } from './testing.ts';

let cluster: TestCluster;
const key = { namespace: 'default', name: 'db' };

function statefulSet(spec: Partial<StatefulSet['spec']> = {}, image = 'a'): StatefulSet {
  return {
    apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db', namespace: 'default' },
    spec: { replicas: 3, serviceName: 'db', selector: { matchLabels: { app: 'db' } }, template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'c', image }] } }, ...spec },
  };
}

const images = () => cluster.pods().map(({ metadata, spec }) => `${metadata.name}=${spec.containers[0]!.image}`);
const stored = () => cluster.client.get(resources.statefulSets, key);
const setImage = async (image: string) => { const set = await stored(); await cluster.client.update(resources.statefulSets, { ...set, spec: { ...set.spec, template: { ...set.spec.template, spec: { containers: [{ name: 'c', image }] } } } }); };

async function settled(replicas: number): Promise<StatefulSet> {
  return eventually(async () => {
    const set = await stored();
    const { status } = set;
    return status?.observedGeneration === set.metadata.generation && status?.readyReplicas === replicas && status.replicas === replicas && status.currentRevision === status.updateRevision ? set : undefined;
  }, `${replicas} ready`);
}

describe('stateful sets', () => {
  afterEach(() => {
    cluster.dispose();
    assert.deepEqual(cluster.warnings, []);
  });

  test('pods come in order, carry their index, go in reverse, and come back under their name', async () => {
    cluster = await startTestCluster();
    await cluster.client.create(resources.statefulSets, statefulSet());
    const set = await settled(3);
    const [first, , last] = cluster.pods();
    assert.deepEqual(cluster.pods().map(({ metadata }) => metadata.name), ['db-0', 'db-1', 'db-2']);
    assert.deepEqual([last!.spec.hostname, last!.spec.subdomain, last!.metadata.labels], ['db-2', 'db', {
      app: 'db', 'statefulset.kubernetes.io/pod-name': 'db-2', 'apps.kubernetes.io/pod-index': '2', 'controller-revision-hash': set.status!.updateRevision!,
    }]);
    assert.deepEqual((await eventsAbout(cluster.client, 'db')), [0, 1, 2].map((n) => `SuccessfulCreate create Pod db-${n} in StatefulSet db successful`));
    await cluster.client.patch(resources.statefulSets, key, { spec: { replicas: 1 } }, 'scale');
    await settled(1);
    assert.deepEqual((await eventsAbout(cluster.client, 'db')).slice(3), [2, 1].map((n) => `SuccessfulDelete delete Pod db-${n} in StatefulSet db successful`));
    await cluster.client.delete(resources.pods, { namespace: 'default', name: 'db-0' });
    await eventually(() => { const [again] = cluster.pods(); return again && again.metadata.uid !== first!.metadata.uid && again.metadata.name === 'db-0'; });
    await settled(1);
  });

  test('an ordered set waits for a pod that is not ready, a parallel one does not', async () => {
    cluster = await startTestCluster(() => false);
    await cluster.client.create(resources.statefulSets, statefulSet());
    await eventually(() => cluster.pods().length === 1);
    await eventually(async () => (await stored()).status?.replicas === 1);
    assert.deepEqual(images(), ['db-0=a']);
    const parallel = statefulSet({ podManagementPolicy: 'Parallel', selector: { matchLabels: { app: 'p' } }, template: { metadata: { labels: { app: 'p' } }, spec: { containers: [{ name: 'c', image: 'a' }] } } });
    await cluster.client.create(resources.statefulSets, { ...parallel, metadata: { ...parallel.metadata, name: 'par' } });
    await eventually(() => cluster.pods().filter(({ metadata }) => metadata.name.startsWith('par-')).length === 3);
  });

  test('an update goes from the last down to the partition; OnDelete waits for deletions; revisions bring a template back', async () => {
    cluster = await startTestCluster();
    await cluster.client.create(resources.statefulSets, statefulSet({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } }));
    await settled(3);
    await setImage('b');
    await eventually(async () => images().join() === 'db-0=a,db-1=a,db-2=b' && (await stored()).status?.updatedReplicas === 1);
    const half = await stored();
    assert.equal(half.status!.currentReplicas, 2);
    assert.notEqual(half.status!.currentRevision, half.status!.updateRevision);
    await cluster.client.delete(resources.pods, { namespace: 'default', name: 'db-0' });
    await eventually(() => images().join() === 'db-0=a,db-1=a,db-2=b');
    await cluster.client.patch(resources.statefulSets, key, { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } });
    await eventually(() => images().join() === 'db-0=b,db-1=b,db-2=b');
    await settled(3);
    const revisions = (await cluster.client.list(resources.controllerRevisions, { namespace: 'default' })).items.toSorted((a, b) => a.revision - b.revision);
    assert.deepEqual(revisions.map(({ revision, data }) => [revision, data?.spec?.template?.spec.containers[0]!.image, data?.spec?.template?.$patch]), [[1, 'a', 'replace'], [2, 'b', 'replace']]);
    await setImage('a');
    await eventually(() => images().join() === 'db-0=a,db-1=a,db-2=a');
    await settled(3);
    const after = (await cluster.client.list(resources.controllerRevisions, { namespace: 'default' })).items;
    assert.deepEqual(after.map(({ metadata, revision }) => [metadata.name === revisions[0]!.metadata.name, revision]).toSorted(), [[false, 2], [true, 3]]);
    await cluster.client.patch(resources.statefulSets, key, { spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: null } } });
    await setImage('c');
    await eventually(async () => (await stored()).status?.observedGeneration === (await stored()).metadata.generation);
    assert.deepEqual(images(), ['db-0=a', 'db-1=a', 'db-2=a']);
    await cluster.client.delete(resources.pods, { namespace: 'default', name: 'db-1' });
    await eventually(() => images().join() === 'db-0=a,db-1=c,db-2=a');
  });

  test('volume claims are refused and the spec is fixed but for what upstream lets change', async () => {
    cluster = await startTestCluster();
    const refused = async (action: Promise<unknown>, pattern: RegExp) => {
      const error = await action.then(() => undefined, (thrown: unknown) => thrown);
      assert.ok(isStatus(error, 'Invalid') && pattern.test(error.message), String(error));
    };
    await refused(cluster.client.create(resources.statefulSets, statefulSet({ volumeClaimTemplates: [{ metadata: { name: 'd' } }] })), /spec\.volumeClaimTemplates: Forbidden: this cluster has no persistent volumes/);
    await cluster.client.create(resources.statefulSets, statefulSet());
    await refused(cluster.client.patch(resources.statefulSets, key, { spec: { serviceName: 'other' } }), /updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template'/);
  });
});
