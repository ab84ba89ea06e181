// The cookies that carry secrets.
import type { IncomingMessage } from 'node:http';
import type { Response } from 'express';

export type CookieKind = 'student' | 'instructor';

/** Milliseconds that a browser keeps a student signed in. */
export const studentCookieMs = 180 * 24 * 3_600_000;

// Behind HTTPS the prefix makes browsers refuse a cookie set by a neighbouring host or over plain HTTP.
const nameOf = (kind: CookieKind, secure: boolean) => `${secure ? '__Host-' : ''}patchbay-${kind}`;

/** Sets a secret; `secure` where the site is served over HTTPS. */
export function setSecret(response: Response, kind: CookieKind, secret: string, { secure, maxAge }: { secure: boolean; maxAge: number }): void {
  response.cookie(nameOf(kind, secure), secret, { httpOnly: true, sameSite: 'lax', secure, path: '/', maxAge });
}

export function clearSecret(response: Response, kind: CookieKind, secure: boolean): void {
  response.clearCookie(nameOf(kind, secure), { httpOnly: true, sameSite: 'lax', secure, path: '/' });
}

/** Every secret that a request carries under our names. */
export function secretsOf(request: IncomingMessage, secure: boolean): string[] {
  const names = new Set([nameOf('student', secure), nameOf('instructor', secure)]);
  return (request.headers.cookie ?? '').split(';').slice(0, 50).flatMap((pair) => {
    const at = pair.indexOf('=');
    const value = pair.slice(at + 1).trim();
    return at > 0 && names.has(pair.slice(0, at).trim()) && /^[A-Za-z0-9_-]{20,100}$/.test(value) ? [value] : [];
  });
}
