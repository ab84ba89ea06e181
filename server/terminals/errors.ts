// What can go wrong with terminals.
import { PatchbayError } from '../base/index.ts';

/** Codes: `unknown-terminal`, `shell-not-started`, `pty-host-failed`, `pty-host-version`. */
export class TerminalError extends PatchbayError {}

/** The refusal for an id that names no terminal. */
export function unknownTerminal(): TerminalError {
  return new TerminalError('unknown-terminal', 'This terminal is no longer there.', { hint: 'Open a new one.' });
}
