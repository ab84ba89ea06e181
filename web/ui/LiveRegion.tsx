// The page's voice for screen readers: one polite live region, and the function that speaks into it.
import { useSyncExternalStore } from 'react';
import type { ReactNode } from 'react';

let spoken = '';
const listeners = new Set<() => void>();

/** Says one sentence. The same sentence twice is spoken twice. */
export const announce = (sentence: string): void => {
  // A trailing no-break space makes a repeated sentence a change that readers notice.
  spoken = spoken === sentence ? `${sentence}\u00A0` : sentence;
  for (const listener of listeners) listener();
};

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => { listeners.delete(listener); };
};

/** Mount once, at the root. */
export const LiveRegion = (): ReactNode => (
  <div className="visuallyHidden" role="status" aria-live="polite">{useSyncExternalStore(subscribe, () => spoken)}</div>
);
