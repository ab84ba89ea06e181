// A moment as people say it, exact on hover, kept fresh while it is on screen.
import { useSyncExternalStore } from 'react';
import type { ReactNode } from 'react';
import { relativeWords } from './relativeWords.ts';

const REFRESH_MS = 20_000;

// One clock for all moments on the page; it runs only while there are any.
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();
const tick = (): void => {
  now = Date.now();
  for (const listener of listeners) listener();
};
const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  now = Date.now();
  timer ??= setInterval(tick, REFRESH_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
};

/** This moment in milliseconds since 1970, fresh to some twenty seconds. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => now);

/** `at` in milliseconds since 1970. */
export const RelativeTime = ({ at, className }: { at: number; className?: string | undefined }): ReactNode => {
  const current = useNow();
  const date = new Date(at);
  return <time dateTime={date.toISOString()} title={date.toLocaleString()} className={className}>{relativeWords(at, current)}</time>;
};
