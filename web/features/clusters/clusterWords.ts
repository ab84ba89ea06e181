// A cluster's state in words and as a jack.
import type { ClusterView } from '../../../server/contract/index.ts';
import type { JackState } from '../../ui/Jack.tsx';

/** The few words of the strip. */
export const clusterWords = (cluster: ClusterView): string => {
  switch (cluster.state) {
    case 'none': return 'No cluster yet';
    case 'queued': return cluster.place === undefined ? 'Waiting for a place' : `Waiting, ${cluster.place === 1 ? 'next' : `place ${cluster.place}`}`;
    case 'provisioning': return cluster.stage?.title ?? 'Building your cluster';
    case 'ready': return 'Cluster ready';
    case 'unreachable': return 'Cluster does not answer';
    case 'failed': return 'Cluster failed';
  }
};

/** The jack that stands beside those words. */
export const clusterJack = (state: ClusterView['state']): JackState => {
  switch (state) {
    case 'ready': return 'passed';
    case 'failed': return 'failed';
    case 'unreachable': return 'broken';
    case 'none': return 'untouched';
    default: return 'waiting';
  }
};

/** "about 3 s", or nothing when there is no estimate. */
export const estimateWords = (estimateMs: number | undefined): string => {
  if (estimateMs === undefined) return '';
  const seconds = Math.max(1, Math.round(estimateMs / 1000));
  return seconds < 90 ? `about ${seconds} s` : `about ${Math.round(seconds / 60)} min`;
};
