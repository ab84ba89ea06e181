// Who may do what, without a server.
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { isStatus } from '../types/index.ts';
import { authenticate, authorize, impersonated, isAllowed, type UserInfo } from './auth.ts';

const request = (headers: Record<string, string | string[]>, socket: object = { authorized: false, getPeerCertificate: () => ({}) }) => ({
  socket,
  headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat()[0]])),
  headersDistinct: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat()])),
}) as unknown as IncomingMessage;
const admin: UserInfo = { username: 'admin', groups: ['system:masters'] };
const account: UserInfo = { username: 'system:serviceaccount:a:b', groups: ['system:authenticated'] };

test('certificates name user and groups; foreign ones are refused', async () => {
  const socket = (authorized: boolean) => ({ authorized, getPeerCertificate: () => ({ subject: { CN: 'kubernetes-admin', O: ['system:masters', 'x'] } }) });
  assert.deepEqual(await authenticate(request({}, socket(true)), {}), { username: 'kubernetes-admin', groups: ['system:masters', 'x', 'system:authenticated'] });
  await assert.rejects(authenticate(request({}, socket(false)), {}), (thrown) => isStatus(thrown, 'Unauthorized'));
});

test('tokens: listed, of service accounts, wrong', async () => {
  const options = { tokens: { t1: admin }, serviceAccountUser: (token: string) => (token === 't2' ? account : undefined) };
  assert.equal((await authenticate(request({ authorization: 'Bearer t1' }), options))?.username, 'admin');
  assert.equal((await authenticate(request({ authorization: 'bearer t2' }), options))?.username, account.username);
  assert.equal(await authenticate(request({}), options), undefined);
  for (const authorization of ['Bearer t3', 'Bearer toString', 'Basic eA==', 'Bearer']) await assert.rejects(authenticate(request({ authorization }), options), (thrown) => isStatus(thrown, 'Unauthorized'), authorization);
});

test('administrators may everything, others discovery and reviews of themselves, nobody public paths', () => {
  const pods = { verb: 'list', path: '/api/v1/pods', resource: { group: '', resource: 'pods' } };
  const path = (name: string) => ({ verb: 'get', path: name });
  assert.deepEqual([admin, account, undefined].map((user) => isAllowed(user, pods, {})), [true, false, false]);
  for (const name of ['/api', '/api/v1', '/apis', '/apis/apps', '/apis/apps/v1', '/openapi/v3', '/openapi/v3/apis/apps/v1']) assert.deepEqual([account, undefined].map((user) => isAllowed(user, path(name), {})), [true, false], name);
  for (const name of ['/version', '/healthz', '/livez', '/readyz', '/readyz/ping']) assert.equal(isAllowed(undefined, path(name), {}), true, name);
  assert.equal(isAllowed(undefined, path('/versions'), {}), false);
  assert.equal(isAllowed(account, { verb: 'create', path: '', resource: { group: 'authentication.k8s.io', resource: 'selfsubjectreviews' } }, {}), true);
  assert.throws(() => authorize(account, { ...pods, resource: { ...pods.resource, namespace: 'x', subresource: 'log', name: 'p' } }, {}),
    /pods "p" is forbidden: User "system:serviceaccount:a:b" cannot list resource "pods\/log" in API group "" in the namespace "x"/);
});

test('only administrators act as others', () => {
  const asked = request({ 'impersonate-user': 'system:serviceaccount:a:b' });
  assert.deepEqual(impersonated(admin, asked, {}), { username: 'system:serviceaccount:a:b', groups: ['system:serviceaccounts', 'system:serviceaccounts:a', 'system:authenticated'] });
  assert.throws(() => impersonated(account, asked, {}), (thrown) => isStatus(thrown, 'Forbidden'));
  assert.equal(impersonated(account, request({}), {}), account);
});
