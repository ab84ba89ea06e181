// What an endpoint is: a method and a path, who may call it, and what it does.
import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { Identity } from '../classrooms/index.ts';
import type { Session, Sessions } from '../sessions/index.ts';
import { HttpError } from './errors.ts';

export type Role = 'visitor' | 'student' | 'instructor';
export type Method = 'GET' | 'POST' | 'DELETE';

/** Everyone, signed in or not. */
export const anyone: readonly Role[] = ['visitor', 'student', 'instructor'];

/** One call, identified and allowed. */
export interface Call {
  identity: Identity;
  /** The parts of the path that the endpoint names, decoded. */
  params: Readonly<Record<string, string>>;
  request: Request;
  response: Response;
}

/** `path` names its parts with a colon. What `handle` returns is sent as JSON; undefined is 204 unless it answered by itself. */
export interface Endpoint {
  method: Method;
  path: string;
  roles: readonly Role[];
  handle(call: Call): unknown;
}

/** The roles that a browser has; at least `visitor`. */
export function rolesOf(identity: Identity): Role[] {
  const roles: Role[] = [];
  if (identity.student) roles.push('student');
  if (identity.instructor) roles.push('instructor');
  return roles.length > 0 ? roles : ['visitor'];
}

/** Throws HttpError `not-signed-in` or `forbidden` unless one of the browser's roles is among the allowed. */
export function requireRole(identity: Identity, allowed: readonly Role[]): void {
  const roles = rolesOf(identity);
  if (roles.some((role) => allowed.includes(role)) || allowed.includes('visitor')) return;
  if (roles.includes('visitor')) throw new HttpError('not-signed-in', 'You are not signed in.', { hint: 'Join with the code, or open your personal link.' });
  throw new HttpError('forbidden', 'This is not yours to do.');
}

/** The caller's own session; never one that a request names. */
export function ownSession(sessions: Sessions, { identity }: Pick<Call, 'identity'>): Session {
  if (!identity.student) throw new HttpError('not-signed-in', 'You are not signed in.');
  return sessions.get(identity.student.sessionId);
}

/** The request's body by a schema of the contract; throws HttpError `invalid-input` with every field that is wrong. */
export function bodyOf<T>({ request }: Call, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(request.body ?? {});
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
  throw new HttpError('invalid-input', issues.length === 1 && issues[0]!.path ? `${issues[0]!.path}: ${issues[0]!.message}` : 'The request is not in the right form.', { issues: issues.slice(0, 20) });
}

/** The named parts of `path` in the order of `pattern`, or undefined when they do not match. Malformed escapes match nothing. */
export function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    if (!part.startsWith(':')) {
      if (part !== given[index]) return undefined;
      continue;
    }
    try {
      params[part.slice(1)] = decodeURIComponent(given[index]!);
    } catch {
      return undefined;
    }
    if (given[index] === '') return undefined;
  }
  return params;
}
