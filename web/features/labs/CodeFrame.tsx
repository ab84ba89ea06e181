// The frame around every piece of code: where it belongs on the left, what can be done with it on the right.
import type { ReactNode } from 'react';
import { CopyButton } from '../../ui/CopyButton.tsx';
import styles from './CodeFrame.module.css';

/** `html` is the server's highlighted code (with or without its own pre); `note` is a line below, spoken when it changes. */
export const CodeFrame = ({ label, code, html, actions, note }: { label: ReactNode; code: string; html: string; actions?: ReactNode; note?: ReactNode }): ReactNode => (
  <figure className={styles.frame}>
    <figcaption className={styles.head}>
      <span className={styles.label}>{label}</span>
      <CopyButton text={code} name="Copy the code" />
      {actions}
    </figcaption>
    {/<pre[\s>]/.test(html)
      ? <div className={styles.code} tabIndex={0} role="group" aria-label="Code" dangerouslySetInnerHTML={{ __html: html }} />
      : <div className={styles.code} tabIndex={0} role="group" aria-label="Code"><pre><code dangerouslySetInnerHTML={{ __html: html }} /></pre></div>}
    <div role="status">{note !== undefined && <div className={styles.note}>{note}</div>}</div>
  </figure>
);
