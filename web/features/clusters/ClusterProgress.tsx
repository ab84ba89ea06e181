// What is happening to a cluster that is not ready: the stage by name, how far, how long, and what next.
import type { ReactNode } from 'react';
import type { ClusterView } from '../../../server/contract/index.ts';
import { Jack } from '../../ui/Jack.tsx';
import { clusterJack, clusterWords, estimateWords } from './clusterWords.ts';
import styles from './ClusterProgress.module.css';

const explanation = (cluster: ClusterView): string => {
  if (cluster.detail !== undefined) return cluster.detail;
  switch (cluster.state) {
    case 'none': return 'It is made for you as soon as you are in.';
    case 'queued': return 'The machine builds a few clusters at a time. Read ahead: yours comes by itself.';
    case 'provisioning': return 'Read ahead: the terminal opens by itself when it is done.';
    case 'ready': return 'Everything answers.';
    case 'unreachable': return 'It was running and stopped answering. It is tried again by itself.';
    case 'failed': return 'It could not be built. Make a new one, or tell your instructor.';
  }
};

/** `action` stands below when something can be done. */
export const ClusterProgress = ({ cluster, action }: { cluster: ClusterView; action?: ReactNode }): ReactNode => {
  const working = cluster.state === 'provisioning' || cluster.state === 'queued';
  const fraction = cluster.stage?.fraction ?? 0;
  return (
    <section className={styles.progress} aria-label="Your cluster">
      <div className={styles.head}>
        <h3 className={styles.title}><Jack state={clusterJack(cluster.state)} />{clusterWords(cluster)}</h3>
        {cluster.stage?.estimateMs !== undefined && working && <span className={styles.estimate}>{estimateWords(cluster.stage.estimateMs)} left</span>}
      </div>
      {working && (
        <div className={styles.bar} role="progressbar" aria-label={clusterWords(cluster)} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(fraction * 100)}>
          <span style={{ width: `${Math.round(fraction * 100)}%` }} />
        </div>
      )}
      <p className={styles.words}>{explanation(cluster)}</p>
      {action}
    </section>
  );
};
