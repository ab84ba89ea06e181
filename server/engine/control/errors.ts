// Errors of the control room.
import { PatchbayError } from '../../base/errors.ts';

/** Codes: `engine-probe-source` (no such pod or machine, or it is not running), `engine-probe-failed`, `engine-bad-request`. */
export class ControlRequestError extends PatchbayError {
  readonly status: number;

  constructor(code: string, status: number, message: string, options: { cause?: unknown } = {}) {
    super(code, message, options);
    this.status = status;
  }
}
