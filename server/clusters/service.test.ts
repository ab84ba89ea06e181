// The cluster service: order of the queue, replacement, failure, re-opening, and what views say meanwhile.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createFakeProvider } from '../../tests/support/fakeProvider.ts';
import { silentLogger, systemClock } from '../base/index.ts';
import { createClusters } from './service.ts';

const make = (provider = createFakeProvider(), parallel = 2) => ({
  provider,
  clusters: createClusters({ provider, why: 'a test', clock: systemClock, logger: silentLogger, parallel, nodes: 3 }),
});
const forever = new AbortController().signal;
async function until(condition: () => boolean): Promise<void> {
  for (let turns = 0; turns < 1_000 && !condition(); turns += 1) await turn();
  assert.ok(condition(), 'the condition came true');
}

test('a cluster goes from none over its stages to ready', async () => {
  const { provider, clusters } = make();
  const states: string[] = [];
  clusters.onChange((_, view) => states.push(view.stage?.title ?? view.state));
  assert.equal(clusters.view('one').state, 'none');
  clusters.ensure('one');
  await until(() => provider.pending.length === 1);
  provider.pending[0]!.context.onStage({ id: 'api', title: 'Starting the API', fraction: 0.4 });
  provider.pending[0]!.finish();
  const handle = await clusters.whenReady('one', forever);
  assert.equal(handle.name, 'one');
  assert.deepEqual(states, ['Looking for your cluster', 'Starting the API', 'ready']);
  assert.equal(clusters.tryHandle('one'), handle);
});

test('only as many as allowed are made at once, the rest know their place', async () => {
  const { provider, clusters } = make(createFakeProvider(), 1);
  for (const name of ['a', 'b', 'c']) clusters.ensure(name);
  await until(() => provider.pending.length === 1);
  assert.deepEqual(['b', 'c'].map((name) => clusters.view(name).place), [1, 2]);
  provider.pending[0]!.finish();
  await until(() => provider.pending[0]?.name === 'b');
  assert.deepEqual([clusters.view('a').state, clusters.view('c').place], ['ready', 1]);
});

test('a running cluster is opened again, not made anew', async () => {
  const provider = createFakeProvider({ automatic: true });
  await provider.provision({ name: 'kept', nodes: 3, egress: false }, { signal: forever, onStage() {} });
  const { clusters } = make(provider);
  await clusters.whenReady('kept', forever);
  assert.deepEqual(provider.removed, []);
  assert.equal(clusters.view('kept').readyMs, undefined);
});

test('a failure is a sentence with its cause beside it, and frees the place', async () => {
  const { provider, clusters } = make(createFakeProvider(), 1);
  clusters.ensure('bad');
  clusters.ensure('good');
  await until(() => provider.pending.length === 1);
  provider.pending[0]!.fail(new Error('no room on this disk'));
  await until(() => provider.pending[0]?.name === 'good');
  const bad = clusters.view('bad');
  assert.deepEqual([bad.state, bad.cause], ['failed', 'no room on this disk']);
  assert.match(bad.detail!, /could not be made\. Make a new one/);
  await assert.rejects(clusters.whenReady('bad', forever), /no room on this disk/);
});

test('renewing aborts what is being made and begins again', async () => {
  const { provider, clusters } = make();
  clusters.ensure('one');
  await until(() => provider.pending.length === 1);
  const waiting = clusters.whenReady('one', forever);
  const refused = assert.rejects(waiting, /replaced/);
  const first = provider.pending[0]!;
  await clusters.renew('one');
  assert.ok(first.context.signal.aborted);
  await until(() => provider.pending.length === 1);
  provider.pending[0]!.finish();
  await clusters.whenReady('one', forever);
  await refused;
});

test('a cluster that vanished is failed, one that stumbled comes back', async () => {
  const { provider, clusters } = make(createFakeProvider({ automatic: true }));
  await clusters.whenReady('one', forever);
  provider.running.get('one')!.tellHealth({ state: 'unreachable', detail: 'restarting' });
  assert.deepEqual([clusters.view('one').state, clusters.tryHandle('one')], ['unreachable', undefined]);
  provider.running.get('one')!.tellHealth({ state: 'healthy' });
  assert.equal(clusters.view('one').state, 'ready');
  const { tellHealth } = provider.running.get('one')!;
  provider.running.delete('one');
  tellHealth({ state: 'gone' });
  await until(() => clusters.view('one').state === 'failed');
  assert.match(clusters.view('one').detail!, /Ask for a new one/);
  assert.deepEqual(provider.pending, []);
});

const stop = (provider: ReturnType<typeof createFakeProvider>, name: string) => {
  provider.stopped.add(name);
  provider.running.get(name)!.tellHealth({ state: 'gone' });
};

test('a cluster that stopped is started again by itself, once', async () => {
  const { provider, clusters } = make(createFakeProvider({ automatic: true }));
  const first = await clusters.whenReady('one', forever);
  stop(provider, 'one');
  assert.equal(clusters.tryHandle('one'), undefined);
  const second = await clusters.whenReady('one', forever);
  assert.notEqual(second, first);
  assert.deepEqual([provider.restarted, provider.removed], [['one'], ['one']]);
  stop(provider, 'one');
  await until(() => clusters.view('one').state === 'failed');
  assert.deepEqual(provider.restarted, ['one']);
});

test('a stopped cluster that is asked for comes back with its work, or anew when it cannot', async () => {
  const provider = createFakeProvider({ automatic: true });
  for (const name of ['kept', 'damaged']) {
    await provider.provision({ name, nodes: 3, egress: false }, { signal: forever, onStage() {} });
    provider.stopped.add(name);
  }
  provider.broken.add('damaged');
  const { clusters } = make(provider);
  await Promise.all(['kept', 'damaged'].map((name) => clusters.whenReady(name, forever)));
  assert.deepEqual([provider.restarted, provider.removed], [['kept'], ['damaged']]);
});

test('waiting ends with its signal', async () => {
  const { clusters } = make();
  const abort = new AbortController();
  const waiting = clusters.whenReady('one', abort.signal);
  abort.abort(new Error('left'));
  await assert.rejects(waiting, /left/);
});

test('a renewal never opens the cluster that is being taken down', async () => {
  const provider = createFakeProvider({ automatic: true });
  const { clusters } = make(provider);
  const old = await clusters.whenReady('one', forever);
  let finishRemoval = () => {};
  const remove = provider.remove.bind(provider);
  provider.remove = (name) => new Promise((resolve) => { finishRemoval = () => resolve(remove(name)); });
  const renewed = clusters.renew('one');
  assert.deepEqual([clusters.view('one').state, clusters.view('one').stage?.id], ['provisioning', 'removing']);
  clusters.ensure('one');
  const waiting = clusters.whenReady('one', forever);
  await turn();
  assert.equal(clusters.tryHandle('one'), undefined);
  provider.remove = remove;
  finishRemoval();
  await renewed;
  assert.notEqual(await waiting, old);
});
