// What can go wrong around checks beyond verdicts.
import { PatchbayError } from '../base/index.ts';

/** Codes: `setup-failed` (a lab's objects could not be applied or removed), `exec-failed` (a command could not be run in a container), `save-failed`. */
export class CheckError extends PatchbayError {}
