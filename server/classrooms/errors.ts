// What can go wrong when joining and signing in.
import { PatchbayError } from '../base/index.ts';

/** Codes: `join-code-wrong`, `name-taken`, `classroom-full`, `password-wrong`, `link-wrong`, `not-found` (a student), `no-workshop`. */
export class ClassroomError extends PatchbayError {}
