// The resource references that the engine's parts use by name.
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from './access.ts';
import type { ControllerRevision, DaemonSet, StatefulSet } from './apps.ts';
import type { CronJob, Job } from './batch.ts';
import type { ResourceRef } from './client.ts';
import type { KubeObject } from './meta.ts';
import type { Endpoints, EndpointSlice, NetworkPolicy, Service } from './networking.ts';
import type { HorizontalPodAutoscaler, PodDisruptionBudget } from './policy.ts';
import type { ConfigMap, Deployment, Namespace, Node, Pod, ReplicaSet, Secret } from './workloads.ts';

function ref<T extends KubeObject>(group: string, version: string, resource: string, kind: string, namespaced = true): ResourceRef<T> {
  return { group, version, resource, kind, namespaced };
}

export const pods = ref<Pod>('', 'v1', 'pods', 'Pod');
export const services = ref<Service>('', 'v1', 'services', 'Service');
export const endpoints = ref<Endpoints>('', 'v1', 'endpoints', 'Endpoints');
export const configMaps = ref<ConfigMap>('', 'v1', 'configmaps', 'ConfigMap');
export const secrets = ref<Secret>('', 'v1', 'secrets', 'Secret');
export const serviceAccounts = ref<KubeObject>('', 'v1', 'serviceaccounts', 'ServiceAccount');
export const events = ref<KubeObject>('', 'v1', 'events', 'Event');
export const namespaces = ref<Namespace>('', 'v1', 'namespaces', 'Namespace', false);
export const nodes = ref<Node>('', 'v1', 'nodes', 'Node', false);
export const deployments = ref<Deployment>('apps', 'v1', 'deployments', 'Deployment');
export const replicaSets = ref<ReplicaSet>('apps', 'v1', 'replicasets', 'ReplicaSet');
export const statefulSets = ref<StatefulSet>('apps', 'v1', 'statefulsets', 'StatefulSet');
export const daemonSets = ref<DaemonSet>('apps', 'v1', 'daemonsets', 'DaemonSet');
export const controllerRevisions = ref<ControllerRevision>('apps', 'v1', 'controllerrevisions', 'ControllerRevision');
export const jobs = ref<Job>('batch', 'v1', 'jobs', 'Job');
export const cronJobs = ref<CronJob>('batch', 'v1', 'cronjobs', 'CronJob');
export const horizontalPodAutoscalers = ref<HorizontalPodAutoscaler>('autoscaling', 'v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler');
export const podDisruptionBudgets = ref<PodDisruptionBudget>('policy', 'v1', 'poddisruptionbudgets', 'PodDisruptionBudget');
export const roles = ref<Role>('rbac.authorization.k8s.io', 'v1', 'roles', 'Role');
export const roleBindings = ref<RoleBinding>('rbac.authorization.k8s.io', 'v1', 'rolebindings', 'RoleBinding');
export const clusterRoles = ref<ClusterRole>('rbac.authorization.k8s.io', 'v1', 'clusterroles', 'ClusterRole', false);
export const clusterRoleBindings = ref<ClusterRoleBinding>('rbac.authorization.k8s.io', 'v1', 'clusterrolebindings', 'ClusterRoleBinding', false);
export const endpointSlices = ref<EndpointSlice>('discovery.k8s.io', 'v1', 'endpointslices', 'EndpointSlice');
export const networkPolicies = ref<NetworkPolicy>('networking.k8s.io', 'v1', 'networkpolicies', 'NetworkPolicy');
export const leases = ref<KubeObject>('coordination.k8s.io', 'v1', 'leases', 'Lease');
