// Listens over TLS on TCP ports and Unix sockets, and ends every connection on close.
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { chmodSync, rmSync } from 'node:fs';
import type { Logger } from '../../base/index.ts';
import type { Registry } from '../registry/registry.ts';
import type { NodeStreams } from '../types/index.ts';
import type { AuthOptions } from './auth.ts';
import { Documents } from './documents.ts';
import { ApiListenError } from './errors.ts';
import type { VersionInfo } from './exchange.ts';
import { createRouter, type Router } from './router.ts';

/** Where to listen: a TCP address, or a Unix socket (made 0600; a stale one is replaced). */
export type ListenAddress = { host: string; port: number } | { path: string };

/** PEM texts: the server's key and certificate, and the authority that signs client certificates. */
export interface TlsFiles { key: string; cert: string; ca: string }

/** What the API server is made from. */
export interface ApiServerOptions {
  registry: Registry;
  streams: NodeStreams;
  tls: TlsFiles;
  listen: ListenAddress[];
  auth: AuthOptions;
  version: VersionInfo;
  logger: Logger;
}

/** A running API server. `ports` are the TCP ports in the order of `listen`. `close` ends watches, streams and connections. */
export interface ApiServer { readonly ports: number[]; close(): Promise<void> }

/** An idle connection is kept this long, in ms; longer than clients keep theirs, so that none is reused while it closes. */
const keepAliveMs = 185_000;

/** Requests under way have this long to end once the server closes, in ms; watches and streams are ended at once. */
const drainMs = 1000;

/** Serves the Kubernetes API; resolves when it listens everywhere. Throws ApiListenError, leaving nothing open. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { registry, streams, version, logger } = options;
  const auth: AuthOptions = { access: registry.access, ...options.auth };
  const closing = new AbortController();
  const router = createRouter({ registry, streams, auth, version, logger, documents: new Documents(registry), closing: closing.signal });
  const running: { server: Server; sockets: Set<Duplex> }[] = [];
  const close = async () => {
    closing.abort();
    await Promise.all(running.map(({ server, sockets }) => new Promise<void>((resolve) => {
      const cut = setTimeout(() => sockets.forEach((socket) => socket.destroy()), drainMs);
      server.close(() => {
        clearTimeout(cut);
        resolve();
      });
      server.closeIdleConnections();
    })));
  };
  const ports: number[] = [];
  for (const address of options.listen) {
    const one = createListener(options.tls, router, logger);
    running.push(one);
    try {
      await listen(one.server, address);
    } catch (thrown) {
      running.pop();
      await close();
      throw new ApiListenError('path' in address ? address.path : `${address.host}:${address.port}`, thrown);
    }
    if (!('path' in address)) ports.push((one.server.address() as AddressInfo).port);
  }
  return { ports, close };
}

function createListener({ key, cert, ca }: TlsFiles, router: Router, logger: Logger): { server: Server; sockets: Set<Duplex> } {
  const server = createServer({
    key, cert, ca, requestCert: true, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'], maxHeaderSize: 64 * 1024,
    keepAliveTimeout: keepAliveMs, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000,
  });
  const sockets = new Set<Duplex>();
  const track = (socket: Duplex) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  server.on('connection', track);
  server.on('secureConnection', track);
  server.on('error', (error) => logger.error({ cause: error.message }, 'the API could not accept a connection')); // out of descriptors: clients retry
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    else socket.destroy();
  });
  server.on('request', router.request);
  server.on('upgrade', router.upgrade);
  return { server, sockets };
}

function listen(server: Server, address: ListenAddress): Promise<void> {
  if ('path' in address) rmSync(address.path, { force: true });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen('path' in address ? { path: address.path } : { host: address.host, port: address.port }, () => {
      server.off('error', reject);
      if ('path' in address) chmodSync(address.path, 0o600);
      resolve();
    });
  });
}
