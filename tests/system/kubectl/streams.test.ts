// The real kubectl and client-node stream through the real API: logs, exec, attach, port-forward, with a NodeStreams that needs no nodes.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { Attach, CoreV1Api, Exec, KubeConfig, KubernetesObjectApi, Log, PortForward, Watch, type V1Status } from '@kubernetes/client-node';
import { spawnNodePty } from '../../../server/terminals/nodePty.ts';
import { findKubectl, startApiFixture, type ApiFixture } from './apiFixture.ts';
import { podManifest } from './manifests.ts';
import { startForward } from './portForward.ts';

const skip = findKubectl() ? false : 'kubectl is not on PATH nor in PATCHBAY_KUBECTL';
const pods = { resource: { group: '', version: 'v1', resource: 'pods' }, namespace: 'default' };

async function startWithPods(): Promise<ApiFixture> {
  const api = await startApiFixture();
  for (const name of ['up', 'waiting']) api.registry.create(pods, podManifest(name));
  api.setRunning('up');
  return api;
}

/** Resolves with all text once it matches. */
function textOf(stream: NodeJS.ReadableStream, wanted: RegExp): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    stream.on('data', (chunk) => {
      text += chunk;
      if (wanted.test(text)) resolve(text);
    });
  });
}

/** Sends a text, half closes, and resolves with the answer. */
async function exchangeText(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.end(text);
  return readText(socket);
}

describe('kubectl streams', { skip }, () => {
  let api: ApiFixture;
  before(async () => { api = await startWithPods(); });
  after(() => api.close());

  test('logs, tail, follow, and a pod without them', async () => {
    assert.equal(await api.kubectl('logs', 'up'), 'line 1\nline 2\nline 3\n');
    assert.equal(await api.kubectl('logs', 'up', '--tail=1'), 'line 3\n');
    const follower = api.start(['logs', '-f', 'up', '--tail=1']);
    await textOf(follower.stdout!, /line 3\n/);
    const later = textOf(follower.stdout!, /line 4\n/);
    api.nodes.log('line 4\n');
    await later;
    follower.kill('SIGKILL');
    await once(follower, 'close');
    assert.match((await api.run(['logs', 'up', '-p'])).stderr, /previous terminated container "main" in pod "up" not found/);
    assert.match((await api.run(['logs', 'up', '-c', 'nope'])).stderr, /container nope is not valid for pod up/);
  });

  test('exec keeps stdout, stderr and the exit code apart', async () => {
    const said = await api.run(['exec', 'up', '--', 'sh', '-c', 'echo out; echo err >&2; exit 3']);
    assert.deepEqual(said, { code: 3, stdout: 'out\n', stderr: 'err\ncommand terminated with exit code 3\n' });
    const large = await api.run(['exec', 'up', '--', 'head', '-c', '3000000', '/dev/zero']);
    assert.deepEqual([large.code, large.stdout.length], [0, 3_000_000]);
  });

  test('exec -i passes input and its end', async () => {
    const input = 'some text\n'.repeat(100_000);
    const said = await api.run(['exec', '-i', 'up', '--', 'wc', '-c'], { input });
    assert.deepEqual([said.code, said.stdout.trim()], [0, String(input.length)]);
  });

  test('exec and attach over SPDY, as older clients and those behind proxies do', async () => {
    const env = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false' };
    const said = await api.run(['exec', 'up', '--', 'sh', '-c', 'echo out; echo err >&2; exit 3'], { env });
    assert.deepEqual(said, { code: 3, stdout: 'out\n', stderr: 'err\ncommand terminated with exit code 3\n' });
    const input = 'some text\n'.repeat(300_000);
    const both = await api.run(['exec', '-i', 'up', '--', 'cat'], { env, input });
    assert.deepEqual([both.code, both.stdout === input], [0, true]);
    assert.match((await api.run(['attach', '-i', 'up'], { env, input: 'typed\n' })).stdout, /typed/);
    assert.match((await api.run(['exec', 'up', '--', '/no/such/file'], { env })).stderr, /no\/such\/file/);
  });

  test('port-forward carries many connections at once, over WebSocket and SPDY', async () => {
    for (const sockets of ['true', 'false']) {
      const forward = await startForward(api, ['pod/up', ':80'], { KUBECTL_PORT_FORWARD_WEBSOCKETS: sockets });
      const texts = Array.from({ length: 20 }, (_, i) => `${i} `.repeat(50_000));
      assert.deepEqual((await Promise.all(texts.map((one) => exchangeText(forward.port, one)))).map((one, i) => one === texts[i]), texts.map(() => true), sockets);
      await forward.stop();
    }
  });

  test('exec -it resizes and ends with the command', async () => {
    const env = { PATH: process.env['PATH'] ?? '', KUBECONFIG: api.kubeconfig, HOME: api.folder };
    const terminal = spawnNodePty({ file: findKubectl()!, args: ['exec', '-it', 'up', '--', 'cat'], cwd: api.folder, env }, { cols: 91, rows: 17 });
    let text = '';
    const shows = (wanted: RegExp) => new Promise<void>((resolve) => {
      const listener = terminal.onData((chunk) => {
        text += chunk;
        if (!wanted.test(text)) return;
        listener.dispose();
        resolve();
      });
    });
    await shows(/size 91x17/);
    const resized = shows(/size 120x40/);
    terminal.resize({ cols: 120, rows: 40 });
    await resized;
    const echoed = shows(/hello/);
    terminal.write('hello\r');
    await echoed;
    const killed = new Promise<void>((resolve) => terminal.onExit(() => resolve()));
    terminal.kill();
    await killed;
  });

  test('a client that leaves takes its command with it', async () => {
    const before = api.nodes.killed.length;
    const child = api.start(['exec', 'up', '--', 'sh', '-c', 'echo started; exec sleep 1000']);
    await textOf(child.stdout!, /started/);
    child.kill('SIGKILL');
    await once(child, 'close');
    while (api.nodes.killed.length === before) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(api.nodes.killed.at(-1), 'up/main');
  });

  test('cp in both directions', async () => {
    const there = join(api.folder, 'there');
    mkdirSync(there);
    writeFileSync(join(api.folder, 'from.txt'), 'contents\n');
    await api.kubectl('cp', 'from.txt', `up:${there}/copied.txt`);
    assert.equal(readFileSync(join(there, 'copied.txt'), 'utf8'), 'contents\n');
    await api.kubectl('cp', `up:${there}/copied.txt`, 'back.txt');
    assert.equal(readFileSync(join(api.folder, 'back.txt'), 'utf8'), 'contents\n');
  });

  test('attach', async () => {
    const said = await api.run(['attach', '-i', 'up'], { input: 'typed\n' });
    assert.match(said.stdout, /typed/);
  });

  test('what cannot be streamed says why, over WebSocket and SPDY alike', async () => {
    for (const sockets of ['true', 'false']) {
      const env = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: sockets };
      assert.match((await api.run(['exec', 'absent', '--', 'ls'], { env })).stderr, /pods "absent" not found/);
      assert.match((await api.run(['exec', 'up', '-c', 'nope', '--', 'ls'], { env })).stderr, /container nope is not valid for pod up/);
      assert.match((await api.run(['exec', 'waiting', '--', 'ls'], { env })).stderr, /pod waiting does not have a host assigned/);
    }
    assert.match((await api.run(['exec', 'up', '--', '/no/such/file'])).stderr, /no\/such\/file/);
  });
});

describe('client-node', () => {
  let api: ApiFixture;
  let config: KubeConfig;
  before(async () => {
    api = await startWithPods();
    config = new KubeConfig();
    config.loadFromFile(api.kubeconfig);
  });
  after(() => api.close());

  test('typed and untyped calls', async () => {
    const core = config.makeApiClient(CoreV1Api);
    const created = await core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name: 'typed' }, data: { a: 'b' } } });
    assert.ok(created.metadata!.creationTimestamp instanceof Date);
    await core.patchNamespacedConfigMap({ namespace: 'default', name: 'typed', body: [{ op: 'add', path: '/data/c', value: 'd' }] });
    assert.deepEqual((await core.readNamespacedConfigMap({ namespace: 'default', name: 'typed' })).data, { a: 'b', c: 'd' });
    await core.replaceNamespacedConfigMap({ namespace: 'default', name: 'typed', body: { metadata: { name: 'typed' }, data: { e: 'f' } } });
    const objects = KubernetesObjectApi.makeApiClient(config);
    await objects.patch({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'typed', namespace: 'default', labels: { x: 'y' } } });
    assert.equal((await core.listNamespacedConfigMap({ namespace: 'default', labelSelector: 'x=y' })).items.length, 1);
    await core.deleteNamespacedConfigMap({ namespace: 'default', name: 'typed' });
    await assert.rejects(core.readNamespacedConfigMap({ namespace: 'default', name: 'typed' }), /404/);
  });

  test('watch from a version sees later events only', async () => {
    const core = config.makeApiClient(CoreV1Api);
    const { metadata } = await core.listNamespacedConfigMap({ namespace: 'default' });
    const events: string[] = [];
    let seen = () => {};
    const two = new Promise<void>((resolve) => { seen = resolve; });
    const controller = await new Watch(config).watch('/api/v1/namespaces/default/configmaps', { resourceVersion: metadata!.resourceVersion! }, (type, object: { metadata: { name: string } }) => {
      if (events.push(`${type} ${object.metadata.name}`) === 2) seen();
    }, () => {});
    await core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name: 'watched' } } });
    await core.deleteNamespacedConfigMap({ namespace: 'default', name: 'watched' });
    await two;
    controller.abort();
    assert.deepEqual(events, ['ADDED watched', 'DELETED watched']);
  });

  test('exec, attach, log', async () => {
    const out = new PassThrough();
    const errors = new PassThrough();
    const text = textOf(out, /out\n/);
    const status = await new Promise<V1Status>((resolve, reject) => {
      new Exec(config).exec('default', 'up', 'main', ['sh', '-c', 'echo out; exit 4'], out, errors, null, false, resolve).catch(reject);
    });
    assert.deepEqual([await text, status.status, status.details!.causes![0]!.message], ['out\n', 'Failure', '4']);
    const input = new PassThrough();
    const echo = new PassThrough();
    const echoed = textOf(echo, /typed/);
    const socket = await new Attach(config).attach('default', 'up', 'main', echo, errors, input, false);
    input.write('typed\n');
    await echoed;
    socket.close();
    const log = new PassThrough();
    const logged = textOf(log, /line 3\n/);
    await new Log(config).log('default', 'up', 'main', log, { follow: false, tailLines: 1 });
    assert.equal(await logged, 'line 3\n');
  });

  test('port-forward', async () => {
    const forward = new PortForward(config);
    const input = new PassThrough();
    const output = new PassThrough();
    const echoed = textOf(output, /ping/);
    const socket = await forward.portForward('default', 'up', [80], output, null, input);
    input.write('ping');
    assert.equal(await echoed, 'ping');
    (socket as { close(): void }).close();
  });
});
