// Prometheus metrics of the server.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Disposable } from '../base/index.ts';
import type { AppServices } from './services.ts';

export interface Metrics extends Disposable {
  readonly contentType: string;
  text(): Promise<string>;
  /** `route` is the endpoint's pattern, never the path as asked for. */
  countRequest(labels: { method: string; route: string; status: number }, seconds: number): void;
  countSocket(kind: string, change: 1 | -1): void;
}

/** A registry of its own, so that several servers may live in one process. */
export function createMetrics({ sessions }: AppServices): Metrics {
  const registers = [new Registry()];
  const registry = registers[0]!;
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({ name: 'patchbay_http_requests_total', help: 'HTTP requests by method, route and status.', labelNames: ['method', 'route', 'status'], registers });
  const seconds = new Histogram({ name: 'patchbay_http_request_seconds', help: 'Time to answer.', labelNames: ['route'], buckets: [0.005, 0.02, 0.1, 0.5, 2, 10], registers });
  const sockets = new Gauge({ name: 'patchbay_sockets', help: 'Open WebSockets by kind.', labelNames: ['kind'], registers });
  const checks = new Histogram({ name: 'patchbay_check_seconds', help: 'Runs of checks by type, verdict and whether they were asked for.', labelNames: ['type', 'verdict', 'asked'], buckets: [0.01, 0.05, 0.2, 0.5, 1, 3, 10, 30], registers });
  const students = new Gauge({ name: 'patchbay_sessions', help: 'Students, and those with a page open.', labelNames: ['state'], registers });
  const clusters = new Gauge({ name: 'patchbay_clusters', help: 'Clusters of students by state.', labelNames: ['state'], registers });
  const shells = new Gauge({ name: 'patchbay_terminals', help: 'Shells that run.', registers });
  const count = async () => {
    const counts = await sessions.counts();
    students.set({ state: 'known' }, counts.sessions);
    students.set({ state: 'online' }, counts.online);
    clusters.reset();
    for (const [state, number] of Object.entries(counts.clusters)) clusters.set({ state }, number);
    shells.set(counts.terminals);
  };
  const runs = sessions.onCheck(({ type, verdict, asked, ms }) => checks.observe({ type, verdict, asked: String(asked) }, ms / 1000));
  return {
    contentType: registry.contentType,
    async text() {
      await count();
      return registry.metrics();
    },
    countRequest({ method, route, status }, took) {
      requests.inc({ method, route, status: String(status) });
      seconds.observe({ route }, took);
    },
    countSocket: (kind, change) => sockets.inc({ kind }, change),
    dispose() {
      runs.dispose();
      registry.clear();
    },
  } satisfies Metrics;
}
