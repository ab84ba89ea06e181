// What can go wrong with the database.
import { PatchbayError } from '../base/index.ts';

/** Codes: `store-too-new`, `store-failed`. */
export class StoreError extends PatchbayError {}
