// Headers that keep the pages to themselves.
import type { RequestHandler } from 'express';

// xterm.js draws its colours with style elements that it makes itself, hence inline styles; scripts are ours alone.
const policy = [
  "default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data: blob:", "font-src 'self' data:", "connect-src 'self'",
  "worker-src 'self' blob:", "manifest-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
].join('; ');

/** Sets them on every answer. Referrers are never sent, since a personal link is a secret. */
export function securityHeaders(isSecure: () => boolean): RequestHandler {
  return function setSecurityHeaders(_request, response, next) {
    response.set({
      'Content-Security-Policy': policy, 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer', 'X-Frame-Options': 'DENY',
      'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Resource-Policy': 'same-origin', 'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
    });
    if (isSecure()) response.set('Strict-Transport-Security', 'max-age=31536000');
    next();
  };
}
