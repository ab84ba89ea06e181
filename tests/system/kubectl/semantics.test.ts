// Over HTTP, what API servers usually get wrong: versions, watches, writes, patches, selectors, deletion, Tables.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startApiFixture, type ApiFixture } from './apiFixture.ts';
import { askApi, type Answer } from './ask.ts';
import { podManifest } from './manifests.ts';

type Meta = { name: string; uid: string; resourceVersion: string; generation?: number; creationTimestamp: string; deletionTimestamp?: string; labels?: Record<string, string>; managedFields?: { manager: string; operation: string; subresource?: string }[] };
type Body = Answer['body'] & { metadata: Meta; items: { metadata: Meta }[]; spec: Record<string, unknown>; status: Record<string, unknown>; details: Record<string, unknown>; data: Record<string, string> };
interface Event { type: string; object: { kind: string; code?: number; reason?: string; metadata: Meta & { annotations?: Record<string, string> } } }

/** An open watch: `next` resolves with the next event, undefined at the end. */
interface Watching { code: number; next(): Promise<Event | undefined>; close(): void }

describe('semantics usually got wrong', { timeout: 60_000 }, () => {
  let api: ApiFixture;
  before(async () => { api = await startApiFixture(); });
  after(() => api.close());

  const core = '/api/v1/namespaces/default';
  const maps = `${core}/configmaps`;
  const ask = async (method: string, path: string, body?: unknown, type = 'application/json') => {
    const answer = await askApi(api, method, path, body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body), headers: { 'Content-Type': type } });
    return { ...answer, body: answer.body as Body };
  };
  const made = async (path: string, body: unknown) => {
    const { code, body: object, text } = await ask('POST', path, body);
    assert.equal(code, 201, text);
    return object;
  };
  const configMap = (name: string, data = {}, labels = {}) => ({ metadata: { name, labels }, data });
  const deployment = (name: string) => ({
    metadata: { name },
    spec: { replicas: 0, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image: 'a:1', ports: [{ containerPort: 80 }], env: [{ name: 'A', value: '1' }], args: ['x', 'y'] }] } } },
  });

  function watch(path: string): Promise<Watching> {
    return new Promise((resolve, reject) => {
      const request = httpsRequest({ host: '127.0.0.1', port: api.port, path, ca: api.ca, cert: readFileSync(join(api.folder, 'admin.crt')), key: readFileSync(join(api.folder, 'admin.key')), agent: false }, (response) => {
        const events: Event[] = [];
        let rest = '';
        let over = false;
        let wake = () => {};
        response.setEncoding('utf8').on('data', (chunk: string) => {
          const lines = `${rest}${chunk}`.split('\n');
          rest = lines.pop()!;
          events.push(...lines.map((line) => JSON.parse(line) as Event));
          wake();
        });
        response.on('error', () => {});
        response.on('close', () => {
          over = true;
          wake();
        });
        resolve({
          code: response.statusCode!,
          async next() {
            while (events.length === 0 && !over) await new Promise<void>((again) => { wake = again; });
            return events.shift();
          },
          close: () => void request.destroy(),
        });
      });
      request.on('error', reject);
      request.end();
    });
  }
  const named = (event: Event | undefined) => [event?.type, event?.object.metadata.name];

  test('a list\'s version is the store\'s, decimal, and a place to watch from; the first event is the next change', async () => {
    const first = await made(maps, configMap('versions'));
    const list = await ask('GET', maps);
    assert.match(list.body.metadata.resourceVersion, /^[1-9]\d*$/);
    assert.ok(BigInt(list.body.metadata.resourceVersion) >= BigInt(first.metadata.resourceVersion));
    assert.equal((await ask('GET', `${maps}?resourceVersion=0`)).code, 200);
    const watching = await watch(`${maps}?watch=true&resourceVersion=${list.body.metadata.resourceVersion}`);
    const same = await ask('PUT', `${maps}/versions`, configMap('versions'));
    assert.equal(same.body.metadata.resourceVersion, first.metadata.resourceVersion); // nothing changed, nothing is told
    const changed = await ask('PUT', `${maps}/versions`, configMap('versions', { a: 'b' }));
    const event = await watching.next();
    assert.deepEqual([...named(event), event!.object.metadata.resourceVersion], ['MODIFIED', 'versions', changed.body.metadata.resourceVersion]);
    await ask('DELETE', `${maps}/versions`);
    const deleted = await watching.next();
    assert.deepEqual(named(deleted), ['DELETED', 'versions']);
    assert.ok(BigInt(deleted!.object.metadata.resourceVersion) > BigInt(changed.body.metadata.resourceVersion));
    watching.close();
    await made(maps, configMap('initial', {}, { initial: 'yes' }));
    for (const version of ['', '&resourceVersion=0']) {
      const fresh = await watch(`${maps}?watch=true&labelSelector=initial%3Dyes${version}`);
      assert.deepEqual(named(await fresh.next()), ['ADDED', 'initial']);
      fresh.close();
    }
  });

  test('a selector\'s watch: entering is ADDED, leaving is DELETED', async () => {
    const watching = await watch(`${maps}?watch=true&labelSelector=in%3Dyes`);
    await made(maps, configMap('mover'));
    await ask('PATCH', `${maps}/mover`, { metadata: { labels: { in: 'yes' } } }, 'application/merge-patch+json');
    assert.deepEqual(named(await watching.next()), ['ADDED', 'mover']);
    const left = await ask('PATCH', `${maps}/mover`, { metadata: { labels: { in: null } } }, 'application/merge-patch+json');
    const event = await watching.next();
    assert.deepEqual([...named(event), event!.object.metadata.resourceVersion], ['DELETED', 'mover', left.body.metadata.resourceVersion]);
    watching.close();
  });

  test('too old is an ERROR event of 410 and the end; pages expire with 410; the future is a 504 with its cause', async () => {
    for (let i = 0; i < 3; i += 1) await made(maps, configMap(`page-${i}`, {}, { page: 'yes' }));
    const page = await ask('GET', `${maps}?labelSelector=page&limit=2`);
    const { continue: next } = page.body.metadata as Meta & { continue: string };
    await ask('DELETE', `${maps}/page-2`);
    const rest = await ask('GET', `${maps}?labelSelector=page&limit=2&continue=${encodeURIComponent(next)}`);
    assert.deepEqual([rest.body.items.map(({ metadata }) => metadata.name), rest.body.metadata.resourceVersion], [['page-2'], page.body.metadata.resourceVersion]); // as it was when it began
    for (let i = 0; i < 6100; i += 1) api.registry.patch({ resource: { group: '', version: 'v1', resource: 'configmaps' }, namespace: 'default', name: 'page-0' }, { type: 'merge', body: { data: { i: String(i) } } });
    const old = await watch(`${maps}?watch=true&resourceVersion=1`);
    const error = await old.next();
    assert.deepEqual([old.code, error!.type, error!.object.kind, error!.object.code, error!.object.reason], [200, 'ERROR', 'Status', 410, 'Expired']);
    assert.equal(await old.next(), undefined);
    const expired = await ask('GET', `${maps}?labelSelector=page&limit=2&continue=${encodeURIComponent(next)}`);
    assert.deepEqual([expired.code, expired.body.reason], [410, 'Expired']);
    for (const path of [`${maps}?watch=true&resourceVersion=99999999`, `${maps}?resourceVersion=99999999&resourceVersionMatch=NotOlderThan`]) {
      const future = await ask('GET', path);
      assert.deepEqual([future.code, future.body.reason, (future.body.details['causes'] as { reason: string }[])[0]!.reason], [504, 'Timeout', 'ResourceVersionTooLarge'], path);
    }
  });

  test('writes: stale, unconditional, and what only the server decides', async () => {
    const one = await made(maps, { ...configMap('writes'), metadata: { name: 'writes', uid: 'mine', creationTimestamp: '2001-01-01T00:00:00Z', resourceVersion: '' } });
    assert.ok(one.metadata.uid !== 'mine' && !one.metadata.creationTimestamp.startsWith('2001'));
    await ask('PUT', `${maps}/writes`, configMap('writes', { a: 'b' }));
    const stale = await ask('PUT', `${maps}/writes`, { ...configMap('writes', { a: 'c' }), metadata: { name: 'writes', resourceVersion: one.metadata.resourceVersion } });
    assert.deepEqual([stale.code, stale.body.reason, stale.body.message], [409, 'Conflict', 'Operation cannot be fulfilled on configmaps "writes": the object has been modified; please apply your changes to the latest version and try again']);
    const patch = await ask('PATCH', `${maps}/writes`, { metadata: { resourceVersion: one.metadata.resourceVersion } }, 'application/merge-patch+json');
    assert.equal(patch.code, 409);
    const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
    await made(leases, { metadata: { name: 'held' }, spec: {} });
    assert.equal((await ask('PUT', `${leases}/held`, { metadata: { name: 'held' }, spec: { holderIdentity: 'me' } })).code, 422);
    const again = await ask('POST', maps, configMap('writes'));
    assert.deepEqual([again.code, again.body.reason, again.body.details], [409, 'AlreadyExists', { name: 'writes', kind: 'configmaps' }]);
    const generated = await made(maps, { metadata: { generateName: 'gen-' } });
    assert.match(generated.metadata.name, /^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    const invalid = await ask('POST', `${core}/services`, { metadata: { name: 'Bad' }, spec: {} });
    assert.deepEqual([invalid.code, invalid.body.reason, invalid.body.details['kind'], (invalid.body.details['causes'] as { field: string }[])[0]!.field], [422, 'Invalid', 'Service', 'metadata.name']);
  });

  test('generation follows spec; status and spec leave each other alone; labels may come through status', async () => {
    const apps = '/apis/apps/v1/namespaces/default/deployments';
    const one = await made(apps, { ...deployment('gen'), status: { replicas: 7 } });
    assert.deepEqual([one.metadata.generation, one.status?.['replicas']], [1, undefined]);
    const scaled = await ask('PATCH', `${apps}/gen`, { spec: { replicas: 2 }, status: { replicas: 9 } }, 'application/merge-patch+json');
    assert.deepEqual([scaled.body.metadata.generation, scaled.body.status?.['replicas']], [2, undefined]);
    const labelled = await ask('PATCH', `${apps}/gen`, { metadata: { labels: { a: 'b' } } }, 'application/merge-patch+json');
    assert.equal(labelled.body.metadata.generation, 2);
    const status = await ask('PATCH', `${apps}/gen/status`, { spec: { replicas: 50 }, status: { replicas: 2 } }, 'application/merge-patch+json');
    assert.deepEqual([status.body.spec['replicas'], status.body.status['replicas'], status.body.metadata.generation], [2, 2, 2]);
    await made(`${core}/services`, { metadata: { name: 'through' }, spec: { ports: [{ port: 80 }] } });
    const through = await ask('PATCH', `${core}/services/through/status`, { metadata: { labels: { via: 'status' } }, spec: { sessionAffinity: 'ClientIP' } }, 'application/merge-patch+json');
    assert.deepEqual([through.body.metadata.labels, through.body.spec['sessionAffinity']], [{ via: 'status' }, 'None']);
    const pod = await made(`${core}/pods`, { ...podManifest('born'), status: { phase: 'Succeeded' } });
    assert.equal(pod.status['phase'], 'Pending');
    const scale = await ask('GET', `${apps}/gen/scale`);
    assert.deepEqual([scale.body.kind, scale.body['apiVersion'], scale.body.spec], ['Scale', 'autoscaling/v1', { replicas: 2 }]);
  });

  test('dry runs default, validate, and keep nothing; deletion options also come in the query', async () => {
    const dry = await ask('POST', `${core}/services?dryRun=All`, { metadata: { name: 'dry' }, spec: { ports: [{ port: 80 }], type: 'NodePort' } });
    assert.deepEqual([dry.code, (dry.body.spec['ports'] as { targetPort: number }[])[0]!.targetPort], [201, 80]);
    assert.equal((await ask('GET', `${core}/services/dry`)).code, 404);
    assert.equal((await ask('POST', `${core}/services?dryRun=All`, { metadata: { name: 'dry' }, spec: { ports: [{ port: 0 }] } })).code, 422);
    await made(maps, configMap('kept'));
    assert.equal((await ask('DELETE', `${maps}/kept`, { dryRun: ['All'] })).code, 200);
    assert.equal((await ask('DELETE', `${maps}/kept?dryRun=All`)).code, 200);
    assert.equal((await ask('GET', `${maps}/kept`)).code, 200);
    const gone = await ask('DELETE', `${maps}/kept`, { apiVersion: 'policy/v1', kind: 'DeleteOptions', propagationPolicy: 'Background' });
    assert.deepEqual([gone.code, gone.body.kind, gone.body.status], [200, 'Status', 'Success']);
  });

  test('strategic merge by the struct tags\' keys, server-side apply by the schema\'s', async () => {
    const apps = '/apis/apps/v1/namespaces/default/deployments';
    await made(apps, deployment('merged'));
    const containers = async (patch: object) => {
      const { body, text, code } = await ask('PATCH', `${apps}/merged`, { spec: { template: { spec: { containers: [{ name: 'main', ...patch }] } } } }, 'application/strategic-merge-patch+json');
      assert.equal(code, 200, text);
      return (body.spec['template'] as { spec: { containers: Record<string, unknown>[] } }).spec.containers[0]!;
    };
    assert.deepEqual((await containers({ env: [{ name: 'B', value: '2' }] }))['env'], [{ name: 'B', value: '2' }, { name: 'A', value: '1' }]);
    assert.deepEqual((await containers({ env: [{ name: 'A', $patch: 'delete' }] }))['env'], [{ name: 'B', value: '2' }]);
    assert.deepEqual((await containers({ args: ['z'] }))['args'], ['z']); // atomic
    assert.deepEqual((await containers({ ports: [{ containerPort: 80, name: 'http' }] }))['ports'], [{ containerPort: 80, name: 'http', protocol: 'TCP' }]);
    assert.equal((await ask('PATCH', `${apps}/merged`, {}, 'application/json')).code, 415);
    const services = `${core}/services`;
    const apply = (manager: string, port: object, force = false) => ask('PATCH', `${services}/applied?fieldManager=${manager}&force=${force}`, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'applied' }, spec: { ports: [port] } }, 'application/apply-patch+yaml');
    assert.equal((await apply('tcp', { port: 53, protocol: 'TCP', name: 'tcp' })).code, 201);
    const both = await apply('udp', { port: 53, protocol: 'UDP', name: 'udp' });
    assert.equal((both.body.spec['ports'] as unknown[]).length, 2); // one port number, two protocols
    const conflict = await apply('udp', { port: 53, protocol: 'TCP', name: 'mine' });
    assert.deepEqual([conflict.code, (conflict.body.details['causes'] as object[])[0]], [409, { reason: 'FieldManagerConflict', message: 'conflict with "tcp"', field: '.spec.ports[port=53,protocol="TCP"].name' }]);
    assert.equal((await apply('udp', { port: 53, protocol: 'TCP', name: 'mine' }, true)).code, 200);
    const { managedFields } = (await ask('GET', `${services}/applied`)).body.metadata;
    assert.deepEqual(managedFields!.map(({ manager, operation }) => `${manager} ${operation}`).sort(), ['tcp Apply', 'udp Apply']);
  });

  test('selectors: absent keys, numbers, and only the registered fields', async () => {
    for (const [name, labels] of Object.entries({ 's-a': { set: 'x', n: '5' }, 's-b': { set: 'y' }, 's-c': {} })) await made(maps, configMap(name, {}, { family: 'sel', ...labels }));
    for (const [selector, names] of Object.entries({ 'set': 's-a,s-b', '!set': 's-c', 'set!=x': 's-b,s-c', 'set in (x,z)': 's-a', 'set notin (x)': 's-b,s-c', 'n>4': 's-a', 'n<5': '', 'set==y': 's-b' })) {
      const { body } = await ask('GET', `${maps}?labelSelector=${encodeURIComponent(`family=sel,${selector}`)}`);
      assert.equal(body.items.map(({ metadata }) => metadata.name).join(), names, selector);
    }
    assert.equal((await ask('GET', `${maps}?labelSelector=%3D%3D`)).code, 400);
    assert.equal((await ask('GET', `${maps}?fieldSelector=metadata.name%3Ds-a`)).body.items.length, 1);
    assert.equal((await ask('GET', `${maps}?fieldSelector=data.x%3Dy`)).code, 400);
    const nodes = await ask('GET', '/api/v1/nodes?fieldSelector=spec.unschedulable%3Dfalse');
    assert.deepEqual(nodes.body.items.map(({ metadata }) => metadata.name), ['worker']);
    assert.equal((await ask('GET', `${core}/pods?fieldSelector=spec.color%3Dred`)).body.message, 'Unable to find "/v1, Resource=pods" that match label selector "", field selector "spec.color=red": field label not supported: spec.color');
  });

  test('deletion: grace for what a node runs, finalizers, foreground, namespaces', async () => {
    await made(`${core}/pods`, podManifest('graceful'));
    api.setRunning('graceful');
    const watching = await watch(`${core}/pods?watch=true&fieldSelector=metadata.name%3Dgraceful`);
    await watching.next();
    const marked = await ask('DELETE', `${core}/pods/graceful?gracePeriodSeconds=20`);
    assert.ok(marked.body.metadata.deletionTimestamp);
    assert.deepEqual([(marked.body.metadata as Meta & { deletionGracePeriodSeconds: number }).deletionGracePeriodSeconds, named(await watching.next())], [20, ['MODIFIED', 'graceful']]);
    const longer = await ask('DELETE', `${core}/pods/graceful?gracePeriodSeconds=25`);
    assert.equal((longer.body.metadata as Meta & { deletionGracePeriodSeconds: number }).deletionGracePeriodSeconds, 20);
    await ask('DELETE', `${core}/pods/graceful`, { gracePeriodSeconds: 0 });
    assert.deepEqual(named(await watching.next()), ['DELETED', 'graceful']);
    watching.close();
    await made(maps, { metadata: { name: 'final', finalizers: ['example.org/hold'] } });
    assert.equal((await ask('DELETE', `${maps}/final`)).body.kind, 'ConfigMap');
    assert.ok((await ask('GET', `${maps}/final`)).body.metadata.deletionTimestamp);
    await ask('PATCH', `${maps}/final`, { metadata: { finalizers: null } }, 'application/merge-patch+json');
    assert.equal((await ask('GET', `${maps}/final`)).code, 404);
    await made(maps, configMap('front'));
    const front = await ask('DELETE', `${maps}/front`, { propagationPolicy: 'Foreground' });
    assert.deepEqual((front.body.metadata as Meta & { finalizers: string[] }).finalizers, ['foregroundDeletion']);
    await made('/api/v1/namespaces', { metadata: { name: 'ending' } });
    const ending = await ask('DELETE', '/api/v1/namespaces/ending');
    assert.deepEqual([ending.body.status['phase'], ending.body.spec['finalizers']], ['Terminating', ['kubernetes']]);
    const refused = await ask('POST', '/api/v1/namespaces/ending/configmaps', configMap('late'));
    assert.deepEqual([refused.code, refused.body.reason, (refused.body.details['causes'] as { reason: string }[])[0]!.reason], [403, 'Forbidden', 'NamespaceTerminating']);
    await ask('PUT', '/api/v1/namespaces/ending/finalize', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ending' }, spec: { finalizers: [] } });
    assert.equal((await ask('GET', '/api/v1/namespaces/ending')).code, 404);
  });

  test('a Table\'s rows carry metadata; a watched one has a row for each event', async () => {
    const accept = { headers: { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' } };
    const { body } = await askApi(api, 'GET', '/api/v1/nodes', accept);
    const table = body as unknown as { kind: string; columnDefinitions: { name: string; priority: number }[]; rows: { cells: unknown[]; object: { kind: string; metadata: Meta } }[] };
    assert.deepEqual([table.kind, table.rows[0]!.object.kind, table.rows[0]!.object.metadata.name], ['Table', 'PartialObjectMetadata', 'worker']);
    assert.deepEqual(table.columnDefinitions.filter(({ priority }) => priority === 0).map(({ name }) => name), ['Name', 'Status', 'Roles', 'Age', 'Version']);
    const events = (await askApi(api, 'GET', `${maps}?watch=true&timeoutSeconds=1&labelSelector=family%3Dsel`, accept)).text.trim().split('\n').map((line) => JSON.parse(line) as { type: string; object: { kind: string; rows: unknown[] } });
    assert.deepEqual(events.map(({ type, object }) => `${type} ${object.kind} ${object.rows.length}`), ['ADDED Table 1', 'ADDED Table 1', 'ADDED Table 1']);
  });
});
