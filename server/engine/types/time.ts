// Times as Kubernetes writes them on the wire.

/** RFC 3339 in UTC with whole seconds, e.g. 2026-01-31T09:30:00Z; `ms` since the epoch. */
export function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
