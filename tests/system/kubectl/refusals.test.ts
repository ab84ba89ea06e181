// What is not there, not allowed or not well-formed gets Kubernetes' own answer.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect } from 'node:tls';
import { findKubectl, startApiFixture, type ApiFixture } from './apiFixture.ts';
import { askApi, type AskArguments } from './ask.ts';
import { podManifest } from './manifests.ts';

const skip = findKubectl() ? false : 'kubectl is not on PATH nor in PATCHBAY_KUBECTL';

describe('refusals', () => {
  let api: ApiFixture;
  before(async () => {
    api = await startApiFixture({ auth: { tokens: { 'pod-token': { username: 'system:serviceaccount:default:default', groups: ['system:serviceaccounts'] } } } });
  });
  after(() => api.close());

  const ask = (...request: AskArguments) => askApi(api, ...request);

  test('who may ask', async () => {
    assert.deepEqual([(await ask('GET', '/version', { as: '' })).code, (await ask('GET', '/readyz', { as: '' })).text], [200, 'ok']);
    const anonymous = await ask('GET', '/api/v1/pods', { as: '' });
    assert.deepEqual([anonymous.code, anonymous.body.reason, anonymous.body.message], [401, 'Unauthorized', 'Unauthorized']);
    assert.equal((await ask('GET', '/api/v1/pods', { token: 'wrong' })).code, 401);
    assert.equal((await ask('GET', '/api/v1/pods', { as: 'impostor' })).code, 401);
    assert.equal((await ask('GET', '/api', { token: 'pod-token' })).code, 200);
    const forbidden = await ask('GET', '/api/v1/namespaces/default/pods/x', { token: 'pod-token' });
    assert.deepEqual([forbidden.code, forbidden.body.message],
      [403, 'pods "x" is forbidden: User "system:serviceaccount:default:default" cannot get resource "pods" in API group "" in the namespace "default"']);
    assert.equal((await ask('GET', '/apis/apps/v1/deployments', { as: 'guest' })).code, 403);
    const review = await ask('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { as: 'guest', body: '{"spec":{"resourceAttributes":{"verb":"list","resource":"pods"}}}' });
    assert.deepEqual([review.code, review.body['status']], [201, { allowed: false }]);
  });

  test('the Unix socket speaks the same', async () => {
    assert.equal((await ask('GET', '/api/v1/namespaces/default', { socket: true })).body.kind, 'Namespace');
  });

  test('unknown paths, resources, verbs and forms', async () => {
    const unknown = await ask('GET', '/apis/example.org/v1/things');
    assert.deepEqual([unknown.code, unknown.text], [404, '404 page not found\n']);
    for (const path of ['/nothing', '/api/v2', '/api/v1/pods/x', '/api/v1/namespaces/default/pods/x/proxy', '/api/v1/namespaces/default/nodes/worker']) assert.equal((await ask('GET', path)).code, 404, path);
    const absent = await ask('GET', '/api/v1/namespaces/default/pods/x');
    assert.deepEqual([absent.code, absent.body.reason, absent.body.message], [404, 'NotFound', 'pods "x" not found']);
    for (const [method, path] of [['PUT', '/api/v1/namespaces/default/pods'], ['POST', '/version'], ['POST', '/api/v1/pods'], ['OPTIONS', '/api/v1/pods']] as const) {
      assert.deepEqual([method, (await ask(method, path, method === 'OPTIONS' ? {} : { body: '{}' })).code], [method, 405]);
    }
    assert.equal((await ask('GET', '/api/v1/pods', { headers: { Accept: 'text/html' } })).code, 406);
    assert.equal((await ask('GET', '/api/v1/pods/%zz')).code, 400);
  });

  test('bodies that cannot be read', async () => {
    const post = (body: string | Buffer, type = 'application/json') => ask('POST', '/api/v1/namespaces/default/pods', { body, headers: { 'Content-Type': type } });
    assert.equal((await post('{')).code, 400);
    assert.equal((await post('[]')).code, 400);
    assert.equal((await post('"x"')).code, 400);
    assert.equal((await post('<x/>', 'text/xml')).code, 415);
    assert.equal((await post('k8s\0garbage', 'application/vnd.kubernetes.protobuf')).code, 400);
    assert.equal((await post(`${'['.repeat(200_000)}${']'.repeat(200_000)}`)).code, 400);
    const wrong = await post(JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' } }));
    assert.deepEqual([wrong.code, wrong.body.reason], [400, 'BadRequest']);
    const invalid = await post(JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'No Good' }, spec: {} }));
    assert.deepEqual([invalid.code, invalid.body.reason], [422, 'Invalid']);
    assert.equal((await ask('PATCH', '/api/v1/namespaces/default', { body: '{}', headers: { 'Content-Type': 'application/json' } })).code, 415);
    assert.equal((await ask('GET', '/healthz')).text, 'ok');
  });

  test('a body over 3 MiB is refused before it is read', async () => {
    const socket = connect({ host: '127.0.0.1', port: api.port, ca: api.ca, cert: readFileSync(join(api.folder, 'admin.crt')), key: readFileSync(join(api.folder, 'admin.key')) });
    socket.write(`POST /api/v1/namespaces/default/pods HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${4 * 1024 * 1024}\r\n\r\n{`);
    const [first] = await once(socket, 'data') as [Buffer];
    assert.match(first.toString(), /^HTTP\/1\.1 413 [^]*Request entity too large: limit is 3145728/);
    socket.destroy();
  });

  test('an unknown field warns, or refuses when strict', async () => {
    const body = JSON.stringify({ ...podManifest('warned'), spec: { containers: [{ name: 'a', image: 'i' }], nodename: 'x' } });
    const warned = await ask('POST', '/api/v1/namespaces/default/pods', { body });
    assert.deepEqual([warned.code, warned.headers['warning']], [201, '299 - "unknown field \\"spec.nodename\\""']);
    assert.equal((await ask('POST', '/api/v1/namespaces/default/pods?fieldValidation=Strict', { body })).code, 400);
    assert.equal((await ask('POST', '/api/v1/namespaces/default/pods?fieldValidation=Loud', { body })).code, 422);
    assert.equal((await ask('POST', '/api/v1/namespaces/default/pods?dryRun=Some', { body })).code, 422);
  });

  test('kubectl puts it in words', { skip }, async () => {
    assert.match((await api.run(['get', 'things'])).stderr, /error: the server doesn't have a resource type "things"/);
    assert.match((await api.run(['get', 'pod', 'x'])).stderr, /^Error from server \(NotFound\): pods "x" not found\n$/);
    const kind = await api.run(['apply', '-f', '-'], { input: 'apiVersion: example.org/v1\nkind: Thing\nmetadata: {name: x}\n' });
    assert.match(kind.stderr, /no matches for kind "Thing" in version "example\.org\/v1"/);
    assert.match((await api.run(['get', '--raw', '/apis/example.org/v1/things'])).stderr, /the server could not find the requested resource/);
    assert.match((await api.run(['top', 'pods'])).stderr, /Metrics API not available/);
    assert.match((await api.run(['get', 'pods', '--field-selector', 'spec.color=red'])).stderr, /field label not supported/);
  });
});
