// One SPDY stream as a Duplex: end() closes our half, destroy() resets what is still open.
import { Duplex } from 'node:stream';
import type { SpdyHeaders } from './headers.ts';

/** How a stream reaches its connection. */
export interface StreamOutlet {
  /** Sends data; `sent` when more may follow. */
  data(id: number, chunk: Buffer, fin: boolean, sent: () => void): void;
  reset(id: number): void;
  /** What the stream held back of its reader is taken. */
  drained(id: number): void;
  closed(id: number): void;
}

/** A stream that the client opened. Emits 'end' at the client's FIN and 'close' when the client resets it. */
export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: SpdyHeaders;
  readonly #outlet: StreamOutlet;
  #remoteOpen = true;
  #localOpen = true;

  constructor(id: number, headers: SpdyHeaders, outlet: StreamOutlet) {
    super({ allowHalfOpen: true, autoDestroy: true });
    this.id = id;
    this.headers = headers;
    this.#outlet = outlet;
    this.on('error', () => {}); // whoever uses the stream learns by 'close'
  }

  /** Takes what came from the client. */
  receive(chunk: Buffer, fin: boolean): void {
    if (!this.#remoteOpen) return;
    if (chunk.length > 0) this.push(chunk);
    if (!fin) return;
    this.#remoteOpen = false;
    this.push(null);
  }

  /** The client reset the stream, or the connection is gone: nothing can be written, and only what was sent to its end may still be read. */
  abandon(): void {
    this.#localOpen = false;
    const whole = !this.#remoteOpen && this.readableLength > 0;
    this.#remoteOpen = false;
    if (whole) this.once('end', () => this.destroy());
    else this.destroy();
  }

  override _read(): void {
    this.#outlet.drained(this.id);
  }

  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (!this.#localOpen) return done();
    this.#outlet.data(this.id, typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk, false, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    if (!this.#localOpen) return done();
    this.#localOpen = false;
    this.#outlet.data(this.id, Buffer.alloc(0), true, done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (this.#localOpen || this.#remoteOpen) this.#outlet.reset(this.id);
    this.#outlet.closed(this.id);
    done(error);
  }
}
