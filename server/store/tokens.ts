// Secrets that identify a browser, kept only as SHA-256 of 256 random bits.
import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { SessionId } from '../contract/index.ts';

export type TokenRow = { kind: 'student'; sessionId: SessionId } | { kind: 'instructor' };

export interface TokensTable {
  insert(secret: string, owner: TokenRow, at: number, expiresAt?: number): void;
  /** Undefined for an unknown or expired secret. */
  find(secret: string, now: number): TokenRow | undefined;
  remove(secret: string): void;
  removeOfSession(sessionId: string): void;
  removeInstructors(): void;
}

// The secret is uniformly random, so a fast hash is enough: there is nothing to guess.
const hashOf = (secret: string) => createHash('sha256').update(secret).digest('hex');

export function createTokensTable(database: DatabaseSync): TokensTable {
  const insert = database.prepare('INSERT INTO tokens (hash, kind, session_id, created_at, expires_at) VALUES (?, ?, ?, ?, ?)');
  const find = database.prepare('SELECT kind, session_id AS sessionId FROM tokens WHERE hash = ? AND (expires_at IS NULL OR expires_at > ?)');
  const remove = database.prepare('DELETE FROM tokens WHERE hash = ?');
  const removeOfSession = database.prepare('DELETE FROM tokens WHERE session_id = ?');
  const removeInstructors = database.prepare(`DELETE FROM tokens WHERE kind = 'instructor'`);
  return {
    insert: (secret, owner, at, expiresAt) => void insert.run(hashOf(secret), owner.kind, owner.kind === 'student' ? owner.sessionId : null, at, expiresAt ?? null),
    find: (secret, now) => find.get(hashOf(secret), now) as TokenRow | undefined,
    remove: (secret) => void remove.run(hashOf(secret)),
    removeOfSession: (sessionId) => void removeOfSession.run(sessionId),
    removeInstructors: () => void removeInstructors.run(),
  };
}
