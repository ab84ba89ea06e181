// How long a lab was on the student's screen: what the server counted, and what passed since it said so.
import { useEffect, useState } from 'react';

const TICK_MS = 5_000;

/** Whole minutes. `spentMs` is the server's count, undefined until it is known; time counts while `running` and with the page visible. */
export const useTimeOnLab = (spentMs: number | undefined, running: boolean): number => {
  const [passed, setPassed] = useState({ spentMs, ms: 0 });
  useEffect(() => {
    if (!running) return;
    // The server counts again with every state of the lab that it sends.
    const timer = setInterval(() => {
      if (document.visibilityState !== 'hidden') setPassed((before) => ({ spentMs, ms: (before.spentMs === spentMs ? before.ms : 0) + TICK_MS }));
    }, TICK_MS);
    return () => clearInterval(timer);
  }, [spentMs, running]);
  return Math.floor(((spentMs ?? 0) + (passed.spentMs === spentMs ? passed.ms : 0)) / 60_000);
};
