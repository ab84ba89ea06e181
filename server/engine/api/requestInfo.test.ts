// Paths of the API and what they name.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tryRequestInfo } from './requestInfo.ts';

const resource = (target: string) => tryRequestInfo(target)?.resource;

test('resources of core and of groups, in namespaces and outside', () => {
  assert.deepEqual(resource('/api/v1/namespaces/a/pods/b/log?follow=true'), { group: '', version: 'v1', namespace: 'a', resource: 'pods', name: 'b', subresource: 'log', trailing: [] });
  assert.deepEqual(resource('/apis/apps/v1/deployments'), { group: 'apps', version: 'v1', resource: 'deployments', trailing: [] });
  assert.deepEqual(resource('/api/v1/nodes/n/status'), { group: '', version: 'v1', resource: 'nodes', name: 'n', subresource: 'status', trailing: [] });
});

test('a namespace is a resource too', () => {
  assert.deepEqual(resource('/api/v1/namespaces/a'), { group: '', version: 'v1', resource: 'namespaces', name: 'a', trailing: [] });
  assert.equal(resource('/api/v1/namespaces/a/finalize')?.subresource, 'finalize');
  assert.equal(resource('/api/v1/namespaces/a/services')?.resource, 'services');
});

test('other paths are no resources, and broken escapes no paths', () => {
  for (const path of ['/', '/version', '/api', '/api/v1', '/apis/apps', '/apis/apps/v1', '/openapi/v3']) assert.equal(resource(path), undefined, path);
  assert.equal(tryRequestInfo('/api/v1/pods/%zz'), undefined);
});
