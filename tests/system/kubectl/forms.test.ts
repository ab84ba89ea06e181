// Answers in the forms that clients ask for: compressed, aggregated, metadata only, YAML, watch-list.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startApiFixture, type ApiFixture } from './apiFixture.ts';
import { askApi, type AskArguments } from './ask.ts';
import { podManifest } from './manifests.ts';

describe('forms of answers', () => {
  let api: ApiFixture;
  before(async () => {
    api = await startApiFixture();
    for (const name of ['one', 'two']) api.registry.create({ resource: { group: '', version: 'v1', resource: 'pods' }, namespace: 'default' }, podManifest(name));
  });
  after(() => api.close());
  const ask = (...request: AskArguments) => askApi(api, ...request);

  test('a large list is compressed when asked for', async () => {
    for (let i = 0; i < 3; i += 1) {
      const body = JSON.stringify({ metadata: { name: `large-${i}` }, data: { text: 'x'.repeat(100_000) } });
      assert.equal((await ask('POST', '/api/v1/namespaces/default/configmaps', { body })).code, 201);
    }
    assert.equal((await ask('GET', '/api/v1/configmaps', { headers: { 'Accept-Encoding': 'gzip' } })).headers['content-encoding'], 'gzip');
    assert.equal((await ask('GET', '/api/v1/configmaps')).headers['content-encoding'], undefined);
    assert.equal((await ask('GET', '/api/v1/configmaps?labelSelector=a%3Db', { headers: { 'Accept-Encoding': 'gzip' } })).headers['content-encoding'], undefined);
  });

  test('discovery in each form, with the content type that clients decide by', async () => {
    const aggregated = await ask('GET', '/apis', { headers: { Accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json' } });
    assert.deepEqual([aggregated.headers['content-type'], aggregated.body.kind], ['application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList', 'APIGroupDiscoveryList']);
    assert.equal((await ask('GET', '/apis', { headers: { Accept: 'application/json' } })).body.kind, 'APIGroupList');
    assert.equal((await ask('GET', '/api')).body.kind, 'APIVersions');
    assert.equal((await ask('GET', '/apis/apps')).body.kind, 'APIGroup');
    const list = (await ask('GET', '/api/v1')).body as unknown as { resources: { name: string; group?: string; version?: string; kind: string }[] };
    assert.deepEqual(list.resources.find(({ name }) => name === 'pods/eviction'), { name: 'pods/eviction', singularName: '', namespaced: true, group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] });
    const index = (await ask('GET', '/openapi/v3')).body as unknown as { paths: Record<string, { serverRelativeURL: string }> };
    const url = index.paths['apis/apps/v1']!.serverRelativeURL;
    const document = await ask('GET', url);
    assert.equal((await ask('GET', url, { headers: { 'If-None-Match': String(document.headers['etag']) } })).code, 304);
    assert.equal((await ask('GET', '/openapi/v3/apis/apps/v1?hash=OLD')).code, 301);
  });

  test('metadata only', async () => {
    const one = await ask('GET', '/api/v1/namespaces/default/pods/one', { headers: { Accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' } });
    assert.deepEqual([one.body.kind, one.body['spec'], (one.body['metadata'] as { name: string }).name], ['PartialObjectMetadata', undefined, 'one']);
    const list = await ask('GET', '/api/v1/pods?limit=1', { headers: { Accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json' } });
    assert.deepEqual([list.body.kind, (list.body['items'] as { kind: string }[])[0]!.kind, (list.body['metadata'] as { remainingItemCount: number }).remainingItemCount], ['PartialObjectMetadataList', 'PartialObjectMetadata', 1]);
  });

  test('YAML, indented JSON, HEAD', async () => {
    assert.match((await ask('GET', '/api/v1/namespaces/default/pods/one', { headers: { Accept: 'application/yaml' } })).text, /^apiVersion: v1\nkind: Pod\n/);
    assert.match((await ask('GET', '/api/v1/namespaces/default/pods/one?pretty=true')).text, /^\{\n  "apiVersion"/);
    const head = await ask('HEAD', '/api/v1/namespaces/default/pods/one');
    assert.deepEqual([head.code, head.text], [200, '']);
  });

  test('a typed list names its kind once', async () => {
    const { body } = await ask('GET', '/api/v1/namespaces/default/pods');
    const [first] = body['items'] as Record<string, unknown>[];
    assert.deepEqual([body.kind, body['apiVersion'], 'kind' in first!, 'apiVersion' in first!], ['PodList', 'v1', false, false]);
  });

  test('watch-list: what is there, then the bookmark that says so', async () => {
    const { code, text } = await ask('GET', '/api/v1/namespaces/default/pods?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1');
    const events = text.trim().split('\n').map((line) => JSON.parse(line) as { type: string; object: { kind: string; metadata: { annotations?: Record<string, string> } } });
    assert.deepEqual([code, events.map(({ type }) => type)], [200, ['ADDED', 'ADDED', 'BOOKMARK']]);
    assert.deepEqual([events[2]!.object.kind, events[2]!.object.metadata.annotations], ['Pod', { 'k8s.io/initial-events-end': 'true' }]);
  });

  test('a version from the future is not waited for', async () => {
    const future = await ask('GET', '/api/v1/pods?watch=true&resourceVersion=999999');
    assert.deepEqual([future.code, future.body.reason], [504, 'Timeout']);
    assert.equal((await ask('GET', '/api/v1/pods?watch=true&resourceVersion=abc')).code, 400);
  });
});
