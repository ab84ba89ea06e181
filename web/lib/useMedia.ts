// Media queries as React state.
import { useSyncExternalStore } from 'react';

/** Whether `query` matches now. */
export const useMedia = (query: string): boolean => useSyncExternalStore(
  (listener) => {
    const list = window.matchMedia(query);
    list.addEventListener('change', listener);
    return () => list.removeEventListener('change', listener);
  },
  () => window.matchMedia(query).matches,
);

/** Narrower than this the panels become tabs. */
export const narrowQuery = '(max-width: 800px)';
