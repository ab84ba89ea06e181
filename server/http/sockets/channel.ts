// One WebSocket of ours: JSON text frames checked by a schema, a heartbeat, and an end for those that do not keep up.
import type { WebSocket } from 'ws';
import type { z } from 'zod';
import { DisposableStack, type Clock, type Disposable } from '../../base/index.ts';
import { closeCodes } from '../../contract/index.ts';

const heartbeatMs = 15_000;
/** Bytes that may wait for a slow network before the connection is ended; terminals stay far below by acknowledgements. */
const backlogLimit = 4 * 1024 * 1024;
/** How long a closing handshake may take. */
const closingMs = 2_000;

export class Channel<Out> implements Disposable {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #owned = new DisposableStack();
  #alive = true;

  constructor(socket: WebSocket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    socket.on('pong', () => { this.#alive = true; });
    socket.on('error', () => {}); // a close follows: too large a frame, a broken one, a lost connection
    socket.on('close', () => this.#owned.dispose());
    this.#beat();
  }

  /** Released when the connection ends, whoever ends it. */
  own(disposable: Disposable): void {
    this.#owned.add(disposable);
  }

  get open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  send(message: Out): void {
    if (!this.open) return;
    if (this.#socket.bufferedAmount > backlogLimit) return this.close(closeCodes.tooSlow, 'too slow');
    this.#socket.send(JSON.stringify(message));
  }

  /** Calls back with each message that fits; anything else ends the connection with `badMessage`. */
  receive<T>(schema: z.ZodType<T>, take: (message: T) => void): void {
    this.#socket.on('message', (data, isBinary) => {
      if (!this.open) return;
      const message = isBinary ? undefined : tryMessage(schema, String(data));
      if (message === undefined) this.close(closeCodes.badMessage, 'bad message');
      else take(message);
    });
  }

  close(code: number, reason: string): void {
    if (this.#socket.readyState === this.#socket.CLOSED) return;
    this.#socket.close(code, reason);
    this.#owned.dispose();
    this.#clock.after(closingMs, () => this.#socket.terminate());
  }

  dispose(): void {
    this.#socket.terminate();
  }

  #beat(): void {
    this.#owned.add(this.#clock.after(heartbeatMs, () => {
      if (!this.#alive) return this.#socket.terminate();
      this.#alive = false;
      this.#socket.ping();
      this.#beat();
    }));
  }
}

function tryMessage<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
