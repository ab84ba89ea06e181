// A hint that stays folded until it is wanted.
import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { Prose } from './Prose.tsx';
import styles from './HintBlock.module.css';

/** Folded by the browser's own details element. */
export const HintBlock = ({ title, html }: { title: string; html: string }): ReactNode => (
  <details className={styles.hint}>
    <summary className={styles.summary}><ChevronRight size={16} aria-hidden />{title}</summary>
    <div className={styles.body}><Prose html={html} small /></div>
  </details>
);
