// Kubernetes' own kinds: API version, plural and scope, so that checks and setup need no discovery.

/** How a kind is reached: `resource` is its plural. */
export interface KindInfo { kind: string; apiVersion: string; resource: string; namespaced: boolean }

const table: readonly [apiVersion: string, namespaced: boolean, kinds: Record<string, string>][] = [
  ['v1', true, {
    Pod: 'pods', Service: 'services', Endpoints: 'endpoints', ConfigMap: 'configmaps', Secret: 'secrets', ServiceAccount: 'serviceaccounts', Event: 'events',
    PersistentVolumeClaim: 'persistentvolumeclaims', ReplicationController: 'replicationcontrollers', LimitRange: 'limitranges', ResourceQuota: 'resourcequotas',
  }],
  ['v1', false, { Namespace: 'namespaces', Node: 'nodes', PersistentVolume: 'persistentvolumes' }],
  ['apps/v1', true, { Deployment: 'deployments', ReplicaSet: 'replicasets', StatefulSet: 'statefulsets', DaemonSet: 'daemonsets' }],
  ['batch/v1', true, { Job: 'jobs', CronJob: 'cronjobs' }],
  ['discovery.k8s.io/v1', true, { EndpointSlice: 'endpointslices' }],
  ['networking.k8s.io/v1', true, { NetworkPolicy: 'networkpolicies', Ingress: 'ingresses' }],
  ['networking.k8s.io/v1', false, { IngressClass: 'ingressclasses' }],
  ['rbac.authorization.k8s.io/v1', true, { Role: 'roles', RoleBinding: 'rolebindings' }],
  ['rbac.authorization.k8s.io/v1', false, { ClusterRole: 'clusterroles', ClusterRoleBinding: 'clusterrolebindings' }],
  ['autoscaling/v2', true, { HorizontalPodAutoscaler: 'horizontalpodautoscalers' }],
  ['policy/v1', true, { PodDisruptionBudget: 'poddisruptionbudgets' }],
  ['storage.k8s.io/v1', false, { StorageClass: 'storageclasses' }],
  ['apiextensions.k8s.io/v1', false, { CustomResourceDefinition: 'customresourcedefinitions' }],
];

const kinds = new Map(table.flatMap(([apiVersion, namespaced, names]) => Object.entries(names)
  .map(([kind, resource]): [string, KindInfo] => [kind, { kind, apiVersion, resource, namespaced }])));

/** What is known of a kind; undefined for kinds that are not Kubernetes' own. */
export function tryKind(kind: string): KindInfo | undefined {
  return kinds.get(kind);
}
