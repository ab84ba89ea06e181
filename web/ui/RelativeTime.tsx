// A moment as people say it, exact on hover, kept fresh while it is on screen.
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { relativeWords } from './relativeWords.ts';

const REFRESH_MS = 20_000;

/** `at` in milliseconds since 1970. */
export const RelativeTime = ({ at, className }: { at: number; className?: string | undefined }): ReactNode => {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), REFRESH_MS);
    return () => clearInterval(timer);
  }, [at]);
  const date = new Date(at);
  return <time dateTime={date.toISOString()} title={date.toLocaleString()} className={className}>{relativeWords(at, now)}</time>;
};
