// Role-based access control: which rules a user has, and whether a rule allows a request.
import type { Storage } from '../storage/storage.ts';
import type { ClusterRole, ClusterRoleBinding, KubeObject, PolicyRule, Role, RoleBinding, RoleRef, Subject } from '../types/index.ts';
import { prefixOf } from './context.ts';
import { forbidden } from './errors.ts';
import { clusterRoleBindings, clusterRoles, roleBindings, roles } from './kinds/access.ts';
import type { Kind } from './kinds/rules.ts';
import type { WriteOptions } from './registry.ts';

type User = NonNullable<WriteOptions['user']>;

/** What someone wants to do: with a resource, or with a path of the API that is none. */
export interface AccessRequest { verb: string; path: string; resource?: { group: string; resource: string; subresource?: string; namespace?: string; name?: string } }

/** Answers for users that are no administrators. */
export interface Access {
  allows(user: User, request: AccessRequest): boolean;
  /** All rules of the user, in a namespace when one is given. */
  rulesOf(user: User, namespace: string | undefined): PolicyRule[];
}

const administrators = 'system:masters';

function isSubject({ username, groups }: User, subject: Subject, namespace: string | undefined): boolean {
  if (subject.kind === 'User') return subject.name === username;
  if (subject.kind === 'Group') return groups.includes(subject.name);
  return username === `system:serviceaccount:${subject.namespace ?? namespace}:${subject.name}`;
}

const has = (list: readonly string[] | undefined, value: string): boolean => list !== undefined && (list.includes('*') || list.includes(value));

function allowsPath(rule: PolicyRule, verb: string, path: string): boolean {
  return has(rule.verbs, verb) && (rule.nonResourceURLs ?? []).some((url) => url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1))));
}

/** True when the rule allows the request. */
export function ruleAllows(rule: PolicyRule, { verb, path, resource }: AccessRequest): boolean {
  if (!resource) return allowsPath(rule, verb, path);
  const { subresource, name } = resource;
  const combined = subresource ? `${resource.resource}/${subresource}` : resource.resource;
  const fits = has(rule.resources, combined) || (subresource !== undefined && rule.resources?.includes(`*/${subresource}`) === true);
  return has(rule.verbs, verb) && has(rule.apiGroups, resource.group) && fits && (!rule.resourceNames?.length || (name !== undefined && rule.resourceNames.includes(name)));
}

/** Access by the roles and bindings in `storage`. */
export function createAccess(storage: Storage): Access {
  const list = <T extends KubeObject>(kind: Kind<T>, namespace?: string): T[] => {
    const found = storage.list(prefixOf(kind, namespace));
    return found.outcome === 'listed' ? found.entries.map(({ value }) => value as T) : [];
  };
  const rulesOfRole = (ref: RoleRef, namespace: string | undefined): PolicyRule[] => {
    const kind = (ref.kind === 'Role' ? roles : clusterRoles) as unknown as Kind;
    return (storage.get(prefixOf(kind, namespace) + ref.name)?.value as Role | ClusterRole | undefined)?.rules ?? [];
  };
  const access: Access = {
    rulesOf(user, namespace) {
      const bindings: (ClusterRoleBinding | RoleBinding)[] = [...list(clusterRoleBindings), ...(namespace ? list(roleBindings, namespace) : [])];
      return bindings.filter(({ subjects = [], metadata }) => subjects.some((subject) => isSubject(user, subject, metadata.namespace)))
        .flatMap(({ roleRef, metadata }) => rulesOfRole(roleRef, metadata.namespace));
    },
    allows: (user, request) => access.rulesOf(user, request.resource?.namespace).some((rule) => ruleAllows(rule, request)),
  };
  return access;
}

/** Every single permission of a rule, as rules of one of each. */
function singles(rule: PolicyRule): PolicyRule[] {
  if (rule.nonResourceURLs?.length) return rule.nonResourceURLs.flatMap((url) => rule.verbs.map((verb) => ({ verbs: [verb], nonResourceURLs: [url] })));
  const names = rule.resourceNames?.length ? rule.resourceNames.map((name) => [name]) : [undefined];
  return (rule.apiGroups ?? []).flatMap((apiGroup) => (rule.resources ?? []).flatMap((resource) => rule.verbs.flatMap((verb) =>
    names.map((resourceNames) => ({ verbs: [verb], apiGroups: [apiGroup], resources: [resource], ...(resourceNames ? { resourceNames } : {}) })))));
}

function covers(owner: PolicyRule, { verbs, apiGroups, resources = [], resourceNames, nonResourceURLs }: PolicyRule): boolean {
  if (nonResourceURLs) return allowsPath(owner, verbs[0]!, nonResourceURLs[0]!);
  const [resource = ''] = resources;
  const fits = has(owner.resources, resource) || (resource.includes('/') && owner.resources?.includes(`*/${resource.split('/')[1]}`) === true);
  return has(owner.verbs, verbs[0]!) && has(owner.apiGroups, apiGroups![0]!) && fits
    && (!owner.resourceNames?.length || (resourceNames !== undefined && owner.resourceNames.includes(resourceNames[0]!)));
}

function describe(rule: PolicyRule): string {
  const list = (values: readonly string[]) => `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;
  if (rule.nonResourceURLs) return `{NonResourceURLs:${list(rule.nonResourceURLs)}, Verbs:${list(rule.verbs)}}`;
  return `{APIGroups:${list(rule.apiGroups ?? [])}, Resources:${list(rule.resources ?? [])}${rule.resourceNames ? `, ResourceNames:${list(rule.resourceNames)}` : ''}, Verbs:${list(rule.verbs)}}`;
}

/**
 * Nobody gives away through a role or binding what they do not have, unless they may `escalate` or `bind` it. Throws
 * Forbidden in upstream's words. Writes of the server itself, without a user, are not asked.
 */
export function refuseEscalation(storage: Storage, kind: Kind, object: KubeObject, user: User | undefined): void {
  if (kind.group !== roles.group || !user || user.groups.includes(administrators)) return;
  const access = createAccess(storage);
  const { namespace } = object.metadata;
  const isBinding = kind.resource.endsWith('bindings');
  const { roleRef } = object as RoleBinding;
  const role = isBinding ? (roleRef.kind === 'Role' ? roles : clusterRoles) : kind;
  const verb = isBinding ? 'bind' : 'escalate';
  const name = isBinding ? roleRef.name : object.metadata.name;
  if (access.allows(user, { verb, path: '', resource: { group: roles.group, resource: role.resource, name, ...(namespace ? { namespace } : {}) } })) return;
  const given = isBinding ? (storage.get(prefixOf(role as unknown as Kind, namespace) + name)?.value as Role | undefined)?.rules ?? [] : (object as Role).rules ?? [];
  const own = access.rulesOf(user, namespace);
  const missing = given.flatMap(singles).filter((rule) => !own.some((one) => covers(one, rule)));
  if (missing.length === 0) return;
  const groups = user.groups.map((one) => JSON.stringify(one)).join(' ');
  throw forbidden(kind, object.metadata.name, `user ${JSON.stringify(user.username)} (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n${missing.map(describe).join('\n')}`);
}
