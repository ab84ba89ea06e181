// The JavaScript client, unchanged, on a live cluster: watch, informers, exec, attach, port-forward, log, copy, object API.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { after, before, describe, test } from 'node:test';
import { AppsV1Api, Attach, CoreV1Api, Cp, Exec, Health, KubeConfig, KubernetesObjectApi, ListWatch, Log, Metrics, PatchStrategy, PortForward, Watch, makeInformer, setHeaderOptions, type KubernetesObject, type V1ConfigMap, type V1Pod, type V1Status } from '@kubernetes/client-node';
import { openLiveCluster, type LiveCluster } from './kubectl/liveKubectl.ts';

const namespace = 'node-client';

/** Resolves with all text once it matches. */
function textOf(stream: NodeJS.ReadableStream, wanted: RegExp): Promise<string> {
  return new Promise((resolve) => {
    let all = '';
    stream.on('data', (chunk) => {
      all += chunk;
      if (wanted.test(all)) resolve(all);
    });
  });
}

/** A promise and its resolver. */
function signal<T = void>(): { done: Promise<T>; resolve(value: T): void } {
  const { promise, resolve } = Promise.withResolvers<T>();
  return { done: promise, resolve };
}

describe('client-node', { timeout: 90_000 }, () => {
  let live: LiveCluster;
  let config: KubeConfig;
  let core: CoreV1Api;
  before(async () => {
    live = await openLiveCluster('client-node');
    config = new KubeConfig();
    config.loadFromFile(live.kubeconfig);
    core = config.makeApiClient(CoreV1Api);
    await core.createNamespace({ body: { metadata: { name: namespace } } });
    await core.createNamespacedPod({ namespace, body: {
      metadata: { name: 'web', labels: { app: 'web' } },
      spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'web', image: 'patchbay/web' }, { name: 'cat', image: 'patchbay/toolbox', command: ['sh', '-c', 'echo started; while read -r line; do echo "got $line"; done'], stdin: true }] },
    } });
    await untilPod('web', (pod) => pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false);
  });
  after(() => live[Symbol.asyncDispose]());

  /** Watches a pod until it is as wanted. */
  async function untilPod(name: string, wanted: (pod: V1Pod) => boolean): Promise<void> {
    const { done, resolve } = signal();
    const controller = await new Watch(config).watch(`/api/v1/namespaces/${namespace}/pods`, { fieldSelector: `metadata.name=${name}` }, (_type, pod: V1Pod) => {
      if (wanted(pod)) resolve();
    }, () => {});
    await done;
    controller.abort();
  }
  const configMap = (name: string, data: Record<string, string> = {}, labels: Record<string, string> = {}): V1ConfigMap => ({ metadata: { name, labels }, data });

  test('watch: later events only, with their types', async () => {
    const { metadata } = await core.listNamespacedConfigMap({ namespace });
    const events: string[] = [];
    const { done, resolve } = signal();
    const controller = await new Watch(config).watch(`/api/v1/namespaces/${namespace}/configmaps`, { resourceVersion: metadata!.resourceVersion! }, (type, object: V1ConfigMap) => {
      if (events.push(`${type} ${object.metadata!.name}`) === 3) resolve();
    }, () => {});
    await core.createNamespacedConfigMap({ namespace, body: configMap('watched') });
    await core.replaceNamespacedConfigMap({ namespace, name: 'watched', body: configMap('watched', { a: 'b' }) });
    await core.deleteNamespacedConfigMap({ namespace, name: 'watched' });
    await done;
    controller.abort();
    assert.deepEqual(events, ['ADDED watched', 'MODIFIED watched', 'DELETED watched']);
  });

  test('an informer lists, follows, and keeps a cache', async () => {
    await core.createNamespacedConfigMap({ namespace, body: configMap('informed-1', {}, { informed: 'yes' }) });
    const informer = makeInformer<V1ConfigMap>(config, `/api/v1/namespaces/${namespace}/configmaps`, () => core.listNamespacedConfigMap({ namespace, labelSelector: 'informed=yes' }), 'informed=yes');
    const events: string[] = [];
    const two = signal();
    const left = signal();
    for (const verb of ['add', 'update', 'delete'] as const) informer.on(verb, (object: V1ConfigMap) => {
      events.push(`${verb} ${object.metadata!.name}`);
      if (events.includes('add informed-1') && events.includes('add informed-2')) two.resolve();
      if (verb === 'delete') left.resolve();
    });
    await informer.start();
    await core.createNamespacedConfigMap({ namespace, body: configMap('informed-2', {}, { informed: 'yes' }) });
    await two.done;
    assert.deepEqual(informer.list(namespace)!.map(({ metadata }) => metadata!.name!).sort(), ['informed-1', 'informed-2']);
    await core.patchNamespacedConfigMap({ namespace, name: 'informed-2', body: [{ op: 'replace', path: '/metadata/labels/informed', value: 'no' }] });
    await left.done; // it left the selector
    assert.equal(informer.get('informed-2', namespace), undefined);
    await informer.stop();
  });

  test('a ListWatch whose version is old catches up', async () => {
    await core.createNamespacedConfigMap({ namespace, body: configMap('cached', {}, { cache: 'yes' }) });
    let lists = 0;
    const cache = new ListWatch<V1ConfigMap>(`/api/v1/namespaces/${namespace}/configmaps`, new Watch(config), async () => {
      lists += 1;
      const list = await core.listNamespacedConfigMap({ namespace, labelSelector: 'cache=yes' });
      if (lists === 1) list.metadata!.resourceVersion = '1'; // replayed from there, or refused with 410 and listed anew
      return list;
    }, false, 'cache=yes');
    const seen = signal();
    cache.on('add', (object) => {
      if (object.metadata!.name === 'cached-later') seen.resolve();
    });
    await cache.start();
    await core.createNamespacedConfigMap({ namespace, body: configMap('cached-later', {}, { cache: 'yes' }) });
    await seen.done;
    assert.deepEqual(cache.list(namespace).map(({ metadata }) => metadata!.name!).sort(), ['cached', 'cached-later']);
    await cache.stop();
  });

  test('the object API: create, read, patch, replace, list, delete, by kind alone', async () => {
    const objects = KubernetesObjectApi.makeApiClient(config);
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd', namespace }, spec: { replicas: 0, selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'patchbay/web' }] } } } };
    const made: KubernetesObject = await objects.create(deployment);
    assert.ok(made.metadata!.uid);
    const patched = await objects.patch({ ...deployment, spec: { ...deployment.spec, minReadySeconds: 3 } } as KubernetesObject);
    assert.equal((patched as typeof deployment & { spec: { minReadySeconds: number } }).spec.minReadySeconds, 3);
    const applied = await objects.patch({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd', namespace, labels: { ssa: 'yes' } } } as KubernetesObject, undefined, undefined, 'tester', true, PatchStrategy.ServerSideApply);
    assert.equal(applied.metadata!.labels!['ssa'], 'yes');
    const read = await objects.read<KubernetesObject & { spec: { replicas: number } }>({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd', namespace } });
    await objects.replace({ ...read, metadata: { ...read.metadata!, labels: { replaced: 'yes' } } });
    const list = await objects.list('apps/v1', 'Deployment', namespace, undefined, undefined, undefined, undefined, 'replaced=yes');
    assert.equal(list.items.length, 1);
    await objects.delete({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd', namespace } });
    await assert.rejects(objects.read({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd', namespace } }), /404/);
    const apps = config.makeApiClient(AppsV1Api);
    await assert.rejects(apps.readNamespacedDeployment({ namespace, name: 'd' }), /404/);
  });

  test('typed patches of each type', async () => {
    await core.createNamespacedConfigMap({ namespace, body: configMap('typed', { a: '1' }) });
    await core.patchNamespacedConfigMap({ namespace, name: 'typed', body: [{ op: 'add', path: '/data/b', value: '2' }] });
    await core.patchNamespacedConfigMap({ namespace, name: 'typed', body: { data: { a: null, c: '3' } } }, setHeaderOptions('Content-Type', PatchStrategy.MergePatch));
    await core.patchNamespacedConfigMap({ namespace, name: 'typed', body: { data: { d: '4' } } }, setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch));
    assert.deepEqual((await core.readNamespacedConfigMap({ namespace, name: 'typed' })).data, { b: '2', c: '3', d: '4' });
  });

  test('exec: output apart, input, status', async () => {
    const out = new PassThrough();
    const errors = new PassThrough();
    const said = [textOf(out, /got typed/), textOf(errors, /err\n/)];
    const input = new PassThrough();
    const status = signal<V1Status>();
    await new Exec(config).exec(namespace, 'web', 'cat', ['sh', '-c', 'echo err >&2; read -r line; echo "got $line"; exit 4'], out, errors, input, false, status.resolve);
    input.write('typed\n');
    await Promise.all(said);
    const { status: outcome, reason, details } = await status.done;
    assert.deepEqual([outcome, reason, details!.causes], ['Failure', 'NonZeroExitCode', [{ reason: 'ExitCode', message: '4' }]]);
  });

  test('attach, log', async () => {
    const echo = new PassThrough();
    const echoed = textOf(echo, /got hello/);
    const input = new PassThrough();
    const socket = await new Attach(config).attach(namespace, 'web', 'cat', echo, new PassThrough(), input, false);
    input.write('hello\n');
    await echoed;
    socket.close();
    const script = 'for i in 1 2 3; do echo $i; sleep 0.2; done';
    await core.createNamespacedPod({ namespace, body: { metadata: { name: 'brief' }, spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'patchbay/toolbox', command: ['sh', '-c', script] }] } } });
    await untilPod('brief', ({ status }) => status?.phase === 'Running' || status?.phase === 'Succeeded');
    const log = new PassThrough();
    const followed = text(log);
    await new Log(config).log(namespace, 'brief', 'main', log, { follow: true, tailLines: 10 });
    assert.equal(await followed, '1\n2\n3\n');
  });

  test('port-forward, as its own server does', async () => {
    const forward = new PortForward(config);
    const server = createServer((socket) => void forward.portForward(namespace, 'web', [80], socket, null, socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const answered = textOf(socket, /served by web/);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    assert.match(await answered, /^HTTP\/1\.1 200 OK/);
    socket.destroy();
    server.close();
  });

  test('copies folders in both directions', async () => {
    const folder = mkdtempSync(join(live.folder, 'copy-'));
    const ended: Promise<V1Status>[] = [];
    /** Cp resolves when it has started; this tells when its command has ended. */
    class NotedExec extends Exec {
      override exec(...[ns, pod, container, command, out, errors, input, tty, callback]: Parameters<Exec['exec']>): ReturnType<Exec['exec']> {
        const status = signal<V1Status>();
        ended.push(status.done);
        return super.exec(ns, pod, container, command, out, errors, input, tty, (one) => {
          callback?.(one);
          status.resolve(one);
        });
      }
    }
    mkdirSync(join(folder, 'from'));
    writeFileSync(join(folder, 'from/there.txt'), 'z'.repeat(1_000_000));
    const longAgo = new Date('2001-09-09T01:46:40Z');
    utimesSync(join(folder, 'from/there.txt'), longAgo, longAgo);
    const copy = new Cp(config, new NotedExec(config));
    await copy.cpToPod(namespace, 'web', 'cat', join(folder, 'from'), '/tmp');
    assert.equal((await ended[0]!).status, 'Success');
    await copy.cpFromPod(namespace, 'web', 'cat', 'there.txt', join(folder, 'back'), '/tmp');
    assert.equal((await ended[1]!).status, 'Success');
    const back = join(folder, 'back/there.txt');
    while (statSync(back, { throwIfNoEntry: false })?.mtimeMs !== longAgo.getTime()) await turn(); // the extraction goes on after the command's end
    assert.equal(readFileSync(back).length, 1_000_000);
  });

  test('health; metrics are honestly absent', async () => {
    const health = new Health(config);
    assert.deepEqual([await health.readyz({}), await health.livez({})], [true, true]);
    await assert.rejects(new Metrics(config).getNodeMetrics(), /metrics request/);
  });
});
