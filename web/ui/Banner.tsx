// One quiet line across the page for what concerns all of it: the connection, the server.
import type { ReactNode } from 'react';
import styles from './Banner.module.css';

/** `tone` picks the colour; the words carry the meaning. */
export const Banner = ({ tone, children, action }: { tone: 'waiting' | 'failed'; children: ReactNode; action?: ReactNode }): ReactNode => (
  <div className={`${styles.banner} ${styles[tone]}`} role="status">
    <span>{children}</span>
    {action}
  </div>
);
