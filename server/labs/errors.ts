// What can go wrong with labs beyond the problems that lint reports as values.
import { PatchbayError } from '../base/index.ts';

/** Codes: `labs-unreadable` (a folder of workshops cannot be read), `bad-path` (a path expression in a check is malformed). */
export class LabError extends PatchbayError {}
