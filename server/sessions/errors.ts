// What can go wrong in a session; every refusal says what next.
import { PatchbayError } from '../base/index.ts';

/** Codes: `unknown-session`, `not-found` (a lab, quiz or file), `lab-not-open`, `unknown-check`, `cluster-not-ready`, `unknown-machine`, `terminal-limit`, `unknown-terminal`, `needs-unmet`, `save-failed`. */
export class SessionError extends PatchbayError {}

/** The refusal while there is no cluster to work on. */
export function clusterNotReady(): SessionError {
  return new SessionError('cluster-not-ready', 'Your cluster is not ready.', { hint: 'Wait until the strip on top says ready; if it does not, ask for a new cluster.' });
}
