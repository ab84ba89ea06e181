// The whole HTTP surface over the services, without a socket of its own.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import express, { type Express, type RequestHandler } from 'express';
import type { Disposable } from '../base/index.ts';
import type { Endpoint } from './endpoints.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { dispatch } from './middleware/dispatch.ts';
import { createRateLimit } from './middleware/rateLimit.ts';
import { securityHeaders } from './middleware/securityHeaders.ts';
import { servePages } from './pages.ts';
import { answerProblems } from './problems.ts';
import { classroomEndpoints } from './routes/classrooms.ts';
import { healthPaths, metricsEndpoint } from './routes/health.ts';
import { labEndpoints } from './routes/labs.ts';
import { sessionEndpoints } from './routes/sessions.ts';
import { terminalEndpoints } from './routes/terminals.ts';
import type { AppServices } from './services.ts';
import { createSockets } from './sockets/index.ts';

/** What `startHttp` serves. */
export interface App extends Disposable {
  readonly handler: Express;
  /** Every endpoint with the roles that may call it. */
  readonly endpoints: readonly Endpoint[];
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** From now on `/readyz` says no, calls are refused, and pages are told to come back. */
  drain(): void;
}

export function createApp(services: AppServices): App {
  const { clock, logger, baseUrl, classrooms } = services;
  const isSecure = () => baseUrl().startsWith('https:');
  let draining = false;
  const metrics = createMetrics(services);
  const sockets = createSockets(services, metrics, isSecure);
  const endpoints = [
    ...sessionEndpoints(services, isSecure), ...labEndpoints(services), ...terminalEndpoints(services), ...classroomEndpoints(services, isSecure),
    metricsEndpoint(metrics, services.trustProxy === true),
  ];
  const handler = express();
  handler.disable('x-powered-by');
  handler.disable('etag');
  handler.set('query parser', 'simple');
  if (services.trustProxy) handler.set('trust proxy', 'loopback, linklocal, uniquelocal');
  handler.use(measure(metrics));
  handler.use(securityHeaders(isSecure));
  handler.get(healthPaths.alive, (_request, response) => void response.json({ ok: true }));
  handler.get(healthPaths.ready, (_request, response) => void response.status(draining ? 503 : 200).json({ ready: !draining }));
  handler.use(dispatch({
    endpoints, accounts: classrooms.accounts, baseUrl, isSecure, isDraining: () => draining,
    changes: createRateLimit({ clock, burst: 120, perMinute: 900, message: 'Too many requests at once.' }),
  }));
  handler.use(servePages(services.webRoot));
  handler.use(answerProblems(logger));
  return {
    handler,
    endpoints,
    upgrade: (request, socket, head) => sockets.upgrade(request, socket, head),
    drain() {
      draining = true;
      sockets.drain();
    },
    dispose() {
      sockets.dispose();
      metrics.dispose();
    },
  } satisfies App;
}

function measure(metrics: Metrics): RequestHandler {
  return function measureRequest(request, response, next) {
    const started = performance.now();
    response.on('finish', () => {
      const route = (response.locals.route as string | undefined) ?? (request.path.startsWith('/api') ? 'unknown' : 'pages');
      metrics.countRequest({ method: request.method, route, status: response.statusCode }, (performance.now() - started) / 1000);
    });
    next();
  };
}
