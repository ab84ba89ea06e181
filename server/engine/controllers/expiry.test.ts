// What time removes: old events, and pods of nodes that are gone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../../base/index.ts';
import { createEventRecorder } from '../eventRecorder.ts';
import { createClient } from '../client.ts';
import { makeTestBed } from '../registry/testing.ts';
import { resources, type EngineConfig, type KubeObject, type Node, type Pod } from '../types/index.ts';
import { startEventExpiry } from './eventExpiry.ts';
import { startPodCollector } from './podCollector.ts';
import { eventually } from './testing.ts';

function setUp() {
  const { registry, clock } = makeTestBed();
  const client = createClient(registry);
  const recorder = () => createEventRecorder(client, 'test', { logger: silentLogger, clock });
  return { client, clock, context: { client, clock, logger: silentLogger, config: {} as EngineConfig, recorder } };
}

test('an event goes an hour after it last happened; equal events are counted in one', async () => {
  const { client, clock, context } = setUp();
  const expiry = startEventExpiry(context);
  const namespace = await client.get(resources.namespaces, { name: 'default' });
  const recorder = context.recorder();
  recorder.record(namespace, 'Normal', 'Tested', 'It happened.');
  recorder.record(namespace, 'Normal', 'Tested', 'It happened.');
  const events = () => client.informer(resources.events).list() as (KubeObject & { count: number; type: string })[];
  await eventually(() => events()[0]?.count === 2);
  assert.equal(events().length, 1);
  clock.advance(30 * 60_000);
  recorder.record(namespace, 'Warning', 'Tested', 'It happened later.');
  await eventually(() => events().length === 2);
  clock.advance(30 * 60_000);
  await eventually(() => events().length === 1);
  assert.equal(events()[0]?.type, 'Warning');
  clock.advance(30 * 60_000);
  await eventually(() => events().length === 0);
  expiry.dispose();
});

test('pods of a node that stays away are removed; of one that comes back they stay', async () => {
  const { client, clock, context } = setUp();
  const node = (name: string): Node => ({ apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: {} });
  for (const name of ['gone', 'back']) {
    await client.create(resources.nodes, node(name));
    const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: `on-${name}`, namespace: 'default' }, spec: { nodeName: name, containers: [{ name: 'c', image: 'a' }] } };
    await client.create(resources.pods, pod);
  }
  const collector = startPodCollector(context);
  await client.delete(resources.nodes, { name: 'gone' });
  await client.delete(resources.nodes, { name: 'back' });
  await new Promise((resolve) => setImmediate(resolve));
  await client.create(resources.nodes, node('back'));
  clock.advance(40_000);
  await eventually(() => !client.informer(resources.pods).get({ namespace: 'default', name: 'on-gone' }));
  assert.ok(client.informer(resources.pods).get({ namespace: 'default', name: 'on-back' }));
  collector.dispose();
});
