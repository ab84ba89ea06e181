// For machines that watch the server: alive, ready, and Prometheus metrics.
import type { Request } from 'express';
import { anyone, type Endpoint } from '../endpoints.ts';
import { HttpError } from '../errors.ts';
import type { Metrics } from '../metrics.ts';

/** `/healthz` and `/readyz` are answered before everything else, also while draining: see app.ts. */
export const healthPaths = { alive: '/healthz', ready: '/readyz', metrics: '/metrics' } as const;

export function metricsEndpoint(metrics: Metrics, trustsProxy: boolean): Endpoint {
  return {
    method: 'GET', path: healthPaths.metrics, roles: anyone,
    async handle({ identity, request, response }) {
      if (!identity.instructor && !isLoopback(request, trustsProxy)) throw new HttpError('forbidden', 'Metrics are for this machine and the instructor.');
      response.type(metrics.contentType).send(await metrics.text());
    },
  };
}

// Behind a proxy that is not trusted every caller has the proxy's address, which may well be this machine's.
function isLoopback(request: Request, trustsProxy: boolean): boolean {
  if (!trustsProxy && (request.headers['x-forwarded-for'] !== undefined || request.headers.forwarded !== undefined)) return false;
  return /^(127\.|::1$|::ffff:127\.)/.test(request.ip ?? '');
}
