// Roles: who may do what, what is refused as a role, and that nobody gives away what they lack.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resources, type PolicyRule } from '../types/index.ts';
import { ruleAllows } from './access.ts';
import { at, makeTestBed, refusal } from './testing.ts';

const group = 'rbac.authorization.k8s.io';
const jane = { username: 'jane', groups: ['dev', 'system:authenticated'] };
const robot = { username: 'system:serviceaccount:default:robot', groups: ['system:serviceaccounts'] };
const pods = (verb: string, more: object = {}) => ({ verb, path: '', resource: { group: '', resource: 'pods', namespace: 'default', ...more } });
const reading: PolicyRule = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] };
const binding = (name: string, kind: string, role: string, subject: object) => ({ metadata: { name }, roleRef: { apiGroup: group, kind, name: role }, subjects: [subject] });

test('rules match by verb, group, resource, subresource, name and path', () => {
  const cases: [PolicyRule, ReturnType<typeof pods> | { verb: string; path: string }, boolean][] = [
    [reading, pods('get'), true], [reading, pods('delete'), false], [reading, pods('get', { subresource: 'log' }), false], [reading, pods('get', { group: 'apps' }), false],
    [{ ...reading, resources: ['pods/log'] }, pods('get', { subresource: 'log' }), true], [{ ...reading, resources: ['*/log'] }, pods('get', { subresource: 'log' }), true],
    [{ ...reading, resourceNames: ['a'] }, pods('get', { name: 'a' }), true], [{ ...reading, resourceNames: ['a'] }, pods('list'), false],
    [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, pods('get', { subresource: 'exec' }), true],
    [{ verbs: ['get'], nonResourceURLs: ['/metrics/*'] }, { verb: 'get', path: '/metrics/slow' }, true], [{ verbs: ['get'], nonResourceURLs: ['/metrics'] }, { verb: 'get', path: '/logs' }, false],
  ];
  for (const [rule, request, allowed] of cases) assert.equal(ruleAllows(rule, request), allowed, JSON.stringify([rule, request]));
});

test('bindings give roles to users, groups and service accounts, in a namespace or everywhere', () => {
  const { registry } = makeTestBed();
  registry.create({ resource: resources.namespaces }, { metadata: { name: 'other' } });
  registry.create(at(resources.roles), { metadata: { name: 'reader' }, rules: [reading] });
  registry.create(at(resources.clusterRoles), { metadata: { name: 'deleter' }, rules: [{ verbs: ['delete'], apiGroups: [''], resources: ['pods'] }] });
  registry.create(at(resources.roleBindings), binding('robots', 'Role', 'reader', { kind: 'ServiceAccount', name: 'robot', namespace: 'default' }));
  registry.create(at(resources.roleBindings), binding('devs', 'ClusterRole', 'deleter', { kind: 'Group', name: 'dev' }));
  assert.deepEqual([robot, jane].map((user) => ['list', 'delete'].map((verb) => registry.access.allows(user, pods(verb)))), [[true, false], [false, true]]);
  assert.equal(registry.access.allows(jane, pods('delete', { namespace: 'other' })), false);
  registry.create(at(resources.clusterRoleBindings), binding('jane', 'ClusterRole', 'deleter', { kind: 'User', name: 'jane' }));
  assert.equal(registry.access.allows(jane, pods('delete', { namespace: 'other' })), true);
});

test('a role must say what it allows; a binding keeps its role', () => {
  const { registry } = makeTestBed();
  const role = (rule: object) => () => registry.create(at(resources.roles), { metadata: { name: 'r' }, rules: [rule] });
  assert.match(refusal(role({ verbs: [], apiGroups: [''], resources: ['pods'] })).message, /rules\[0\]\.verbs: Required value: verbs must contain at least one value/);
  assert.match(refusal(role({ verbs: ['get'], nonResourceURLs: ['/x'] })).message, /namespaced rules cannot apply to non-resource URLs/);
  registry.create(at(resources.roleBindings), binding('b', 'Role', 'r', { kind: 'User', name: 'jane' }));
  assert.match(refusal(() => registry.patch(at(resources.roleBindings, 'b'), { type: 'merge', body: { roleRef: { name: 'other' } } })).message, /roleRef: Invalid value: .*: cannot change roleRef/);
});

test('nobody gives away what they lack', () => {
  const { registry } = makeTestBed();
  registry.create(at(resources.clusterRoles), { metadata: { name: 'reader' }, rules: [reading] });
  registry.create(at(resources.clusterRoles), { metadata: { name: 'all' }, rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] });
  registry.create(at(resources.roleBindings), binding('jane', 'ClusterRole', 'reader', { kind: 'User', name: 'jane' }));
  const give = (role: string) => () => registry.create(at(resources.roleBindings), binding(`to-${role}`, 'ClusterRole', role, { kind: 'User', name: 'bob' }), { user: jane });
  const { message } = refusal(give('all'));
  assert.equal(message, 'rolebindings.rbac.authorization.k8s.io "to-all" is forbidden: user "jane" (groups=["dev" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:["*"], Resources:["*"], Verbs:["*"]}');
  give('reader')();
  assert.equal(refusal(() => registry.create(at(resources.roles), { metadata: { name: 'r' }, rules: [{ ...reading, verbs: ['get', 'delete'] }] }, { user: jane })).reason, 'Forbidden');
  registry.create(at(resources.roles), { metadata: { name: 'r' }, rules: [{ ...reading, verbs: ['get'] }] }, { user: jane });
});
