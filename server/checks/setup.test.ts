// Opening a lab, starting over, and the history of its pods.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from '../base/index.ts';
import { LabId } from '../contract/index.ts';
import type { Lab } from '../labs/index.ts';
import type { PodHistoryEntry } from '../ports/index.ts';
import { createFakeCluster, fakePod } from './fakeCluster.ts';
import type { FakeCluster } from './fakeCluster.ts';
import { createPodHistory } from './history.ts';
import { ensureSetup, startOver } from './setup.ts';

const lab: Lab = {
  id: LabId.parse('one'), workshopId: 'w', number: 9, title: 'A lab', summary: '', minutes: 10, objectives: [], needs: {}, namespace: 'lab-09', folder: '/x', intro: [], checks: [], quizzes: [], points: 0, solutions: [], mistakes: [],
  steps: [{ id: 's', title: 'S', blocks: [{ type: 'file', id: 'file-web-yaml', path: 'web.yaml', language: 'yaml', code: 'a: 1\n' }] }],
  setup: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'planted' } }, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'neighbour' } }, { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: 'mine' } }],
};
const options = { signal: AbortSignal.timeout(10_000) };
const namesOf = async (cluster: FakeCluster, resource: string, apiVersion = 'v1') => (await cluster.kube.list({ apiVersion, resource })).items.map((one) => one.metadata.name);

describe('setup', () => {
  test('makes the namespace, then its objects, and points kubectl at it; twice is as once', async () => {
    const cluster = createFakeCluster();
    await ensureSetup(lab, cluster, options);
    await ensureSetup(lab, cluster, options);
    assert.deepEqual(await namesOf(cluster, 'namespaces'), ['lab-09', 'neighbour']);
    assert.equal((await cluster.kube.get({ apiVersion: 'v1', resource: 'configmaps', namespace: 'lab-09' }, 'planted'))?.metadata.namespace, 'lab-09');
    assert.ok(cluster.ran.some(({ machine, argv }) => machine === 'workstation' && argv.includes('lab-09') && argv.join(' ').includes('set-context')));
  });

  test('start over removes what students and setup made, also outside the namespace, and the saved files', async () => {
    const cluster = createFakeCluster();
    await ensureSetup(lab, cluster, options);
    cluster.put(fakePod('of-the-student'));
    const before = (await cluster.kube.get({ apiVersion: 'networking.k8s.io/v1', resource: 'ingressclasses' }, 'mine'))!.metadata.uid;
    await startOver(lab, cluster, options);
    assert.deepEqual(await namesOf(cluster, 'pods'), []);
    assert.deepEqual(await namesOf(cluster, 'configmaps'), ['planted']);
    assert.notEqual((await cluster.kube.get({ apiVersion: 'networking.k8s.io/v1', resource: 'ingressclasses' }, 'mine'))!.metadata.uid, before);
    assert.ok(cluster.ran.some(({ argv }) => argv.join(' ').includes('rm -f') && argv.at(-1) === 'web.yaml'));
  });

  test('a cluster that refuses is an error with the lab\'s name', async () => {
    const cluster = createFakeCluster({ run: () => ({ code: 1, stderr: 'disk full' }) });
    await assert.rejects(ensureSetup(lab, cluster, options), { code: 'setup-failed', message: /A lab.*disk full/ });
  });
});

describe('history', () => {
  const eventually = async (holds: () => boolean) => {
    for (let turn = 0; !holds(); turn += 1) {
      assert.ok(turn < 2000, 'it never came true');
      await new Promise((resolve) => { setImmediate(resolve); });
    }
  };

  test('logs changes that matter, keeps addresses of deleted pods, and survives the end of a watch', async () => {
    const immediate = { now: () => Date.now(), after: (_: number, callback: () => void) => { setImmediate(callback); return { dispose() {} }; } };
    const cluster = createFakeCluster();
    cluster.put(fakePod('web', { uid: 'one', ip: '10.244.1.2' }));
    const history = createPodHistory(cluster, 'lab-09', immediate);
    await history.ready;
    assert.equal(history.entries().length, 1);
    await eventually(() => { cluster.put(fakePod('web', { uid: 'one', ip: '10.244.1.3' })); return history.entries().length === 2; });
    cluster.put(fakePod('web', { uid: 'one', ip: '10.244.1.3' }));
    cluster.take('Pod', 'web', 'lab-09');
    await eventually(() => history.entries().some((entry) => entry.deleted));
    assert.deepEqual(history.entries({ name: 'web' }).map(({ podIP, deleted }) => [podIP, deleted]), [['10.244.1.2', false], ['10.244.1.3', false], ['10.244.1.3', true]]);
    cluster.put(fakePod('late', { uid: 'two' }));
    await eventually(() => history.entries({ name: 'late' }).length === 1);
    cluster.dropWatches();
    cluster.take('Pod', 'late', 'lab-09');
    await eventually(() => history.entries({ name: 'late' }).some((entry) => entry.deleted));
    history.dispose();
    cluster.put(fakePod('after', { uid: 'three' }));
    assert.deepEqual(history.entries({ name: 'after' }), []);
  });

  test('goes on after what an earlier history recorded, and notices what went in between', async () => {
    const recorded: PodHistoryEntry[] = [];
    const record = (entries: readonly PodHistoryEntry[]) => { recorded.push(...entries); };
    const cluster = createFakeCluster();
    cluster.put(fakePod('web', { uid: 'one', ip: '10.244.1.2' }));
    const first = createPodHistory(cluster, 'lab-09', systemClock, { since: 5, record });
    await first.ready;
    first.dispose();
    assert.deepEqual(recorded.map(({ uid, deleted }) => [uid, deleted]), [['one', false]]);
    cluster.take('Pod', 'web', 'lab-09');
    cluster.put(fakePod('web', { uid: 'two', ip: '10.244.1.3' }));
    const learned = { ...recorded[0]!, sandboxId: 'abc' };
    const second = createPodHistory(cluster, 'lab-09', systemClock, { since: 5, entries: [...recorded, learned], record });
    await second.ready;
    const expected = [['one', '10.244.1.2', 'abc', false], ['one', '10.244.1.2', 'abc', true], ['two', '10.244.1.3', undefined, false]];
    assert.deepEqual(second.entries().map(({ uid, podIP, sandboxId, deleted }) => [uid, podIP, sandboxId, deleted]), expected);
    second.dispose();
    assert.deepEqual(recorded.map(({ uid, deleted }) => [uid, deleted]), [['one', false], ['one', true], ['two', false]], 'nothing is recorded twice');
  });

  test('is bounded', async () => {
    const cluster = createFakeCluster();
    for (let index = 0; index < 2100; index += 1) cluster.put(fakePod(`p${index}`, { uid: `u${index}` }));
    const history = createPodHistory(cluster, 'lab-09', systemClock);
    await history.ready;
    assert.equal(history.entries().length, 2000);
    assert.equal(history.entries().at(-1)?.name, 'p2099');
    history.dispose();
  });
});
