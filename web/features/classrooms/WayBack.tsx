// The personal link, shown once after joining and again when asked for: the way back on any browser.
import type { ReactNode } from 'react';
import { Button } from '../../ui/Button.tsx';
import { CopyButton } from '../../ui/CopyButton.tsx';
import styles from './WayBack.module.css';

/** `onKept` puts it away. `link` may be a path: it is completed with this page's origin. */
export const WayBack = ({ link, onKept }: { link: string; onKept?: () => void }): ReactNode => {
  const whole = new URL(link, location.origin).href;
  return (
    <section className={styles.card} aria-labelledby="way-back">
      <div>
        <h2 id="way-back">Your way back</h2>
        <p>This link is yours alone. Open it in any browser to return to your cluster and your progress, and keep it to yourself.</p>
      </div>
      <div className={styles.row}>
        <input className={styles.link} readOnly value={whole} aria-label="Your personal link" onFocus={(event) => event.target.select()} />
        <CopyButton text={whole} label="Copy the link" look="outline" size="medium" />
        {onKept !== undefined && <Button look="quiet" onPress={onKept}>I have kept it</Button>}
      </div>
    </section>
  );
};
