// Roles and their bindings (rbac.authorization.k8s.io/v1).
import type { ClusterRole, ClusterRoleBinding, KubeObject, PolicyRule, Role, RoleBinding, RoleRef, Subject } from '../../types/index.ts';
import { forbiddenField, invalidValue, notSupported, required } from '../fieldErrors.ts';
import type { FieldError } from '../fieldErrors.ts';
import { sameJson } from '../json.ts';
import type { NameRule } from '../names.ts';
import { checkSelector } from './networkPolicies.ts';
import type { Kind } from './rules.ts';

const group = 'rbac.authorization.k8s.io';

/** Any segment of a path. */
const pathSegment: NameRule = (name) => [
  ...(name === '.' || name === '..' ? [`may not be '${name}'`] : []),
  ...['/', '%'].filter((character) => name.includes(character)).map((character) => `may not contain '${character}'`),
];

function checkRules(rules: readonly PolicyRule[] | null | undefined, namespaced: boolean): FieldError[] {
  return (rules ?? []).flatMap((rule, at) => {
    const path = `rules[${at}]`;
    const problems: FieldError[] = rule.verbs?.length ? [] : [required(`${path}.verbs`, 'verbs must contain at least one value')];
    if (rule.nonResourceURLs?.length) {
      if (namespaced) problems.push(invalidValue(`${path}.nonResourceURLs`, rule.nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs'));
      if (rule.apiGroups?.length || rule.resources?.length || rule.resourceNames?.length) problems.push(invalidValue(`${path}.nonResourceURLs`, rule.nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs'));
      return problems;
    }
    if (!rule.apiGroups?.length) problems.push(required(`${path}.apiGroups`, 'resource rules must supply at least one api group'));
    if (!rule.resources?.length) problems.push(required(`${path}.resources`, 'resource rules must supply at least one resource'));
    return problems;
  });
}

interface Binding extends KubeObject { subjects?: Subject[]; roleRef: RoleRef }

function defaultBinding(object: Binding): void {
  object.roleRef ??= { apiGroup: '', kind: '', name: '' };
  object.roleRef.apiGroup ||= group;
  for (const subject of object.subjects ?? []) {
    if (!subject.apiGroup && (subject.kind === 'User' || subject.kind === 'Group')) subject.apiGroup = group;
  }
}

function checkBinding({ roleRef, subjects = [] }: Binding, kinds: readonly string[]): FieldError[] {
  return [
    ...(roleRef.apiGroup === group ? [] : [notSupported('roleRef.apiGroup', roleRef.apiGroup, [group])]),
    ...(kinds.includes(roleRef.kind) ? [] : [notSupported('roleRef.kind', roleRef.kind ?? '', kinds)]),
    ...(roleRef.name ? pathSegment(roleRef.name).map((text) => invalidValue('roleRef.name', roleRef.name, text)) : [required('roleRef.name')]),
    ...subjects.flatMap((subject, at) => {
      const path = `subjects[${at}]`;
      const named = subject.name ? [] : [required(`${path}.name`)];
      if (subject.kind === 'ServiceAccount') {
        return [...named, ...(subject.namespace ? [] : [required(`${path}.namespace`)]), ...(subject.apiGroup ? [notSupported(`${path}.apiGroup`, subject.apiGroup, [''])] : [])];
      }
      if (subject.kind !== 'User' && subject.kind !== 'Group') return [...named, notSupported(`${path}.kind`, subject.kind ?? '', ['ServiceAccount', 'User', 'Group'])];
      return [...named, ...(subject.namespace ? [forbiddenField(`${path}.namespace`, 'may not be set for this kind of subject')] : [])];
    }),
  ];
}

const fixedRole = (next: Binding, live: Binding): FieldError[] => (sameJson(next.roleRef, live.roleRef) ? [] : [invalidValue('roleRef', next.roleRef, 'cannot change roleRef')]);

/** rbac.authorization.k8s.io/v1 Role. */
export const roles: Kind<Role> = {
  group, version: 'v1', kind: 'Role', resource: 'roles', singular: 'role', namespaced: true,
  rules: { nameRule: pathSegment, defaults(object) { object.rules ??= null; }, validate: (object) => checkRules(object.rules, true) },
};

/** rbac.authorization.k8s.io/v1 ClusterRole. */
export const clusterRoles: Kind<ClusterRole> = {
  group, version: 'v1', kind: 'ClusterRole', resource: 'clusterroles', singular: 'clusterrole', namespaced: false,
  rules: {
    nameRule: pathSegment,
    defaults(object) { object.rules ??= null; },
    validate: (object) => [
      ...checkRules(object.rules, false),
      ...(object.aggregationRule?.clusterRoleSelectors ?? []).flatMap((selector, at) => checkSelector(`aggregationRule.clusterRoleSelectors[${at}]`, selector)),
      ...(object.aggregationRule && !object.aggregationRule.clusterRoleSelectors?.length ? [required('aggregationRule.clusterRoleSelectors', 'at least one clusterRoleSelector required if aggregationRule is non-nil')] : []),
    ],
  },
};

/** rbac.authorization.k8s.io/v1 RoleBinding. */
export const roleBindings: Kind<RoleBinding> = {
  group, version: 'v1', kind: 'RoleBinding', resource: 'rolebindings', singular: 'rolebinding', namespaced: true,
  rules: { nameRule: pathSegment, defaults: defaultBinding, validate: (object) => checkBinding(object, ['Role', 'ClusterRole']), validateUpdate: fixedRole },
};

/** rbac.authorization.k8s.io/v1 ClusterRoleBinding. */
export const clusterRoleBindings: Kind<ClusterRoleBinding> = {
  group, version: 'v1', kind: 'ClusterRoleBinding', resource: 'clusterrolebindings', singular: 'clusterrolebinding', namespaced: false,
  rules: { nameRule: pathSegment, defaults: defaultBinding, validate: (object) => checkBinding(object, ['ClusterRole']), validateUpdate: fixedRole },
};
