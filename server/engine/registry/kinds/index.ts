// Every kind that is served, in the order discovery shows them. A kind that nothing in the engine acts upon is not offered.
import type { KubeObject } from '../../types/index.ts';
import type { ResourceInfo, SubresourceInfo } from '../registry.ts';
import { clusterRoleBindings, clusterRoles, roleBindings, roles } from './access.ts';
import type { Allocations } from './allocators.ts';
import { namespaces, nodes } from './cluster.ts';
import { configMaps, events, leases, secrets, serviceAccounts } from './config.ts';
import { controllerRevisions, daemonSets } from './daemonSets.ts';
import { endpoints, endpointSlices } from './endpoints.ts';
import { cronJobs, jobs } from './jobs.ts';
import { networkPolicies } from './networkPolicies.ts';
import { horizontalPodAutoscalers, podDisruptionBudgets } from './policy.ts';
import { pods } from './pods/pods.ts';
import type { Kind } from './rules.ts';
import { makeServices } from './services.ts';
import { statefulSets } from './statefulSets.ts';
import { deployments, replicaSets } from './workloads.ts';

const usualVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

const token: SubresourceInfo = { name: 'token', group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest', verbs: ['create'] };

/** The stored kinds; `tokens` says whether service accounts have their token subresource. */
export function makeKinds(allocations: Allocations, { tokens }: { tokens: boolean }): Kind[] {
  const kinds: Kind<never>[] = [
    configMaps, endpoints, events, namespaces, nodes, pods, secrets, tokens ? { ...serviceAccounts, subresources: [token] } : serviceAccounts, makeServices(allocations),
    deployments, replicaSets, statefulSets, daemonSets, controllerRevisions, jobs, cronJobs, horizontalPodAutoscalers, podDisruptionBudgets,
    clusterRoleBindings, clusterRoles, roleBindings, roles, leases, endpointSlices, networkPolicies,
  ];
  return kinds as unknown as Kind<KubeObject>[];
}

/** What discovery says of a kind. */
export function describeKind(kind: Kind): ResourceInfo {
  const { group, version, resource, singular, namespaced, shortNames = [], categories = [], verbs = usualVerbs, subresources = [] } = kind;
  return { group, version, kind: kind.kind, resource, singular, namespaced, shortNames, categories, verbs, subresources, virtual: false };
}
