// What can go wrong with the database.
import { PatchbayError } from '../base/index.ts';
import type { ErrorOptions } from '../base/errors.ts';

/** Codes: `store-too-new`, `store-failed`. */
export class StoreError extends PatchbayError {
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}
