// Decides on upgrades to exec, attach and portforward: checks first, with the same refusal for WebSocket and SPDY, then hands over.
import type { Duplex } from 'node:stream';
import { createWebSocketStream, WebSocketServer, type WebSocket } from 'ws';
import { StatusError } from '../../types/index.ts';
import type { Exchange } from '../exchange.ts';
import type { ResourcePath } from '../requestInfo.ts';
import { toStatusError } from '../status.ts';
import { serveSession } from './exec.ts';
import { containerOf, podOf, requireNode } from './podTarget.ts';
import { forwardPorts, serveForward } from './portForward.ts';
import { streamRequest } from './session.ts';
import { serveSpdySession, spdyExecProtocols } from './spdyExec.ts';
import { forwardProtocol, serveSpdyForward, tunnelProtocol } from './spdyForward.ts';
import { execProtocols } from './webSocket.ts';

/** A client's message may be this long, in bytes; kubectl sends 32 KiB. */
const maxMessageBytes = 4 * 1024 * 1024;

const servers = Object.fromEntries(['exec', 'portforward'].map((kind) => [kind, new WebSocketServer({
  noServer: true, perMessageDeflate: false, maxPayload: maxMessageBytes, handleProtocols: (offered) => chooseProtocol(kind, offered) ?? false,
})])) as Record<'exec' | 'portforward', WebSocketServer>;

/** The WebSocket protocol to speak among those offered; undefined when none fits. */
export function chooseProtocol(kind: string, offered: Set<string>): string | undefined {
  const served: readonly string[] = kind === 'portforward' ? [tunnelProtocol, 'v4.channel.k8s.io'] : execProtocols;
  return served.find((one) => offered.has(one));
}

/** True for a request that may become a stream; others with an Upgrade header are answered as if it were not there. */
export function isStreamPath(path: ResourcePath | undefined): path is ResourcePath {
  return path !== undefined && path.group === '' && path.resource === 'pods' && path.name !== undefined && path.namespace !== undefined
    && path.trailing.length === 0 && ['exec', 'attach', 'portforward'].includes(path.subresource ?? '');
}

/** A connection to hand over; `protocol` is what was agreed on it. */
interface Carrier { socket: Duplex; head: Buffer; protocol: string; closing: AbortSignal }

/** A stream that may start: over SPDY, or on a WebSocket. */
interface Prepared { spdy(carrier: Carrier): void | Promise<void>; webSocket(socket: WebSocket, closing: AbortSignal): void | Promise<void> }

/** What a stream needs before it may start. Throws the StatusError that every protocol is answered with. */
function prepare({ context, info: { query } }: Exchange, path: ResourcePath, protocol: string | undefined): Prepared {
  const pod = podOf(context.registry, path);
  const forward = path.subresource === 'portforward';
  const ref = containerOf(pod, forward ? undefined : query.get('container') ?? undefined, false);
  requireNode(pod);
  if (!forward) {
    const request = streamRequest(query, path.subresource === 'exec');
    return { spdy: (carrier) => serveSpdySession(carrier, context.streams, ref, request), webSocket: (socket) => serveSession(socket, context.streams, ref, request) };
  }
  const spdy = (carrier: Pick<Carrier, 'socket' | 'head' | 'closing'>) => serveSpdyForward(carrier, context.streams, ref);
  if (protocol === tunnelProtocol || protocol === forwardProtocol) {
    return { spdy, webSocket: (socket, closing) => spdy({ socket: createWebSocketStream(socket), head: Buffer.alloc(0), closing }) };
  }
  const ports = forwardPorts(query);
  return { spdy, webSocket: (socket) => serveForward(socket, context.streams, ref, ports) };
}

/** Refuses a stream request that cannot be upgraded; what is wrong with the request itself comes first. Always throws. */
export function refuseStream(exchange: Exchange, path: ResourcePath): never {
  const { request } = exchange;
  if (path.subresource !== 'portforward') prepare(exchange, path, undefined);
  else requireNode(podOf(exchange.context.registry, path));
  if (!request.headers.upgrade) throw new StatusError('BadRequest', 'Upgrade request required');
  throw new StatusError('BadRequest', `unable to upgrade: ${path.subresource} is served over WebSocket (${path.subresource === 'portforward' ? tunnelProtocol : 'v5.channel.k8s.io'}) and SPDY/3.1`);
}

function wordsOf(header: string | string[] | undefined): string[] {
  return [header ?? []].flat().join(',').split(',').map((one) => one.trim()).filter((one) => one !== '');
}

/** Upgrades the connection and serves the stream; calls `take` once the socket is its own. Throws StatusError while it can still be answered over HTTP. */
export function upgradeStream(exchange: Exchange, path: ResourcePath, socket: Duplex, head: Buffer, take: () => void): void {
  const { request, context } = exchange;
  const upgrade = request.headers.upgrade?.toLowerCase();
  const failed = (thrown: unknown) => context.logger.error({ path: exchange.info.path, cause: toStatusError(thrown).message }, 'a stream failed');
  if (upgrade === 'spdy/3.1' && (request.method === 'POST' || request.method === 'GET')) return upgradeSpdy(exchange, path, { socket, head, closing: context.closing }, take, failed);
  const kind = path.subresource === 'portforward' ? 'portforward' : 'exec';
  const offered = new Set(wordsOf(request.headers['sec-websocket-protocol']));
  const protocol = chooseProtocol(kind, offered);
  if (upgrade !== 'websocket' || request.method !== 'GET' || (offered.size > 0 && !protocol)) refuseStream(exchange, path);
  const prepared = prepare(exchange, path, protocol);
  take();
  servers[kind].handleUpgrade(request, socket, head, (webSocket) => {
    const close = () => webSocket.terminate();
    context.closing.addEventListener('abort', close, { once: true });
    webSocket.on('error', () => {}); // followed by close, which ends the session
    webSocket.on('close', () => context.closing.removeEventListener('abort', close));
    Promise.resolve(prepared.webSocket(webSocket, context.closing)).catch((thrown: unknown) => {
      failed(thrown);
      webSocket.close(1011);
    });
  });
}

/** The SPDY protocol to speak among those offered, as upstream: the client's first that is served; naming none means the oldest. */
export function chooseSpdyProtocol(subresource: string, offered: readonly string[]): string | undefined {
  if (subresource === 'portforward') return offered.includes(forwardProtocol) ? forwardProtocol : undefined;
  if (offered.length === 0) return '';
  return offered.find((one) => (spdyExecProtocols as readonly string[]).includes(one));
}

function upgradeSpdy(exchange: Exchange, path: ResourcePath, carrier: Omit<Carrier, 'protocol'>, take: () => void, failed: (thrown: unknown) => void): void {
  const { request, response } = exchange;
  const offered = wordsOf(request.headers['x-stream-protocol-version']);
  const protocol = chooseSpdyProtocol(path.subresource!, offered);
  const prepared = prepare(exchange, path, path.subresource === 'portforward' ? forwardProtocol : protocol);
  if (protocol === undefined) {
    const accepted = path.subresource === 'portforward' ? [forwardProtocol] : [...spdyExecProtocols];
    response.setHeader('X-Accepted-Stream-Protocol-Versions', accepted);
    throw new StatusError('Forbidden', `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(' ')}], server accepts [${accepted.join(' ')}]`);
  }
  take();
  const { socket } = carrier;
  socket.write(['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: SPDY/3.1', ...(protocol ? [`X-Stream-Protocol-Version: ${protocol}`] : []), '', ''].join('\r\n'));
  Promise.resolve(prepared.spdy({ ...carrier, protocol })).catch((thrown: unknown) => {
    failed(thrown);
    socket.destroy();
  });
}
