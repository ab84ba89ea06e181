// Puts an app on a port, with TLS where there is a certificate, and takes it off without dropping anyone.
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { App } from './app.ts';
import { HttpError } from './errors.ts';

/** `port` 0 takes a free one. `tls` holds PEM text. */
export interface HttpOptions { app: App; host: string; port: number; tls?: { cert: string; key: string } }

export interface RunningHttp {
  readonly port: number;
  /** The address on this machine, without a slash at the end. */
  readonly url: string;
  /** Refuses new work, tells pages, waits up to ten seconds for requests to finish, then closes; may be called twice. */
  close(): Promise<void>;
}

const drainMs = 10_000;

/** Listens; rejects with HttpError `cannot-listen`. */
export async function startHttp({ app, host, port, tls }: HttpOptions): Promise<RunningHttp> {
  const limits = { requestTimeout: 30_000, headersTimeout: 15_000, keepAliveTimeout: 65_000 };
  const server = tls ? createTlsServer({ ...limits, ...tls }, app.handler) : createServer(limits, app.handler);
  server.on('upgrade', (request, socket, head) => app.upgrade(request, socket, head));
  await listen(server, host, port);
  const actual = (server.address() as AddressInfo).port;
  const named = host.includes(':') ? `[${host}]` : host;
  let closing: Promise<void> | undefined;
  return {
    port: actual,
    url: `${tls ? 'https' : 'http'}://${named}:${actual}`,
    close: () => (closing ??= close(server, app)),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(new HttpError('cannot-listen', taken ? `Port ${port} on ${host} is taken.` : `Port ${port} on ${host} cannot be opened: ${error.message}`, {
        cause: error, hint: taken ? 'Is Patchbay running already? Otherwise set PATCHBAY_PORT to another port.' : 'Check PATCHBAY_HOST and PATCHBAY_PORT.',
      }));
    });
    server.listen(port, host, resolve);
  });
}

async function close(server: Server, app: App): Promise<void> {
  app.drain();
  const closed = new Promise<void>((resolve) => { server.close(() => resolve()); });
  // A kept-alive connection becomes idle only after its last answer.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const timer = setTimeout(() => {
    app.dispose();
    server.closeAllConnections();
  }, drainMs);
  await closed;
  clearTimeout(timer);
  clearInterval(sweep);
  app.dispose();
}
