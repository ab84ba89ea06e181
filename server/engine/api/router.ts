// Takes each request through authentication, authorization and to its handler; turns what is thrown into a Status.
import { ServerResponse, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { StatusError } from '../types/index.ts';
import { sendError } from './answers.ts';
import { authenticate, authorize, impersonated, type AccessAttributes } from './auth.ts';
import { handleDocument } from './documents.ts';
import type { ApiContext, Exchange } from './exchange.ts';
import { tryRequestInfo, type RequestInfo } from './requestInfo.ts';
import { handleResource, verbOf } from './resources.ts';
import { isStreamPath, upgradeStream } from './streams/upgrade.ts';

/** The two listeners of an HTTP server. */
export interface Router {
  request(request: IncomingMessage, response: ServerResponse): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** Listeners that serve the API. */
export function createRouter(context: ApiContext): Router {
  async function serve(request: IncomingMessage, response: ServerResponse, hand: (exchange: Exchange) => void | Promise<void>): Promise<void> {
    const parsed = tryRequestInfo(request.url ?? '/');
    const started = performance.now();
    response.once('finish', () => context.logger.debug({ method: request.method, path: request.url, code: response.statusCode, ms: Math.round(performance.now() - started) }, 'answered'));
    response.on('error', () => {}); // a client that left; what it asked for is released on close
    const info = parsed ?? { path: '/', parts: [], query: new URLSearchParams() };
    try {
      if (!parsed) throw new StatusError('BadRequest', 'invalid URL escape');
      const user = impersonated(await authenticate(request, context.auth), request, context.auth);
      authorize(user, attributesOf(request, info), context.auth);
      await hand({ context, request, response, info, user });
    } catch (thrown) {
      const error = sendError({ request, response, info }, thrown);
      if (error !== thrown) context.logger.error({ method: request.method, path: info.path, stack: thrown instanceof Error ? thrown.stack : undefined }, 'a request failed unexpectedly');
      if (response.headersSent && !response.writableEnded) response.destroy();
    }
  }
  return {
    request: (request, response) => void serve(request, response, dispatch),
    upgrade(request, socket, head) {
      const response = new ServerResponse(request);
      response.shouldKeepAlive = false;
      socket.on('error', () => socket.destroy());
      response.assignSocket(socket as Socket);
      response.once('finish', () => socket.end());
      void serve(request, response, (exchange) => {
        const path = exchange.info.resource;
        if (!isStreamPath(path)) return dispatch(exchange);
        upgradeStream(exchange, path, socket, head, () => response.detachSocket(socket as Socket));
      });
    },
  };
}

function dispatch(exchange: Exchange): void | Promise<void> {
  return exchange.info.resource ? handleResource(exchange, exchange.info.resource) : handleDocument(exchange);
}

function attributesOf(request: IncomingMessage, info: RequestInfo): AccessAttributes {
  const { resource } = info;
  if (!resource) return { verb: (request.method ?? 'GET').toLowerCase().replace('head', 'get'), path: info.path };
  return { verb: verbOf(request.method ?? 'GET', resource, info.query), path: info.path, resource };
}
