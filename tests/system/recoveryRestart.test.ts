// The whole sandbox ends, or one machine of it, or the journal is torn: what comes back is every object that was acknowledged.
import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { silentLogger, systemClock } from '../../server/base/index.ts';
import { createClusters } from '../../server/clusters/service.ts';
import type { KubeObject } from '../../server/ports/index.ts';
import { containerOf, isReady, openFaultyCluster, until } from '../support/faults.ts';
import type { FaultyCluster } from '../support/faults.ts';

const name = 'phoenix';
let cluster: FaultyCluster;
before(async () => { cluster = await openFaultyCluster(name); });
after(async () => cluster[Symbol.asyncDispose]());

const context = () => ({ signal: AbortSignal.timeout(60_000), onStage() {} });
const stateOf = async () => (await cluster.live.provider.list()).find((found) => found.name === name)?.state;
const journal = () => join(cluster.folder, 'run', 'journal', 'journal');
const config = (object: string, data: Record<string, string>) => cluster.kube.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: object, namespace: 'default' }, data } as unknown as KubeObject);
const configMaps = { apiVersion: 'v1', resource: 'configmaps', namespace: 'default' };

async function endSandbox(): Promise<void> {
  process.kill(await cluster.live.initPid(name), 'SIGKILL');
  await until('the sandbox is stopped', async () => (await stateOf()) === 'stopped');
}

async function restart(): Promise<void> {
  const started = performance.now();
  const handle = await cluster.live.provider.tryRestart(name, context());
  assert.ok(handle);
  cluster.reopen(handle);
  console.log(`    started again in ${Math.round(performance.now() - started)} ms`);
}

const uids = async () => {
  const all = await Promise.all([['v1', 'namespaces'], ['v1', 'services'], ['v1', 'pods'], ['apps/v1', 'deployments'], ['v1', 'nodes'], ['v1', 'configmaps']].map(([apiVersion, resource]) => cluster.kube.list({ apiVersion: apiVersion!, resource: resource! })));
  return all.flatMap(({ items }) => items.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name} ${metadata.uid}`)).sort();
};

describe('SIGKILL of the sandbox\'s init', () => {
  test('a running cluster is not started again', async () => {
    assert.equal(await cluster.live.provider.tryRestart(name, context()), undefined);
    assert.equal(await cluster.live.provider.tryRestart('never-made', context()), undefined);
  });

  test('the same objects come back, and pods are started anew', async () => {
    await config('kept', { a: '1' });
    await cluster.kube.apply({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'default' }, spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'patchbay/web' }] } } } } as unknown as KubeObject);
    await cluster.kube.apply({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'default' }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } } as unknown as KubeObject);
    const pod = await cluster.runPod('single');
    await cluster.runPod('once', { spec: { restartPolicy: 'Never' } });
    const replicas = async () => ((await cluster.kube.get({ apiVersion: 'apps/v1', resource: 'deployments', namespace: 'default' }, 'web')) as KubeObject & { status?: { readyReplicas?: number } }).status?.readyReplicas;
    await until('the deployment', async () => (await replicas()) === 2);
    const before = await uids();
    await endSandbox();
    assert.equal(await cluster.live.provider.tryOpen(name), undefined);
    await restart();
    assert.deepEqual(await uids(), before);
    const again = await cluster.podWhen('single', 'running anew', (now) => isReady(now) && containerOf(now).containerID !== containerOf(pod).containerID);
    const { restartCount, lastState } = containerOf(again);
    assert.deepEqual([restartCount, lastState.terminated?.exitCode, lastState.terminated?.reason, lastState.terminated?.containerID], [1, 255, 'Unknown', containerOf(pod).containerID]);
    // What may not be restarted has failed with its machine.
    assert.equal((await cluster.podWhen('once', 'ended', (now) => now.status?.phase === 'Failed')).status!.phase, 'Failed');
    await until('the deployment', async () => (await replicas()) === 2);
    const service = await cluster.kube.get({ apiVersion: 'v1', resource: 'services', namespace: 'default' }, 'web') as KubeObject & { spec: { clusterIP: string } };
    await until('the service answers', async () => (await cluster.sh('worker', `curl -sm2 http://${service.spec.clusterIP}`)).includes('served by'));
  });

  test('of each machine\'s first process alone: the cluster stops as a whole, and comes back', async () => {
    const before = await uids();
    const machines = (await cluster.processes()).filter(({ command, inner }) => command === 'catatonit -P' && inner === 1).length;
    for (let nth = 0; nth < machines; nth += 1) {
      const [machine] = (await cluster.processes()).filter(({ command, inner }) => command === 'catatonit -P' && inner === 1).slice(nth);
      process.kill(machine!.pid, 'SIGKILL');
      await until('the sandbox is stopped', async () => (await stateOf()) === 'stopped');
      assert.match(cluster.engineLog(), /a machine ended; the cluster stops/);
      await restart();
      assert.deepEqual(await uids(), before);
      // Also when the engine still saw the container end, and told that it waits, before it stopped itself.
      await cluster.podWhen('single', 'Ready', (now) => isReady(now) && containerOf(now).restartCount === nth + 2);
    }
  });

  test('the service starts it again by itself', async () => {
    const clusters = createClusters({ provider: cluster.live.provider, why: 'a test', clock: systemClock, logger: silentLogger, parallel: 1, nodes: 2 });
    const first = await clusters.whenReady(name, AbortSignal.timeout(20_000));
    const before = (await first.kube.get(configMaps, 'kept'))?.metadata.uid;
    process.kill(await cluster.live.initPid(name), 'SIGKILL');
    await until('it is noticed', () => clusters.view(name).state !== 'ready');
    const second = await clusters.whenReady(name, AbortSignal.timeout(20_000));
    assert.notEqual(second, first);
    assert.equal((await second.kube.get(configMaps, 'kept'))?.metadata.uid, before);
    cluster.reopen(second);
  });
});

describe('a torn journal', () => {
  const tail = async (title: string, tear: (file: string, sizeBefore: number) => void) => {
    await config('acknowledged', { at: title });
    await until('quiet', async () => {
      const size = statSync(journal()).size;
      await cluster.kube.request('GET', '/readyz');
      return statSync(journal()).size === size;
    });
    await endSandbox();
    const before = readFileSync(journal());
    // A write that nobody was told of: the engine ended while it wrote.
    appendFileSync(journal(), before.subarray(before.lastIndexOf(0x0a, before.length - 2) + 1));
    tear(journal(), before.length);
    await restart();
    assert.match(cluster.engineLog(), /an unfinished record at the end of the journal was cut off/);
    assert.equal((await cluster.kube.get(configMaps, 'acknowledged') as KubeObject & { data: { at: string } }).data.at, title);
    writeFileSync(join(cluster.folder, 'run', 'engine.log'), '');
  };
  test('cut in the middle of its last record', () => tail('cut', (file, size) => {
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.subarray(0, size + Math.floor((bytes.length - size) / 2)));
  }));
  test('garbled in its last record', () => tail('garbled', (file, size) => {
    const bytes = readFileSync(file);
    bytes.fill(0, size + 5, size + 25);
    writeFileSync(file, bytes);
  }));
  test('damaged in the middle: not started, and nothing is thrown away', async () => {
    await endSandbox();
    const whole = readFileSync(journal());
    const damaged = Buffer.from(whole);
    damaged.fill(0x58, 20, 30);
    writeFileSync(journal(), damaged);
    await assert.rejects(cluster.live.provider.tryRestart(name, context()), /cannot be read at byte 0/);
    assert.equal(await stateOf(), 'stopped');
    assert.deepEqual(readFileSync(journal()), damaged);
    writeFileSync(journal(), whole);
    await restart();
    assert.ok(await cluster.kube.get(configMaps, 'acknowledged'));
  });
});
