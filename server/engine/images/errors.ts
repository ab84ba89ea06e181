// What can go wrong with the image store on the host.
import { PatchbayError } from '../../base/index.ts';
import type { ErrorOptions } from '../../base/errors.ts';

/** Codes: `no-subids`, `image-archive`, `image-build`. */
export class ImageError extends PatchbayError {
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}
