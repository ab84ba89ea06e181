// Moments and spans in words.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** "just now", "3 min ago", "2 h ago", "4 days ago"; a moment in the future counts as now (clocks differ). */
export const relativeWords = (at: number, now: number): string => {
  const passed = now - at;
  if (passed < 45_000) return 'just now';
  if (passed < HOUR) return `${Math.max(1, Math.round(passed / MINUTE))} min ago`;
  if (passed < 24 * HOUR) return `${Math.round(passed / HOUR)} h ago`;
  const days = Math.round(passed / (24 * HOUR));
  return days === 1 ? 'yesterday' : `${days} days ago`;
};

/** A span of milliseconds: "0.6 s", "12 s", "3 min". */
export const spanWords = (span: number): string => {
  if (span < 9_950) return `${(span / 1000).toFixed(1)} s`;
  if (span < 90_000) return `${Math.round(span / 1000)} s`;
  return `${Math.round(span / MINUTE)} min`;
};
