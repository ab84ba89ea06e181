// A node whose disk is full, and floods of processes in a pod and on the workstation: the engine lives, and all is well once it is cleaned up.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { KubeObject } from '../../server/ports/index.ts';
import { containerOf, isReady, killAll, openFaultyCluster, until } from '../support/faults.ts';
import type { FaultyCluster } from '../support/faults.ts';
import { leftOnNode } from '../support/nodeTraces.ts';

let cluster: FaultyCluster;
let engine: number;
before(async () => {
  cluster = await openFaultyCluster('full');
  engine = await cluster.engine();
});
after(async () => cluster[Symbol.asyncDispose]());

const apply = (name: string) => cluster.kube.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { nodeName: 'worker', terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'patchbay/web' }] } } as KubeObject);

describe('a full disk on a node', () => {
  test('pods wait with their reason, and start once there is room', async () => {
    const running = await cluster.runPod('running');
    await cluster.sh('worker', 'dd if=/dev/zero of=/big bs=1M 2>/dev/null; dd if=/dev/zero of=/rest bs=1k 2>/dev/null; dd if=/dev/zero of=/last bs=1 2>/dev/null; :', 40_000);
    for (const name of ['one', 'two']) await apply(name);
    const events = { apiVersion: 'v1', resource: 'events', namespace: 'default' };
    await until('events tell why', async () => (await cluster.kube.list(events)).items.some((event) => /no space left/i.test((event as KubeObject & { message: string }).message)));
    assert.equal((await cluster.kube.request('GET', '/readyz')).status, 200);
    // Another node does not care, and what ran goes on.
    await cluster.runPod('elsewhere', { node: 'control-plane' });
    assert.equal(containerOf((await cluster.pod('running'))!).containerID, containerOf(running).containerID);
    await cluster.sh('worker', 'rm -f /big /rest /last');
    for (const name of ['one', 'two']) await cluster.podWhen(name, 'Ready', isReady);
    await cluster.removePods('running', 'one', 'two', 'elsewhere');
    assert.deepEqual(await leftOnNode(cluster, 'worker'), {});
    assert.equal(await cluster.engine(), engine);
  });
  test('a pod can be removed while it is full', async () => {
    await cluster.runPod('doomed');
    await cluster.sh('worker', 'dd if=/dev/zero of=/big bs=1M 2>/dev/null; dd if=/dev/zero of=/rest bs=1k 2>/dev/null; :', 40_000);
    await cluster.kube.delete({ apiVersion: 'v1', resource: 'pods', namespace: 'default' }, 'doomed');
    await until('it is gone', async () => (await cluster.pod('doomed')) === undefined);
    await cluster.sh('worker', 'rm -f /big /rest');
    assert.deepEqual(await leftOnNode(cluster, 'worker'), {});
  });
});

describe('a flood of processes', { timeout: 120_000 }, () => {
  /** Whether a machine can start a handful of processes. */
  const hasRoom = async (machine: string) => (await cluster.sh(machine, '(echo a | cat) | (cat | cat) | tr a b', 5_000).catch(() => '')) === 'b';
  // The shell ends when it can start nothing more; another one goes on.
  const bomb = 'f() { (while :; do sleep 1000 & done); f; }; f 2>/dev/null';
  test('in a pod: it can be removed, and the node works as before', async () => {
    await cluster.runPod('bomb', { container: { image: 'patchbay/toolbox', command: ['sh', '-c', bomb] } });
    // The shell of the bomb ends only when it can start nothing more, and the moment in which the node is full may be short.
    const hitTheLimit = async () => {
      const bombed = await cluster.pod('bomb');
      return bombed !== undefined && (containerOf(bombed).restartCount > 0 || containerOf(bombed).state.terminated !== undefined);
    };
    await until('the node is full, or was', async () => (await hitTheLimit()) || !(await hasRoom('worker')), 60_000);
    assert.equal((await cluster.kube.request('GET', '/readyz')).status, 200);
    await cluster.kube.delete({ apiVersion: 'v1', resource: 'pods', namespace: 'default' }, 'bomb', { gracePeriodSeconds: 1 });
    await until('it is gone', async () => (await cluster.pod('bomb')) === undefined, 40_000);
    await until('room again', () => hasRoom('worker'));
    assert.deepEqual(await leftOnNode(cluster, 'worker', 20_000), {});
    await cluster.runPod('after');
    await cluster.removePods('after');
    assert.equal(await cluster.engine(), engine);
  });
  test('on the workstation: the API answers, and all is as before when it is killed', async () => {
    const flood = cluster.handle.run('workstation', ['sh', '-c', 'while :; do sleep 1001 & done'], { timeoutMs: 20_000 });
    await until('the workstation is full', async () => !(await hasRoom('workstation')), 60_000);
    assert.equal((await cluster.kube.request('GET', '/readyz')).status, 200);
    killAll((await cluster.processes()).filter(({ command }) => command.includes('sleep 1001')));
    await flood;
    await until('room again', () => hasRoom('workstation'));
    await cluster.runPod('after');
    await cluster.removePods('after');
    assert.equal(await cluster.engine(), engine);
  });
});
