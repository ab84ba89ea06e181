// A refusal with Kubernetes' reason and details; engine/api/status.ts alone turns it into a Status body.
import { PatchbayError } from '../../base/errors.ts';
import type { Status } from './meta.ts';

/** Reasons of meta/v1 StatusReason that the engine uses, with their HTTP codes. */
export const statusCodes = {
  BadRequest: 400, Unauthorized: 401, Forbidden: 403, NotFound: 404, MethodNotAllowed: 405, NotAcceptable: 406,
  AlreadyExists: 409, Conflict: 409, Expired: 410, Gone: 410, RequestEntityTooLarge: 413, UnsupportedMediaType: 415,
  Invalid: 422, TooManyRequests: 429, InternalError: 500, ServiceUnavailable: 503, Timeout: 504,
} as const;

export type StatusReason = keyof typeof statusCodes;

/** Thrown by registry and client; `details` goes to the client as it is. */
export class StatusError extends PatchbayError {
  readonly reason: StatusReason;
  readonly status: number;
  readonly details: Status['details'];

  constructor(reason: StatusReason, message: string, details?: Status['details']) {
    super(`kubernetes-${reason}`, message);
    this.reason = reason;
    this.status = statusCodes[reason];
    this.details = details;
  }
}

/** True for a StatusError of the given reason. */
export function isStatus(error: unknown, reason: StatusReason): error is StatusError {
  return error instanceof StatusError && error.reason === reason;
}
