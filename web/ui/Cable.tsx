// A row of jacks on a patch cable: the progress between steps, and the way to jump to one.
import type { ReactNode } from 'react';
import { Jack } from './Jack.tsx';
import type { JackState } from './Jack.tsx';
import { sagPath } from './cablePath.ts';
import styles from './Cable.module.css';

export interface CableStop {
  id: string;
  title: string;
  state: JackState;
  /** Words for the state, for people who hear the page. */
  stateWords: string;
  href?: string;
}

const Segment = ({ joined }: { joined: boolean }): ReactNode => (
  <svg className={`${styles.segment} ${joined ? styles.joined : ''}`} viewBox="0 0 100 20" preserveAspectRatio="none" aria-hidden="true">
    <path d={sagPath(100, 10, joined ? 8 : 0)} vectorEffect="non-scaling-stroke" pathLength={1} />
  </svg>
);

/**
 * Jacks in order, joined by a cable up to where the work is done. With `onPick` or an `href` each is a link;
 * `current` marks the one on screen. `jackSize` in pixels (default 18).
 */
export const Cable = ({ stops, current, label, jackSize = 18, onPick }: {
  stops: readonly CableStop[]; current?: string; label: string; jackSize?: number; onPick?: (id: string) => void;
}): ReactNode => (
  <ol className={styles.cable} aria-label={label}>
    {stops.map((stop, index) => {
      const inside = (<>
        <Jack state={stop.state} size={jackSize} />
        <span className="visuallyHidden">{`Step ${index + 1}: ${stop.title}, ${stop.stateWords}`}</span>
      </>);
      return (
        <li key={stop.id} className={styles.stop}>
          {index > 0 && <Segment joined={stops[index - 1]?.state === 'passed'} />}
          {stop.href === undefined
            ? <span className={styles.jack} title={stop.title}>{inside}</span>
            : <a className={`${styles.jack} ${stop.id === current ? styles.current : ''}`} href={stop.href} title={stop.title}
                aria-current={stop.id === current ? 'step' : undefined}
                onClick={(event) => { if (onPick !== undefined) { event.preventDefault(); onPick(stop.id); } }}>{inside}</a>}
        </li>
      );
    })}
  </ol>
);
