// One part of a live cluster is killed at a time: the engine, a monitor, a runtime in the middle of a start, a pause process, a container.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { KubeObject, WatchEvent } from '../../server/ports/index.ts';
import { containerOf, isReady, killAll, openFaultyCluster, pods, until } from '../support/faults.ts';
import type { FaultyCluster, PodObject } from '../support/faults.ts';
import { leftOnNode } from '../support/nodeTraces.ts';

let cluster: FaultyCluster;
before(async () => { cluster = await openFaultyCluster('faulty'); });
after(async () => cluster[Symbol.asyncDispose]());

const configMaps = { apiVersion: 'v1', resource: 'configmaps', namespace: 'default' };
const identity = (pod: PodObject) => [pod.metadata.uid, pod.status?.podIP, containerOf(pod).containerID, containerOf(pod).restartCount];

async function killEngine(): Promise<number> {
  const before = await cluster.engine();
  process.kill(before, 'SIGKILL');
  await until('another engine', async () => (await cluster.engine()) !== before);
  return cluster.answering();
}

describe('SIGKILL of the engine', () => {
  test('pods run on as they were, and what was acknowledged is there', async () => {
    const first = await cluster.runPod('kept');
    const second = await cluster.runPod('kept-too', { node: 'control-plane', container: { readinessProbe: { httpGet: { port: 80 }, periodSeconds: 1 } } });
    const acknowledged: string[] = [];
    let writing = true;
    const writers = [0, 1, 2, 3].map(async (writer) => {
      for (let at = 0; writing; at++) {
        const name = `w${writer}-${at}`;
        const answer = await cluster.kube.request('POST', '/api/v1/namespaces/default/configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels: { written: 'yes' } }, data: { at: String(at) } }).catch(() => undefined);
        if (answer === undefined) return; // cut off: never acknowledged
        assert.equal(answer.status, 201);
        acknowledged.push(name);
      }
    });
    await until('writes in flight', () => acknowledged.length > 40);
    const ms = await killEngine();
    writing = false;
    await Promise.all(writers);
    console.log(`    the API answered ${ms} ms after the new engine was there; ${acknowledged.length} writes were acknowledged`);
    const { items } = await cluster.kube.list(configMaps, { labelSelector: 'written=yes' });
    const there = new Set(items.map(({ metadata }) => metadata.name));
    assert.deepEqual(acknowledged.filter((name) => !there.has(name)), []);
    for (const pod of [first, second]) {
      await cluster.podWhen(pod.metadata.name, 'Ready', isReady);
      assert.deepEqual(identity((await cluster.pod(pod.metadata.name))!), identity(pod));
    }
  });

  test('what was killed meanwhile is seen, and the pods can be worked with', async () => {
    const pod = await cluster.runPod('seen');
    process.kill(await cluster.engine(), 'SIGKILL');
    killAll((await cluster.processes()).filter(({ command }) => command.startsWith('nginx: master')));
    await until('another engine', () => cluster.answering());
    const again = await cluster.podWhen('seen', 'restarted', (now) => isReady(now) && containerOf(now).restartCount === 1);
    assert.equal(again.status!.podIP, pod.status!.podIP);
    assert.equal(await cluster.sh('workstation', 'kubectl exec seen -- cat /proc/1/comm'), 'nginx');
    await cluster.removePods('seen');
  });

  test('a watch goes on from where it broke off', async () => {
    const { resourceVersion } = await cluster.kube.list(configMaps);
    const seen: string[] = [];
    const stop = new AbortController();
    let from = resourceVersion;
    let breaks = 0;
    const follow = async () => {
      while (!stop.signal.aborted) {
        try {
          for await (const event of cluster.kube.watch(configMaps, { resourceVersion: from, signal: stop.signal }) as AsyncIterable<WatchEvent>) {
            if (event.type === 'ERROR') throw new Error(JSON.stringify(event.object));
            from = event.object.metadata.resourceVersion!;
            if (event.type === 'ADDED') seen.push(event.object.metadata.name);
          }
          breaks += 1;
        } catch (error) {
          if (!/does not answer|broke off/.test(String(error))) throw error;
          breaks += 1;
        }
      }
    };
    const following = follow().catch((error: unknown) => { if (!stop.signal.aborted) throw error; });
    const add = (name: string) => cluster.kube.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } } as KubeObject);
    await add('before');
    await until('the first event', () => seen.includes('before'));
    await killEngine();
    await add('behind');
    await until('the second event', () => seen.includes('behind'));
    stop.abort();
    await following;
    assert.ok(breaks > 0);
    assert.deepEqual(seen, ['before', 'behind']);
  });

  test('shells and their machines do not notice; commands in containers end with it', async () => {
    await cluster.sh('worker', 'sleep 4321 >/dev/null 2>&1 & echo kept >/run/kept');
    await cluster.runPod('execed');
    const exec = cluster.handle.run('workstation', ['kubectl', 'exec', 'execed', '--', 'sleep', '1234'], { timeoutMs: 30_000 });
    await until('the command', async () => (await cluster.processes()).some(({ command }) => command === 'sleep 1234'));
    await cluster.sh('workstation', 'mkfifo /run/go');
    const shell = cluster.sh('workstation', 'read go </run/go; echo went');
    await killEngine();
    assert.notEqual((await exec).code, 0);
    assert.equal(await cluster.sh('worker', 'cat /run/kept; pkill -xf "sleep 4321" && echo ended'), 'kept\nended');
    await cluster.sh('workstation', 'echo >/run/go');
    assert.equal(await shell, 'went');
    await until('no command is left', async () => !(await cluster.processes()).some(({ command }) => command === 'sleep 1234'));
    assert.equal(await cluster.sh('worker', 'ls /run/pods/execs'), '');
    await cluster.removePods('execed');
  });

  test('in the middle of pod starts: all come up, and nothing is left of what was cut off', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `half-${index}`);
    for (const name of names) {
      await cluster.kube.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { nodeName: 'worker', terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: 'patchbay/web' }] } } as KubeObject);
    }
    await until('a start', async () => (await cluster.processes()).some(({ command }) => /start-container|run-sandbox|crun|conmon/.test(command)));
    await killEngine();
    for (const name of names) {
      const pod = await cluster.podWhen(name, 'Ready', isReady);
      assert.equal(containerOf(pod).restartCount, 0, name);
    }
    await cluster.removePods(...names, 'kept', 'kept-too');
    assert.deepEqual(await leftOnNode(cluster, 'worker'), {});
  });
});

describe('one process of a pod', () => {
  // What a failed test left must not fail the next one.
  beforeEach(async () => cluster.removePods(...(await cluster.kube.list(pods)).items.map(({ metadata }) => metadata.name)));

  // A Ready pod's process may still be the shell that becomes it.
  const killed = (what: RegExp) => until(`a process ${what}`, async () => killAll((await cluster.processes()).filter(({ command }) => what.test(command))) > 0);

  test('its monitor: the container is ended and started again', async () => {
    const pod = await cluster.runPod('monitored');
    await killed(/^conmon /);
    const again = await cluster.podWhen('monitored', 'restarted', (now) => isReady(now) && containerOf(now).restartCount === 1);
    assert.equal(again.status!.podIP, pod.status!.podIP);
    assert.deepEqual(containerOf(again).lastState.terminated?.exitCode, 137);
    await until('one server', async () => (await cluster.processes()).filter(({ command }) => command.startsWith('nginx: master')).length === 1);
    await cluster.removePods('monitored');
    assert.deepEqual(await leftOnNode(cluster, 'worker'), {});
  });

  test('its monitor while the engine is away', async () => {
    await cluster.runPod('monitored');
    process.kill(await cluster.engine(), 'SIGKILL');
    await killed(/^conmon /);
    await until('another engine', () => cluster.answering());
    await cluster.podWhen('monitored', 'restarted', (now) => isReady(now) && containerOf(now).restartCount === 1);
    await cluster.removePods('monitored');
    assert.deepEqual(await leftOnNode(cluster, 'worker'), {});
  });

  test('its pause process: a new sandbox, the pod goes on', async () => {
    const pod = await cluster.runPod('paused');
    await killed(/^\/run\/pods\/pause/);
    const again = await cluster.podWhen('paused', 'restarted', (now) => isReady(now) && containerOf(now).restartCount === 1);
    assert.notEqual(containerOf(again).containerID, containerOf(pod).containerID);
    await cluster.removePods('paused');
    assert.deepEqual(await leftOnNode(cluster, 'worker'), {});
  });

  test('its container: restarted with what killed it', async () => {
    await cluster.runPod('hit');
    await killed(/^nginx: master/);
    const again = await cluster.podWhen('hit', 'restarted', (now) => isReady(now) && containerOf(now).restartCount === 1);
    assert.deepEqual(containerOf(again).lastState.terminated?.exitCode, 137);
    await cluster.removePods('hit');
  });

  for (const [title, what] of [['crun', /^crun /], ['conmon', /^(\/usr\/bin\/)?conmon /], ['the start scripts', /^sh -c .*(start-container|run-sandbox)/s], ['network plugins', /\/(bridge|loopback|host-local)$/]] as const) {
    test(`${title} in the middle of starts: pods come up, nothing is left`, async () => {
      const names = Array.from({ length: 6 }, (_, index) => `cut-${index}`);
      for (const name of names) {
        await cluster.kube.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { nodeName: 'worker', terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'patchbay/web' }] } } as KubeObject);
      }
      let hits = 0;
      await until('a hit', async () => {
        hits += killAll((await cluster.processes()).filter(({ command }) => what.test(command)));
        return hits > 2 || (await Promise.all(names.map((name) => cluster.pod(name)))).every(isReady);
      });
      console.log(`    ${hits} were hit`);
      for (const name of names) await cluster.podWhen(name, 'Ready', isReady);
      await cluster.removePods(...names);
      assert.deepEqual(await leftOnNode(cluster, 'worker'), {});
    });
  }
});
