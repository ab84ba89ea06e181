// A patch that cannot be applied; the write turns it into 400 or 422.

/** `invalid` is answered 422 (the patch does not fit the object), `malformed` 400 (it is no patch). */
export class PatchError extends Error {
  readonly outcome: 'invalid' | 'malformed';

  constructor(outcome: 'invalid' | 'malformed', message: string) {
    super(message);
    this.outcome = outcome;
  }
}
