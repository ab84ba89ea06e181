// What the app takes from the clusters.
export { ClusterChip } from './ClusterChip.tsx';
export { ClusterProgress } from './ClusterProgress.tsx';
