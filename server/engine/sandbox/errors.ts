// Errors of the sandbox room.
import { PatchbayError } from '../../base/errors.ts';
import type { ErrorOptions } from '../../base/errors.ts';

/**
 * A sandbox could not be made, entered or removed. Codes: `engine-path` (a path is unusable), `engine-name`,
 * `engine-exists`, `engine-launch`, `engine-aborted`, `engine-machine`, `engine-destroy`, `engine-idmap`.
 */
export class EngineError extends PatchbayError {
  constructor(code: string, message: string, options: ErrorOptions = {}) {
    super(code, message, options);
  }
}
