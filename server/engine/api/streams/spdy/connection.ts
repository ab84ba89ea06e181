// The server's side of a SPDY/3.1 connection: answers pings, takes the streams that the client opens, carries their bytes.
// As in Kubernetes' own clients and servers there are no windows: what holds a fast sender back is the connection below.
import type { Duplex } from 'node:stream';
import { controlFrame, dataHead, finFlag, FrameReader, frameTypes, resetCodes, SpdyError } from './frames.ts';
import { emptyHeaderBlock, HeaderReader } from './headers.ts';
import { SpdyStream } from './stream.ts';

/** Streams open at once; each forwarded connection takes two. */
const maxStreams = 2048;
/** So much may wait for the readers of a connection's streams before it is read no further, in bytes. */
const maxWaiting = 4 * 1024 * 1024;
/** A frame of ours carries at most this, in bytes. */
const maxFrameData = 1024 * 1024;

/** What a connection tells: each new stream (already replied to), and its end, whatever the cause. */
export interface SpdyEvents { stream(stream: SpdyStream): void; close(cause?: Error): void }

/** Serves one connection over any byte stream, a socket or a WebSocket's messages; `head` came with the upgrade. */
export class SpdyConnection {
  readonly #transport: Duplex;
  readonly #events: SpdyEvents;
  readonly #headers = new HeaderReader();
  readonly #frames: FrameReader;
  readonly #streams = new Map<number, SpdyStream>();
  #lastStream = 0;
  #replied = false;
  #closed = false;

  constructor(transport: Duplex, head: Buffer, events: SpdyEvents) {
    this.#transport = transport;
    this.#events = events;
    this.#frames = new FrameReader({ control: (...frame) => this.#control(...frame), data: (...frame) => this.#data(...frame) });
    transport.setMaxListeners(0); // each stream that waits for room listens
    transport.on('error', (error) => this.#end(error));
    transport.on('close', () => this.#end());
    transport.on('end', () => this.#end());
    const take = (chunk: Buffer) => {
      try {
        this.#frames.push(chunk);
      } catch (thrown) {
        this.#write(controlFrame(frameTypes.goAway, 0, this.#lastStream, resetCodes.protocol));
        this.#end(thrown as SpdyError);
        transport.destroy();
      }
    };
    if (head.length > 0) take(head);
    transport.on('data', take);
  }

  /** Says goodbye, and ends the connection once all that was written has left. */
  close(): void {
    if (this.#closed) return;
    this.#write(controlFrame(frameTypes.goAway, 0, this.#lastStream, 0));
    this.#transport.end();
    this.#end();
  }

  #end(cause?: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const stream of this.#streams.values()) stream.abandon();
    this.#streams.clear();
    if (this.#transport.isPaused()) this.#transport.resume();
    this.#events.close(cause);
  }

  #write(frame: Buffer): boolean {
    return this.#transport.writable ? this.#transport.write(frame) : true;
  }

  #control(type: number, flags: number, payload: Buffer): void {
    if (type === frameTypes.synStream) return this.#open(flags, payload);
    if (type === frameTypes.headers && payload.length >= 4) return void this.#headers.read(payload.subarray(4)); // keeps the compression's state
    if (type === frameTypes.ping && payload.length === 4) {
      if (payload.readUInt32BE(0) % 2 === 1) this.#write(controlFrame(frameTypes.ping, 0, payload));
    } else if (type === frameTypes.reset && payload.length === 8) this.#streams.get(payload.readUInt32BE(0))?.abandon();
    else if (type === frameTypes.goAway && this.#streams.size === 0) this.close();
  }

  #open(flags: number, payload: Buffer): void {
    if (payload.length < 10) throw new SpdyError('a SYN_STREAM is too short');
    const id = payload.readUInt32BE(0) & 0x7fffffff;
    const headers = this.#headers.read(payload.subarray(10));
    if (id % 2 === 0 || id <= this.#lastStream) return this.#reset(id, resetCodes.protocol);
    this.#lastStream = id;
    if (this.#streams.size >= maxStreams) return this.#reset(id, resetCodes.refused);
    const stream = new SpdyStream(id, headers, {
      data: (stream_, chunk, fin, sent) => this.#send(stream_, chunk, fin, sent),
      reset: (stream_) => this.#reset(stream_, resetCodes.cancel),
      drained: () => this.#breathe(),
      closed: (stream_) => {
        this.#streams.delete(stream_);
        this.#breathe();
      },
    });
    this.#streams.set(id, stream);
    this.#write(controlFrame(frameTypes.synReply, 0, id, emptyHeaderBlock(!this.#replied)));
    this.#replied = true;
    if ((flags & finFlag) !== 0) stream.receive(Buffer.alloc(0), true);
    this.#events.stream(stream);
  }

  #data(id: number, piece: Buffer, fin: boolean): void {
    const stream = this.#streams.get(id);
    if (!stream) return; // reset by us while it was under way
    stream.receive(piece, fin);
    if (this.#waiting() > maxWaiting) this.#transport.pause();
  }

  #waiting(): number {
    let bytes = 0;
    for (const { readableLength } of this.#streams.values()) bytes += readableLength;
    return bytes;
  }

  #breathe(): void {
    if (this.#transport.isPaused() && this.#waiting() <= maxWaiting) this.#transport.resume();
  }

  #reset(id: number, code: number): void {
    if (!this.#closed) this.#write(controlFrame(frameTypes.reset, 0, id, code));
  }

  #send(id: number, chunk: Buffer, fin: boolean, sent: () => void): void {
    let more = true;
    let at = 0;
    this.#transport.cork();
    do {
      const piece = chunk.subarray(at, at + maxFrameData);
      at += piece.length;
      more = this.#write(dataHead(id, piece.length, fin && at >= chunk.length));
      if (piece.length > 0) more = this.#write(piece);
    } while (at < chunk.length);
    this.#transport.uncork();
    if (more || this.#closed) return sent();
    const go = () => {
      this.#transport.off('drain', go);
      this.#transport.off('close', go);
      sent();
    };
    this.#transport.once('drain', go);
    this.#transport.once('close', go);
  }
}
