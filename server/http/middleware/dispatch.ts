// The API's one door: finds the endpoint, then draining, role, origin and rate, then calls it. What is not listed is not there.
import express, { type Request, type RequestHandler, type Response } from 'express';
import { requestHeader } from '../../contract/index.ts';
import type { Accounts } from '../../classrooms/index.ts';
import { secretsOf } from '../cookies.ts';
import { matchPath, requireRole, type Endpoint } from '../endpoints.ts';
import { HttpError } from '../errors.ts';
import { isForeign } from '../origin.ts';
import type { RateLimit } from './rateLimit.ts';

/** Largest body, in bytes. */
const bodyLimit = 64 * 1024;

export interface DispatchOptions {
  endpoints: readonly Endpoint[];
  accounts: Accounts;
  baseUrl(): string;
  isSecure(): boolean;
  isDraining(): boolean;
  /** Of calls that change something, by session. */
  changes: RateLimit;
}

/** Middleware that answers every path of an endpoint and everything below /api. */
export function dispatch(options: DispatchOptions): RequestHandler {
  const parseBody = express.json({ limit: bodyLimit, inflate: false, strict: true, type: () => true });
  return async function dispatchApi(request, response, next) {
    const matches = options.endpoints.flatMap((endpoint) => {
      const params = matchPath(endpoint.path, request.path);
      return params ? [{ endpoint, params }] : [];
    });
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const match = matches.find(({ endpoint }) => endpoint.method === method);
    if (!match) {
      if (matches.length > 0) response.set('Allow', matches.map(({ endpoint }) => endpoint.method).join(', '));
      else if (request.path !== '/api' && !request.path.startsWith('/api/')) return next();
      throw new HttpError('not-found', 'There is nothing here.');
    }
    const { endpoint, params } = match;
    response.locals.route = endpoint.path;
    response.set('Cache-Control', 'no-store');
    if (options.isDraining()) throw new HttpError('draining', 'The server is restarting.', { hint: 'Try again in a few seconds.', retryAfterSeconds: 2 });
    const identity = options.accounts.identify(secretsOf(request, options.isSecure()));
    requireRole(identity, endpoint.roles);
    if (method !== 'GET') {
      if (isForeign(request, options.baseUrl())) throw new HttpError('bad-origin', 'This request came from another site.');
      if (request.headers[requestHeader] === undefined) throw new HttpError('bad-origin', 'This request lacks the header that our pages send.', { hint: `Send ${requestHeader}: 1.` });
      // Not by address: a whole class joins from behind one. What visitors may do has limits of its own.
      if (identity.student) options.changes.take(identity.student.sessionId);
      requireJson(request);
      await readBody(parseBody, request, response);
    }
    const answer = await endpoint.handle({ identity, params, request, response });
    if (response.headersSent) return;
    if (answer === undefined) response.status(204).end();
    else response.json(answer);
  };
}

function requireJson(request: Request): void {
  const type = request.headers['content-type'];
  if (type !== undefined && !/^application\/json\s*(;|$)/i.test(type)) throw new HttpError('unsupported-type', 'The request is in a form that is not taken.', { hint: 'Send JSON.' });
}

function readBody(parse: RequestHandler, request: Request, response: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    void parse(request, response, (error?: unknown) => (error ? reject(error as Error) : resolve()));
  });
}
