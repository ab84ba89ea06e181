// Decides on upgrades to exec, attach and portforward: checks first, with the same refusal for WebSocket and SPDY, then hands over.
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { StatusError } from '../../types/index.ts';
import type { Exchange } from '../exchange.ts';
import type { ResourcePath } from '../requestInfo.ts';
import { toStatusError } from '../status.ts';
import { serveSession, streamRequest } from './exec.ts';
import { containerOf, podOf, requireNode } from './podTarget.ts';
import { forwardPorts, serveForward } from './portForward.ts';
import { execProtocols } from './webSocket.ts';

/** A client's message may be this long, in bytes; kubectl sends 32 KiB. */
const maxMessageBytes = 4 * 1024 * 1024;

const servers = Object.fromEntries(['exec', 'portforward'].map((kind) => [kind, new WebSocketServer({
  noServer: true, perMessageDeflate: false, maxPayload: maxMessageBytes, handleProtocols: (offered) => chooseProtocol(kind, offered) ?? false,
})])) as Record<'exec' | 'portforward', WebSocketServer>;

/** The protocol to speak among those offered; undefined when none fits. */
export function chooseProtocol(kind: string, offered: Set<string>): string | undefined {
  const served: readonly string[] = kind === 'portforward' ? ['v4.channel.k8s.io'] : execProtocols;
  return served.find((one) => offered.has(one));
}

/** True for a request that may become a stream; others with an Upgrade header are answered as if it were not there. */
export function isStreamPath(path: ResourcePath | undefined): path is ResourcePath {
  return path !== undefined && path.group === '' && path.resource === 'pods' && path.name !== undefined && path.namespace !== undefined
    && path.trailing.length === 0 && ['exec', 'attach', 'portforward'].includes(path.subresource ?? '');
}

/** What a stream needs before it may start. Throws the StatusError that every protocol is answered with. */
function prepare({ context, info: { query } }: Exchange, path: ResourcePath): (socket: WebSocket) => Promise<void> {
  const pod = podOf(context.registry, path);
  const forward = path.subresource === 'portforward';
  const ref = containerOf(pod, forward ? undefined : query.get('container') ?? undefined, false);
  requireNode(pod);
  if (forward) {
    const ports = forwardPorts(query);
    return (socket) => serveForward(socket, context.streams, ref, ports);
  }
  const request = streamRequest(query, path.subresource === 'exec');
  return (socket) => serveSession(socket, context.streams, ref, request);
}

/** Refuses a stream request that cannot be upgraded; what is wrong with the request itself comes first. Always throws. */
export function refuseStream(exchange: Exchange, path: ResourcePath): never {
  const { request } = exchange;
  if (path.subresource !== 'portforward') prepare(exchange, path);
  else requireNode(podOf(exchange.context.registry, path));
  if (!request.headers.upgrade) throw new StatusError('BadRequest', 'Upgrade request required');
  throw new StatusError('BadRequest', `unable to upgrade: ${path.subresource} is served only over WebSocket (${path.subresource === 'portforward' ? 'v4.channel.k8s.io' : 'v5.channel.k8s.io'}), not over SPDY/3.1`);
}

/** Upgrades the connection and serves the stream; calls `take` once the socket is its own. Throws StatusError while it can still be answered over HTTP. */
export function upgradeStream(exchange: Exchange, path: ResourcePath, socket: Duplex, head: Buffer, take: () => void): void {
  const { request, context } = exchange;
  const offered = new Set(String(request.headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim()).filter((one) => one !== ''));
  const kind = path.subresource === 'portforward' ? 'portforward' : 'exec';
  if (request.headers.upgrade?.toLowerCase() !== 'websocket' || request.method !== 'GET' || (offered.size > 0 && !chooseProtocol(kind, offered))) refuseStream(exchange, path);
  const serve = prepare(exchange, path);
  take();
  servers[kind].handleUpgrade(request, socket, head, (webSocket) => {
    const close = () => webSocket.terminate();
    context.closing.addEventListener('abort', close, { once: true });
    webSocket.on('error', () => {}); // followed by close, which ends the session
    webSocket.on('close', () => context.closing.removeEventListener('abort', close));
    serve(webSocket).catch((thrown: unknown) => {
      context.logger.error({ path: exchange.info.path, cause: toStatusError(thrown).message }, 'a stream failed');
      webSocket.close(1011);
    });
  });
}
