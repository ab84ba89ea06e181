// The one error class that every room's errors extend: a code for machines, a sentence and a hint for people.

/** Options of a PatchbayError: `hint` says what to do next; `cause` keeps the error underneath. */
export interface ErrorOptions {
  hint?: string;
  cause?: unknown;
}

/**
 * An expected kind of failure. `code` is stable, kebab-case and unique across the project;
 * `message` is one sentence that says what is; `hint` one that says what next.
 */
export class PatchbayError extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
  }
}

/** The sentence of any thrown value, for messages that quote a cause. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
