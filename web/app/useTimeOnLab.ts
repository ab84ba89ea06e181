// How long this browser has had a lab on screen; an orientation for the reader, not a record.
import { useEffect, useState } from 'react';
import { remember, tryRemembered } from '../lib/storage.ts';

const TICK_MS = 15_000;
const isNumber = (value: unknown): value is number => typeof value === 'number' && value >= 0;

/** Whole minutes with the page visible, kept over reloads under `key`, which does not change while mounted. */
export const useTimeOnLab = (key: string): number => {
  const [ms, setMs] = useState(() => tryRemembered(`time:${key}`, isNumber) ?? 0);
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'hidden') return;
      setMs((before) => {
        remember(`time:${key}`, before + TICK_MS);
        return before + TICK_MS;
      });
    }, TICK_MS);
    return () => clearInterval(timer);
  }, [key]);
  return Math.floor(ms / 60_000);
};
