// WebSockets: the upgrade's own door, with the same table of roles, and the channels behind it.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { messageOf, type Disposable } from '../../base/index.ts';
import { closeCodes, routes, TerminalId } from '../../contract/index.ts';
import type { Identity } from '../../classrooms/index.ts';
import { secretsOf } from '../cookies.ts';
import { matchPath, ownSession, rolesOf, type Role } from '../endpoints.ts';
import type { Metrics } from '../metrics.ts';
import { isOwnOrigin } from '../origin.ts';
import type { AppServices } from '../services.ts';
import { serveBoard } from './board.ts';
import { Channel } from './channel.ts';
import { serveEvents } from './events.ts';
import { serveTerminal } from './terminal.ts';

/** Largest frame: a message of 64 Ki characters may need six bytes for each. */
const maxPayload = 512 * 1024;
/** Connections of one kind that one student or instructor may have; beyond it the oldest is closed. */
const connectionLimit = 24;

/** A kind of socket: who may open it. */
export interface SocketEndpoint { kind: 'events' | 'board' | 'terminal'; path: string; roles: readonly Role[] }

export const socketEndpoints: readonly SocketEndpoint[] = [
  { kind: 'events', path: routes.events, roles: ['student'] },
  { kind: 'board', path: routes.boardEvents, roles: ['instructor'] },
  { kind: 'terminal', path: routes.terminalSocket(':id'), roles: ['student'] },
];

export interface Sockets extends Disposable {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Tells every page that the server restarts, and takes no new one. */
  drain(): void;
}

export function createSockets(services: AppServices, metrics: Metrics, isSecure: () => boolean): Sockets {
  const { sessions, classrooms, clock, logger, baseUrl } = services;
  const server = new WebSocketServer({ noServer: true, maxPayload, perMessageDeflate: false, clientTracking: false });
  const channels = new Set<Channel<never>>();
  const byOwner = new Map<string, Channel<never>[]>();
  /** Boards by the secret that opened them. */
  const boards = new Map<Channel<never>, string>();
  let draining = false;
  const signOuts = classrooms.accounts.onSignOut(() => {
    for (const [channel, secret] of boards) if (!classrooms.accounts.identify([secret]).instructor) channel.close(closeCodes.notSignedIn, 'signed out');
  });

  const track = (kind: string, owner: string, channel: Channel<never>): void => {
    channels.add(channel);
    metrics.countSocket(kind, 1);
    const key = `${kind} ${owner}`;
    const list = byOwner.get(key) ?? [];
    byOwner.set(key, list);
    list.push(channel);
    channel.own({
      dispose() {
        channels.delete(channel);
        boards.delete(channel);
        metrics.countSocket(kind, -1);
        list.splice(list.indexOf(channel), 1);
        if (list.length === 0) byOwner.delete(key);
      },
    });
    if (list.length > connectionLimit) list[0]!.close(closeCodes.replaced, 'too many connections');
  };

  const serve = (websocket: WebSocket, { kind, roles }: SocketEndpoint, params: Record<string, string>, identity: Identity): void => {
    const channel = new Channel<never>(websocket, clock);
    const own = rolesOf(identity);
    if (!own.some((role) => roles.includes(role))) {
      const visitor = own.includes('visitor');
      return channel.close(visitor ? closeCodes.notSignedIn : closeCodes.forbidden, visitor ? 'not signed in' : 'forbidden');
    }
    const owner = kind === 'board' ? 'instructor' : identity.student!.sessionId;
    track(kind, owner, channel);
    if (kind === 'board') boards.set(channel, identity.instructor!.secret);
    try {
      if (kind === 'board') serveBoard(channel as Channel<unknown> as never, classrooms);
      else if (kind === 'events') serveEvents(channel as Channel<unknown> as never, ownSession(sessions, { identity }));
      else if (TerminalId.safeParse(params.id).success) serveTerminal({ channel: channel as Channel<unknown> as never, session: ownSession(sessions, { identity }), id: params.id!, clock, logger });
      else channel.close(closeCodes.notFound, 'unknown terminal');
    } catch (error) {
      logger.error({ kind, error: messageOf(error) }, 'socket failed');
      channel.close(1011, 'internal');
    }
  };

  return {
    upgrade(request, socket, head) {
      socket.on('error', () => {}); // the client went away during the handshake
      const path = new URL(request.url ?? '/', 'http://localhost').pathname;
      const match = socketEndpoints.map((endpoint) => ({ endpoint, params: matchPath(endpoint.path, path) })).find(({ params }) => params);
      if (draining) return refuse(socket, '503 Service Unavailable');
      if (!match?.params) return refuse(socket, '404 Not Found');
      if (!isOwnOrigin(request, baseUrl())) return refuse(socket, '403 Forbidden');
      const identity = classrooms.accounts.identify(secretsOf(request, isSecure()));
      // A refusal by role comes as a close code, which pages can read; an HTTP status they cannot.
      server.handleUpgrade(request, socket, head, (websocket) => serve(websocket, match.endpoint, match.params!, identity));
    },
    drain() {
      draining = true;
      for (const channel of channels) channel.close(closeCodes.serverDraining, 'restarting');
    },
    dispose() {
      draining = true;
      signOuts.dispose();
      for (const channel of channels) channel.dispose();
      server.close();
    },
  } satisfies Sockets;
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
