// The sandboxes of a node, how the history learns of them, and what a pod's past proves.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from '../base/index.ts';
import type { CheckContext, PodHistoryEntry } from '../ports/index.ts';
import { createFakeCluster, fakePod } from './fakeCluster.ts';
import { createPodHistory } from './history.ts';
import { lifeOf, lifeShortfall, restartedInPlace } from './lives.ts';
import { parseSandboxes, sandboxMachine } from './sandboxes.ts';

/** What the node prints for one pause process. */
const paused = (inode: number, started: number, address: string) => `sandbox net:[${inode}] 76 (pause) S 1 76 76 0 -1 4194560 100 0 0 0 0 0 0 0 20 0 1 0 ${started} 2000 100
Main:
  +-- 10.244.1.0/30 2 0 2
     |-- ${address}
        /32 host LOCAL
     |-- 10.244.1.255
        /32 link BROADCAST
  +-- 127.0.0.0/31 1 0 0
     |-- 127.0.0.1
        /32 host LOCAL
`;

test('a sandbox is its namespace and when its process began', () => {
  const found = parseSandboxes(paused(4026533251, 411773, '10.244.1.3') + paused(4026533252, 411999, '10.244.1.4'));
  assert.deepEqual([...found], [['10.244.1.3', '4026533251@411773'], ['10.244.1.4', '4026533252@411999']]);
  assert.deepEqual([...parseSandboxes('')], []);
});

test('a pod of the host\'s network has no sandbox of its own', () => {
  const cluster = createFakeCluster();
  const pod = fakePod('a');
  assert.equal(sandboxMachine(cluster, pod), 'worker');
  Object.assign(pod['spec'] as object, { nodeName: 'kind-worker2' });
  Object.assign(pod['status'] as object, { hostIP: '172.18.0.4' });
  assert.equal(sandboxMachine(cluster, pod), 'worker2', 'where nodes have other names, the address tells');
  Object.assign(pod['spec'] as object, { hostNetwork: true });
  assert.equal(sandboxMachine(cluster, pod), undefined);
});

describe('the history', () => {
  const immediate = { now: () => Date.now(), after: (_: number, callback: () => void) => { setImmediate(callback); return { dispose() {} }; } };
  const until = async (holds: () => boolean) => {
    for (let turn = 0; !holds(); turn += 1) {
      assert.ok(turn < 2000, 'it never came true');
      await new Promise((resolve) => { setImmediate(resolve); });
    }
  };

  test('fills in the sandbox after each change, with one look for pods that change together', async () => {
    let printed = paused(1, 10, '10.244.1.2') + paused(2, 20, '10.244.1.3');
    const cluster = createFakeCluster({ run: () => ({ code: 0, stdout: printed }) });
    cluster.put(fakePod('a', { uid: 'a', ip: '10.244.1.2' }));
    cluster.put(fakePod('b', { uid: 'b', ip: '10.244.1.3' }));
    const history = createPodHistory(cluster, 'lab-09', immediate);
    const of = (name: string) => history.entries({ name }).map((entry) => entry.sandboxId);
    await until(() => of('a')[0] !== undefined && of('b')[0] !== undefined);
    assert.equal(cluster.ran.length, 1);
    printed = paused(1, 30, '10.244.1.9');
    cluster.put(fakePod('a', { uid: 'a', ip: '10.244.1.9' }));
    await until(() => of('a')[1] !== undefined);
    assert.deepEqual([of('a'), of('b')], [['1@10', '1@30'], ['2@20']]);
    history.dispose();
  });

  test('asks a node again that did not answer', async () => {
    let asked = 0;
    const cluster = createFakeCluster({ run: () => ((asked += 1) === 1 ? { code: 1, stderr: 'busy' } : { code: 0, stdout: paused(1, 10, '10.244.1.2') }) });
    cluster.put(fakePod('a', { uid: 'a' }));
    const history = createPodHistory(cluster, 'lab-09', immediate);
    await until(() => history.entries()[0]?.sandboxId === '1@10');
    history.dispose();
  });
});

describe('a pod\'s past', () => {
  const entry = (podIP: string, restarts: number, sandboxId?: string) => ({ podIP, restarts: { web: restarts }, ...(sandboxId === undefined ? {} : { sandboxId }) });

  test('a restart in place keeps address and sandbox', () => {
    assert.deepEqual(restartedInPlace([entry('a', 0), entry('a', 1)], { web: 1 }), ['web']);
    assert.deepEqual(restartedInPlace([entry('a', 0), entry('b', 1)], { web: 1 }), []);
    assert.deepEqual(restartedInPlace([entry('a', 0, '1'), entry('a', 1, '2')], { web: 1 }), []);
    assert.deepEqual(restartedInPlace([entry('a', 0), entry('a', 9), entry('a', 0)], { web: 0 }), [], 'a count that was written in by hand does not last');
    assert.deepEqual(restartedInPlace([entry('a', 3)], { web: 3 }), [], 'what was before the lab does not count');
  });

  const contextOf = (printed: string, entries: Partial<PodHistoryEntry>[]) => ({
    cluster: createFakeCluster({ run: () => ({ code: 0, stdout: printed }) }), namespace: 'lab-09', clock: systemClock, signal: new AbortController().signal,
    history: { since: 0, entries: () => entries.map((one): PodHistoryEntry => ({ at: 1, namespace: 'lab-09', name: 'a', uid: 'a', restarts: {}, deleted: false, labels: {}, ...one })) },
  } satisfies CheckContext);
  const wanted = { sandboxChanged: true, addressChanged: true } as const;

  test('a new sandbox is seen at once, before the history knows of it', async () => {
    const life = await lifeOf(fakePod('a', { uid: 'a', ip: '10.244.1.9' }), contextOf(paused(1, 30, '10.244.1.9'), [{ podIP: '10.244.1.2', sandboxId: '1@10' }, { podIP: '10.244.1.9' }]));
    assert.deepEqual(life.sandboxes, [{ id: '1@10', ip: '10.244.1.2' }, { id: '1@30', ip: '10.244.1.9' }]);
    assert.equal(lifeShortfall(wanted, 'a', life), undefined);
  });

  test('an address alone is no new sandbox, and another pod\'s past is not this one\'s', async () => {
    const written = await lifeOf(fakePod('a', { uid: 'a', ip: '10.244.1.200' }), contextOf(paused(1, 10, '10.244.1.2'), [{ podIP: '10.244.1.2', sandboxId: '1@10' }]));
    assert.match(lifeShortfall(wanted, 'a', written)!.finding, /still lives in the sandbox/);
    const other = await lifeOf(fakePod('a', { uid: 'new', ip: '10.244.1.9' }), contextOf(paused(2, 30, '10.244.1.9'), [{ podIP: '10.244.1.2', sandboxId: '1@10' }]));
    assert.equal(lifeShortfall(wanted, 'a', other)!.settling, true);
  });
});
