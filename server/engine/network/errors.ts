// Errors of the network room.
import { PatchbayError } from '../../base/errors.ts';

/** Codes: `engine-unknown-machine`, `engine-machines-missing`. */
export class NetworkError extends PatchbayError {}
