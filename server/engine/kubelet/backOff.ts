// Waiting times between attempts, as kubelet counts them: ten seconds, doubled up to five minutes.

const firstMs = 10_000;
const maxMs = 300_000;
/** After running this long a container's next failure counts as its first. */
const forgetMs = 2 * maxMs;

/** The waiting time that the attempt after `previousMs` is followed by; undefined means there was none. */
export function nextBackOff(previousMs: number | undefined): number {
  return previousMs === undefined ? firstMs : Math.min(previousMs * 2, maxMs);
}

/** Whether to start a failed container: at once the first time, then `waitMs` after it finished. Times in ms. */
export function planRestart(input: { backOffMs: number | undefined; ranMs: number; finishedAt: number; now: number }): { startNow: true; backOffMs: number } | { startNow: false; waitMs: number; backOffMs: number } {
  const backOffMs = input.ranMs > forgetMs ? undefined : input.backOffMs;
  if (backOffMs !== undefined && input.now < input.finishedAt + backOffMs) return { startNow: false, waitMs: input.finishedAt + backOffMs - input.now, backOffMs };
  return { startNow: true, backOffMs: nextBackOff(backOffMs) };
}

/** A duration as Go prints it: 10s, 1m20s, 5m0s. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
