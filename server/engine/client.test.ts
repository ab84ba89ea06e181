// The in-process client and its informers.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createClient } from './client.ts';
import { at, deployment, makeTestBed, pod } from './registry/testing.ts';
import { isStatus, resources as kinds } from './types/index.ts';
import type { Deployment, Pod } from './types/index.ts';

const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

describe('client', () => {
  test('writes, reads and refuses as over HTTP', async () => {
    const { registry } = makeTestBed();
    const client = createClient(registry, { manager: 'controller' });
    const created = await client.create(kinds.deployments, { ...deployment('web') as Deployment, metadata: { name: 'web', namespace: 'default' } });
    assert.equal(created.metadata.generation, 1);
    assert.equal((created.metadata.managedFields![0] as { manager: string }).manager, 'controller');
    const key = { namespace: 'default', name: 'web' };
    const updated = await client.update(kinds.deployments, { ...created, spec: { ...created.spec, replicas: 3 } });
    await assert.rejects(client.update(kinds.deployments, created), (error) => isStatus(error, 'Conflict'));
    const withStatus = await client.updateSubresource(kinds.deployments, 'status', { ...updated, status: { replicas: 3 } });
    assert.deepEqual([withStatus.status!.replicas, withStatus.spec.replicas], [3, 3]);
    assert.equal((await client.patch(kinds.deployments, key, { spec: { paused: true } })).spec.paused, true);
    assert.equal((await client.list(kinds.deployments, { namespace: 'default', fieldSelector: 'metadata.name=web' })).items.length, 1);
    await client.delete(kinds.deployments, key);
    await assert.rejects(client.get(kinds.deployments, key), (error) => isStatus(error, 'NotFound'));
    await assert.rejects(client.create(kinds.configMaps, { metadata: { name: 'x', namespace: 'default' }, dta: {} } as never), /unknown field "dta"/);
  });

  test('binds pods', async () => {
    const { registry } = makeTestBed();
    const client = createClient(registry);
    registry.create(at(kinds.pods), pod('p'));
    await client.updateSubresource(kinds.pods, 'binding', { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'p', namespace: 'default' }, target: { kind: 'Node', name: 'worker' } } as never);
    assert.equal((await client.get(kinds.pods, { namespace: 'default', name: 'p' })).spec.nodeName, 'worker');
  });
});

describe('informer', () => {
  test('is complete at once, current at any time, and tells changes later, in order, with what was before', async () => {
    const { registry } = makeTestBed();
    const client = createClient(registry);
    registry.create(at(kinds.pods), pod('a'));
    const informer = client.informer(kinds.pods);
    assert.deepEqual(informer.list().map((item) => item.metadata.name), ['a']);
    const seen: string[] = [];
    const stop = informer.onEvent((event) => seen.push(`${event.type} ${event.object.metadata.name} ${event.type === 'modified' ? event.previous.metadata.resourceVersion : ''}`.trim()));
    const { object } = registry.create(at(kinds.pods), pod('b'));
    registry.patch(at(kinds.pods, 'b'), { type: 'merge', body: { metadata: { labels: { x: 'y' } } } });
    registry.delete(at(kinds.pods, 'b'));
    assert.deepEqual(seen, []);
    assert.equal(informer.get({ namespace: 'default', name: 'b' }), undefined);
    await turn();
    assert.deepEqual(seen, ['added b', `modified b ${object.metadata.resourceVersion}`, 'deleted b']);
    stop.dispose();
    registry.create(at(kinds.pods), pod('c'));
    await turn();
    assert.equal(seen.length, 3);
  });

  test('one is shared by all clients of a registry; a late listener hears only what comes', async () => {
    const { registry } = makeTestBed();
    const informer = createClient(registry).informer(kinds.pods);
    assert.equal(createClient(registry).informer(kinds.pods), informer);
    informer.onEvent(() => {});
    registry.create(at(kinds.pods), pod('a'));
    const late: string[] = [];
    informer.onEvent((event) => late.push(event.object.metadata.name));
    registry.create(at(kinds.pods), pod('b'));
    await turn();
    assert.deepEqual(late, ['b']);
  });

  test('a listener may write; what follows comes after', async () => {
    const { registry } = makeTestBed();
    const informer = createClient(registry).informer(kinds.pods);
    const first: string[] = [], second: string[] = [];
    informer.onEvent(({ type, object }) => {
      first.push(`${type} ${object.metadata.name}`);
      if (object.metadata.name === 'a' && type === 'added') registry.create(at(kinds.pods), pod('b'));
    });
    informer.onEvent(({ type, object }) => { second.push(`${type} ${object.metadata.name}`); });
    registry.create(at(kinds.pods), pod('a'));
    await turn();
    assert.deepEqual([first, second], [['added a', 'added b'], ['added a', 'added b']]);
  });

  test('lists one namespace', () => {
    const { registry } = makeTestBed();
    registry.create({ resource: kinds.namespaces }, { metadata: { name: 'other' } });
    registry.create(at(kinds.pods), pod('a'));
    registry.create({ resource: kinds.pods, namespace: 'other' }, pod('b'));
    const informer = createClient(registry).informer<Pod>(kinds.pods);
    assert.deepEqual([informer.list('other').length, informer.list('none').length, informer.list().length], [1, 0, 2]);
  });
});
