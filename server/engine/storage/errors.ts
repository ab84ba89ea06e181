// Failures of the store itself; refusals are values (WriteResult).
import { PatchbayError } from '../../base/index.ts';

/** `journal-damaged`: a record in the middle cannot be read. `journal-write-failed`: the disk refused; nothing was changed. */
export class StorageError extends PatchbayError {}
