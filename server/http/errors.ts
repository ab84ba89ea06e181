// Refusals that only HTTP knows.
import { PatchbayError } from '../base/index.ts';
import type { ErrorOptions } from '../base/errors.ts';

export interface FieldIssue { path: string; message: string }

/** Codes: those of contract/problems.ts, and `cannot-listen`. `issues` names single fields; `retryAfterSeconds` becomes Retry-After. */
export class HttpError extends PatchbayError {
  readonly issues: readonly FieldIssue[] | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: string, message: string, options: ErrorOptions & { issues?: readonly FieldIssue[]; retryAfterSeconds?: number } = {}) {
    super(code, message, options);
    this.issues = options.issues;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
