// Whether a request comes from our own pages.
import type { IncomingMessage } from 'node:http';

function tryUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** True when the Origin header names this site: the host that was asked for, or the address that Patchbay is known by. False without one. */
export function isOwnOrigin(request: IncomingMessage, baseUrl: string): boolean {
  const origin = tryUrl(request.headers.origin ?? '');
  if (!origin || !/^https?:$/.test(origin.protocol)) return false;
  return origin.origin === tryUrl(baseUrl)?.origin || (origin.host === request.headers.host && request.headers.host !== undefined);
}

/** True for a request that another site's page made, as far as headers tell. */
export function isForeign(request: IncomingMessage, baseUrl: string): boolean {
  if (request.headers.origin !== undefined) return !isOwnOrigin(request, baseUrl);
  const site = request.headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}
