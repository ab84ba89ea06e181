// How long a lost socket waits before it tries again.

const FIRST_MS = 400;
// A class of thirty comes back within ten seconds of a restart, and not all in the same instant.
const CEILING_MS = 10_000;

/** Milliseconds before attempt number `attempt` (from 0): doubling to ten seconds, each between half and the whole ("equal jitter"). `random` is in [0, 1). */
export const reconnectDelay = (attempt: number, random: number): number => {
  const whole = Math.min(CEILING_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
  return Math.round(whole / 2 + (whole / 2) * random);
};
