// The jack: the round socket that says how a check, a step or a connection stands; shape and colour both tell.
import type { ReactNode } from 'react';
import styles from './Jack.module.css';

export type JackState = 'passed' | 'failed' | 'waiting' | 'broken' | 'untouched' | 'started' | 'live';

const shapes: Record<JackState, ReactNode> = {
  passed: (<><circle cx="10" cy="10" r="8" className={styles.fill} /><path d="m6.4 10.3 2.5 2.5 4.8-5.2" className={styles.mark} /></>),
  failed: (<><circle cx="10" cy="10" r="7" className={styles.ring} /><path d="m7.4 7.4 5.2 5.2m0-5.2-5.2 5.2" className={styles.cross} /></>),
  waiting: (<><circle cx="10" cy="10" r="7" className={styles.dashed} /><circle cx="10" cy="10" r="3" className={styles.fill} /></>),
  broken: (<><circle cx="10" cy="10" r="9" className={styles.wash} /><path d="M14.6 6.2a3.6 3.6 0 0 1-4.7 4.6l-3.6 3.6a1.15 1.15 0 0 1-1.7-1.7l3.6-3.6a3.6 3.6 0 0 1 4.6-4.7L10.6 6.600 12.4 8.400z" transform="translate(-2.5 -2.2) scale(1.3)" className={styles.tool} /></>),
  untouched: <circle cx="10" cy="10" r="6.5" className={styles.thin} />,
  started: (<><circle cx="10" cy="10" r="6.5" className={styles.ring} /><path d="M10 3.5a6.500 6.500 0 0 1 0 13z" className={styles.fill} /></>),
  live: (<><circle cx="10" cy="10" r="7" className={styles.ring} /><circle cx="10" cy="10" r="3.2" className={styles.fill} /></>),
};

/** A jack of `size` pixels (default 20). Decorative unless `label` is given: the words stand beside it. */
export const Jack = ({ state, size = 20, label, className }: { state: JackState; size?: number; label?: string; className?: string }): ReactNode => (
  <svg viewBox="0 0 20 20" width={size} height={size} className={`${styles.jack} ${styles[state]} ${className ?? ''}`}
    {...(label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label })}>
    {shapes[state]}
  </svg>
);
