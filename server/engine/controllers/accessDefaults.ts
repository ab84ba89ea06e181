// The cluster roles that every cluster starts with, and the aggregation of cluster roles by label.
import { DisposableStack, type Disposable } from '../../base/index.ts';
import { isStatus, matchesSelector, resources, type ClusterRole, type ClusterRoleBinding, type PolicyRule } from '../types/index.ts';
import type { ControllerContext } from './context.ts';
import { keyOf, sameJson } from './keys.ts';
import { WorkQueue } from './workQueue.ts';

const rbac = 'rbac.authorization.k8s.io';
const labels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
const annotations = { 'rbac.authorization.kubernetes.io/autoupdate': 'true' };

const reading = ['get', 'list', 'watch'];
const writing = ['create', 'delete', 'deletecollection', 'patch', 'update'];
const core = ['configmaps', 'endpoints', 'pods', 'services'];
const apps = ['controllerrevisions', 'daemonsets', 'daemonsets/status', 'deployments', 'deployments/scale', 'deployments/status', 'replicasets', 'replicasets/scale', 'replicasets/status', 'statefulsets', 'statefulsets/scale', 'statefulsets/status'];
const written = (names: readonly string[]): string[] => names.filter((name) => !name.endsWith('/status') && name !== 'controllerrevisions');

function rule(apiGroup: string, names: readonly string[], verbs: readonly string[]): PolicyRule {
  return { apiGroups: [apiGroup], resources: [...names], verbs: [...verbs] };
}

const viewing: PolicyRule[] = [
  rule('', [...core, 'serviceaccounts', 'services/status', 'bindings', 'events', 'pods/log', 'pods/status', 'namespaces', 'namespaces/status'], reading),
  rule('discovery.k8s.io', ['endpointslices'], reading), rule('apps', apps, reading),
  rule('autoscaling', ['horizontalpodautoscalers', 'horizontalpodautoscalers/status'], reading), rule('batch', ['cronjobs', 'cronjobs/status', 'jobs', 'jobs/status'], reading),
  rule('policy', ['poddisruptionbudgets', 'poddisruptionbudgets/status'], reading), rule('networking.k8s.io', ['ingresses', 'ingresses/status', 'networkpolicies'], reading),
];

const editing: PolicyRule[] = [
  rule('', ['pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy', 'secrets', 'services/proxy'], reading), rule('', ['serviceaccounts'], ['impersonate']),
  rule('', ['pods', 'pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy'], writing), rule('', ['pods/eviction'], ['create']),
  rule('', ['configmaps', 'events', 'secrets', 'serviceaccounts', 'services', 'services/proxy'], writing), rule('', ['serviceaccounts/token'], ['create']),
  rule('apps', written(apps), writing), rule('autoscaling', ['horizontalpodautoscalers'], writing), rule('batch', ['cronjobs', 'jobs'], writing),
  rule('policy', ['poddisruptionbudgets'], writing), rule('networking.k8s.io', ['ingresses', 'networkpolicies'], writing),
];

const administering: PolicyRule[] = [
  rule('authorization.k8s.io', ['localsubjectaccessreviews'], ['create']), rule(rbac, ['rolebindings', 'roles'], [...reading, ...writing].toSorted()),
];

function clusterRole(name: string, more: Partial<ClusterRole>, aggregateTo?: string): ClusterRole {
  return {
    apiVersion: `${rbac}/v1`, kind: 'ClusterRole',
    metadata: { name, labels: { ...labels, ...(aggregateTo ? { [`${rbac}/aggregate-to-${aggregateTo}`]: 'true' } : {}) }, annotations }, rules: null, ...more,
  };
}

const gathered = (level: string): Partial<ClusterRole> => ({ aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [`${rbac}/aggregate-to-${level}`]: 'true' } }] } });

/** The default cluster roles with upstream's names; their rules name what a namespace's people work with. */
export const defaultClusterRoles: readonly ClusterRole[] = [
  clusterRole('cluster-admin', { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }, { nonResourceURLs: ['*'], verbs: ['*'] }] }),
  clusterRole('admin', gathered('admin')), clusterRole('edit', gathered('edit'), 'admin'), clusterRole('view', gathered('view'), 'edit'),
  clusterRole('system:aggregate-to-admin', { rules: administering }, 'admin'), clusterRole('system:aggregate-to-edit', { rules: editing }, 'edit'),
  clusterRole('system:aggregate-to-view', { rules: viewing }, 'view'),
];

const adminBinding: ClusterRoleBinding = {
  apiVersion: `${rbac}/v1`, kind: 'ClusterRoleBinding', metadata: { name: 'cluster-admin', labels, annotations },
  roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' }, subjects: [{ apiGroup: rbac, kind: 'Group', name: 'system:masters' }],
};

/** Makes what is missing once, at the start, as upstream's reconciliation does, and keeps aggregated rules up to date. */
export function startAccessDefaults({ client, clock, logger }: ControllerContext): Disposable {
  const owned = new DisposableStack();
  const roles = client.informer(resources.clusterRoles);
  const queue = owned.add(new WorkQueue({ name: 'access', logger, clock, sync }));
  const seeds = new Map(defaultClusterRoles.map((role) => [`seed ${role.metadata.name}`, role]));

  async function sync(key: string): Promise<void> {
    const seed = seeds.get(key);
    try {
      if (seed) return void (roles.get({ name: seed.metadata.name }) ?? await client.create(resources.clusterRoles, seed));
      if (key === 'binding') return void await client.create(resources.clusterRoleBindings, adminBinding);
    } catch (error) {
      if (isStatus(error, 'AlreadyExists')) return;
      throw error;
    }
    const role = roles.get({ name: key });
    const selectors = role?.aggregationRule?.clusterRoleSelectors ?? [];
    if (!role || selectors.length === 0 || role.metadata.deletionTimestamp !== undefined) return;
    const parts = roles.list().filter(({ metadata }) => metadata.name !== key && selectors.some((selector) => matchesSelector(selector, metadata.labels)))
      .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    const unique = new Map(parts.flatMap((part) => part.rules ?? []).map((one) => [JSON.stringify(one), one]));
    const rules = unique.size > 0 ? [...unique.values()] : null;
    if (!sameJson(rules, role.rules)) await client.update(resources.clusterRoles, { ...role, rules });
  }

  owned.add(roles.onEvent(() => {
    for (const role of roles.list()) if (role.aggregationRule) queue.add(keyOf(role));
  }));
  for (const key of [...seeds.keys(), 'binding']) queue.add(key);
  for (const role of roles.list()) if (role.aggregationRule) queue.add(keyOf(role));
  return owned;
}
