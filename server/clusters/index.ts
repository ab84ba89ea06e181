// Everything of the clusters room.
export type { Clusters } from './clusters.ts';
export { ClusterError, KubeApiError } from './errors.ts';
export type { ClusterSpec, Finding, FoundCluster, ProvisionContext, Provider, Stage } from './provider.ts';
export { createClusters } from './service.ts';
export type { ClusterServiceOptions } from './service.ts';
