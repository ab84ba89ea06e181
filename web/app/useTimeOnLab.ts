// How long a lab was on the student's screen: what the server counted, and what passed since it said so.
import { useEffect, useRef, useState } from 'react';

const TICK_MS = 5_000;

/** Whole minutes. `spentMs` is the server's count, undefined until it is known; time with the page hidden does not count. */
export const useTimeOnLab = (spentMs: number | undefined): number => {
  const [, tick] = useState(0);
  const since = useRef(0);
  // The server counts again with every state of the lab that it sends.
  useEffect(() => { since.current = 0; }, [spentMs]);
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'hidden') return;
      since.current += TICK_MS;
      tick((count) => count + 1);
    }, TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return Math.floor(((spentMs ?? 0) + since.current) / 60_000);
};
