// What a student is told when something fails that is not their fault, and what the instructor is told of it.
import { messageOf } from '../base/index.ts';
import { ClusterError } from '../clusters/index.ts';
import { SessionError } from './errors.ts';

/** `what` is a sentence; `cause` the words of the machine, for the instructor and the log alone. */
export interface Trouble { what: string; cause: string }

/** The sentence for a student whose lab could not be set up: what is and what next, never a machine's words. */
export function setupSentence(error: unknown): string {
  if (error instanceof SessionError) return [error.message, error.hint].filter(Boolean).join(' ');
  if (error instanceof ClusterError && error.code === 'cluster-gone') return 'Your cluster was replaced meanwhile. Set the lab up again.';
  if (error instanceof ClusterError && error.code === 'provision-failed') return 'Your cluster could not be made. Make a new one with the button on top; if that fails too, tell your instructor.';
  return 'Your cluster did not take the setup of this lab. Set it up again; if that fails too, make a new cluster.';
}

/** The whole chain of causes as one bounded text. */
export function causeOf(error: unknown): string {
  const texts: string[] = [];
  for (let at = error; at !== undefined && at !== null && texts.length < 5; at = (at as { cause?: unknown }).cause) {
    const text = messageOf(at);
    if (!texts.some((known) => known.includes(text))) texts.push(text);
  }
  return texts.join(': ').slice(0, 1_000);
}
