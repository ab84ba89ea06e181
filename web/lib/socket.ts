// A typed WebSocket that comes back by itself: back-off with jitter, numbered close codes, messages validated both ways.
import type { z } from 'zod';
import { closeCodes } from '../../server/contract/index.ts';
import { reconnectDelay } from './backoff.ts';

/** `lost` carries when it tries again; `draining` is a server that restarts; `stopped` does not come back by itself. */
export type LinkState =
  | { kind: 'connecting' } | { kind: 'open' }
  | { kind: 'lost'; retryAt: number } | { kind: 'draining'; retryAt: number }
  | { kind: 'stopped'; code: number };

/** Close codes after which trying again cannot help. */
const finalCodes: ReadonlySet<number> = new Set([closeCodes.notSignedIn, closeCodes.forbidden, closeCodes.notFound, closeCodes.replaced, closeCodes.badMessage]);

// A connection that stayed this long was healthy: the next loss starts the back-off anew.
const HEALTHY_MS = 5_000;

export interface Link<Out> {
  /** False when the message was not sent because the socket is not open. */
  send(message: Out): boolean;
  /** Drops the connection and makes another at once. */
  renew(): void;
  close(): void;
}

export interface LinkOptions<In> {
  /** Path below the origin. */
  path: string;
  incoming: z.ZodType<In>;
  onMessage: (message: In) => void;
  onState: (state: LinkState) => void;
}

/** Connects and keeps connected until `close`. `onState` with `open` comes before the first message of each connection. */
export const openLink = <In, Out>({ path, incoming, onMessage, onState }: LinkOptions<In>): Link<Out> => {
  let socket: WebSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  let openedAt = 0;
  let closed = false;

  const connect = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const mine = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${path}`);
    socket = mine;
    mine.addEventListener('open', () => {
      if (mine !== socket) return;
      openedAt = Date.now();
      onState({ kind: 'open' });
    });
    mine.addEventListener('message', (event) => {
      if (mine !== socket || typeof event.data !== 'string') return;
      let value: unknown;
      try {
        value = JSON.parse(event.data);
      } catch {
        return;
      }
      const parsed = incoming.safeParse(value);
      // A message of a newer server than this page: skipped, since what follows may still be understood.
      if (parsed.success) onMessage(parsed.data);
    });
    mine.addEventListener('close', (event) => {
      if (mine !== socket) return;
      socket = undefined;
      if (closed) return;
      if (finalCodes.has(event.code)) {
        onState({ kind: 'stopped', code: event.code });
        return;
      }
      attempt = openedAt > 0 && Date.now() - openedAt > HEALTHY_MS ? 0 : attempt + 1;
      openedAt = 0;
      const delay = reconnectDelay(attempt, Math.random());
      onState({ kind: event.code === closeCodes.serverDraining ? 'draining' : 'lost', retryAt: Date.now() + delay });
      timer = setTimeout(connect, delay);
    });
  };

  const drop = (): void => {
    const old = socket;
    socket = undefined;
    old?.close();
  };
  const renew = (): void => {
    if (closed) return;
    drop();
    onState({ kind: 'connecting' });
    connect();
  };
  // The network or the reader is back: do not sit out the rest of the wait.
  const hurry = (): void => {
    if (timer !== undefined && (document.visibilityState === 'visible')) connect();
  };
  window.addEventListener('online', hurry);
  document.addEventListener('visibilitychange', hurry);

  onState({ kind: 'connecting' });
  connect();
  return {
    send: (message) => {
      if (socket?.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify(message));
      return true;
    },
    renew,
    close: () => {
      closed = true;
      clearTimeout(timer);
      window.removeEventListener('online', hurry);
      document.removeEventListener('visibilitychange', hurry);
      drop();
    },
  };
};
