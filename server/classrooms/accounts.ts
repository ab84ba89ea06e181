// Who a secret belongs to: students by personal link, the instructor by password.
import { randomSecret, toDisposable, type Clock, type Disposable } from '../base/index.ts';
import type { SessionId } from '../contract/index.ts';
import type { Store } from '../store/index.ts';
import { ClassroomError } from './errors.ts';
import { newPassword } from './joinCodes.ts';
import { hashPassword, verifyPassword } from './passwords.ts';

/** Milliseconds that an instructor stays signed in. */
export const instructorSignInMs = 14 * 24 * 3_600_000;

const passwordKey = 'instructor-password';

/** What a browser's secrets say about it; a browser may be both. */
export interface Identity { student?: { sessionId: SessionId; name: string; secret: string }; instructor?: { secret: string } }

export interface Accounts {
  /** Sets the given password, or makes one at the very first start and returns it: it is never told again. */
  ensurePassword(given?: string): Promise<string | undefined>;
  /** A new secret of the instructor; throws ClassroomError `password-wrong`. */
  signIn(password: string): Promise<string>;
  signOut(secret: string): void;
  /** Called after instructors' secrets stopped working, by signing out or by a new password. */
  onSignOut(listener: () => void): Disposable;
  /** Any number of secrets, of which those that are known count. */
  identify(secrets: readonly string[]): Identity;
  /** A new secret for a session, which ends all earlier ones. */
  issue(sessionId: SessionId): string;
}

export function createAccounts(store: Store, clock: Clock): Accounts {
  let turn: Promise<unknown> = Promise.resolve();
  const listeners = new Set<() => void>();
  const tellSignOut = () => {
    for (const listener of listeners) listener();
  };
  const verify = (password: string): Promise<boolean> => {
    const result = turn.then(async () => verifyPassword(password, store.settings.get(passwordKey) ?? ''));
    turn = result.catch(() => {}); // one at a time: each takes 32 MiB
    return result;
  };
  return {
    async ensurePassword(given) {
      if (given === undefined && store.settings.get(passwordKey) !== undefined) return undefined;
      if (given !== undefined && await verify(given)) return undefined;
      const password = given ?? newPassword();
      const hash = await hashPassword(password);
      store.transaction(() => {
        store.settings.set(passwordKey, hash);
        store.tokens.removeInstructors();
      });
      tellSignOut();
      return given === undefined ? password : undefined;
    },
    async signIn(password) {
      if (!await verify(password)) throw new ClassroomError('password-wrong', 'That is not the password.', { hint: 'It was printed when Patchbay first started.' });
      const secret = randomSecret();
      store.tokens.insert(secret, { kind: 'instructor' }, clock.now(), clock.now() + instructorSignInMs);
      return secret;
    },
    signOut(secret) {
      store.tokens.remove(secret);
      tellSignOut();
    },
    onSignOut(listener) {
      listeners.add(listener);
      return toDisposable(() => listeners.delete(listener));
    },
    identify(secrets) {
      const identity: Identity = {};
      for (const secret of secrets) {
        const found = secret.length <= 100 ? store.tokens.find(secret, clock.now()) : undefined;
        if (found?.kind === 'instructor') identity.instructor = { secret };
        const row = found?.kind === 'student' ? store.sessions.get(found.sessionId) : undefined;
        if (row) identity.student = { sessionId: row.id, name: row.name, secret };
      }
      return identity;
    },
    issue(sessionId) {
      const secret = randomSecret();
      store.transaction(() => {
        store.tokens.removeOfSession(sessionId);
        store.tokens.insert(secret, { kind: 'student', sessionId }, clock.now());
      });
      return secret;
    },
  } satisfies Accounts;
}
