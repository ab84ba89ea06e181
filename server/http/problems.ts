// Errors to problem+json (RFC 9457): the one place that maps codes to HTTP status.
import type { ErrorRequestHandler, Response } from 'express';
import { messageOf, PatchbayError, type Logger } from '../base/index.ts';
import type { Problem } from '../contract/index.ts';
import { HttpError } from './errors.ts';

const statusOf: Readonly<Record<string, number>> = {
  'invalid-input': 400, 'not-signed-in': 401, 'unknown-session': 401, 'password-wrong': 401, 'forbidden': 403, 'bad-origin': 403, 'join-code-wrong': 404, 'link-wrong': 404,
  'not-found': 404, 'unknown-check': 404, 'unknown-machine': 404, 'unknown-terminal': 404, 'name-taken': 409, 'classroom-full': 409, 'lab-not-open': 409, 'needs-unmet': 409,
  'cluster-not-ready': 409, 'cluster-gone': 409, 'terminal-limit': 409, 'save-failed': 409, 'too-large': 413, 'unsupported-type': 415, 'too-many-requests': 429,
  'provision-failed': 503, 'shell-not-started': 503, 'draining': 503, 'no-workshop': 503,
};

/** What the client is told of an error. A code without a status is ours, not the client's: it is logged and its text kept back. */
export function problemOf(error: unknown): Problem & { retryAfterSeconds?: number } {
  const known = asKnown(error);
  const status = known && statusOf[known.code];
  if (!known || !status) {
    return { type: typeOf('internal'), title: 'Something went wrong on the server.', status: 500, code: 'internal', hint: 'Try again; if it stays, tell your instructor.' };
  }
  const code = known.code === 'unknown-session' ? 'not-signed-in' : known.code;
  return {
    type: typeOf(code), title: known.message, status, code, ...(known.hint && { hint: known.hint }),
    ...(known instanceof HttpError && known.issues && { issues: [...known.issues] }),
    ...(known instanceof HttpError && known.retryAfterSeconds !== undefined && { retryAfterSeconds: known.retryAfterSeconds }),
  };
}

/** Answers with a problem. */
export function sendProblem(response: Response, error: unknown): void {
  const { retryAfterSeconds, ...problem } = problemOf(error);
  if (retryAfterSeconds !== undefined) response.set('Retry-After', String(retryAfterSeconds));
  response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}

/** Express' last middleware. */
export function answerProblems(logger: Logger): ErrorRequestHandler {
  // Four parameters are how Express tells an error handler.
  return function problems(error: unknown, request, response, _next) {
    if (problemOf(error).status === 500) logger.error({ method: request.method, path: request.path, error: error instanceof Error ? error.stack : messageOf(error) }, 'request failed');
    if (response.headersSent) response.destroy();
    else sendProblem(response, error);
  };
}

const typeOf = (code: string) => `urn:patchbay:problem:${code}`;

// What Express and its body parser throw carries a `type` or a status of its own.
function asKnown(error: unknown): PatchbayError | undefined {
  if (error instanceof PatchbayError) return error;
  const { type, status } = (error ?? {}) as { type?: string; status?: number };
  if (type === 'entity.too.large' || status === 413) return new HttpError('too-large', 'The request is too large.', { hint: 'At most 64 KiB are taken.' });
  if (status === 415) return new HttpError('unsupported-type', 'The request is in a form that is not taken.', { hint: 'Send JSON in UTF-8, not compressed.' });
  if (status === 400) return new HttpError('invalid-input', type === 'entity.parse.failed' ? 'The request is not valid JSON.' : 'The request could not be read.');
  if (status === 404) return new HttpError('not-found', 'There is nothing here.');
  return undefined;
}
