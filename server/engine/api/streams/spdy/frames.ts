// The frames of SPDY/3.1: cut out of a byte stream as they come, and written.
import { PatchbayError } from '../../../../base/index.ts';

/** The other side broke the protocol; the connection cannot go on. */
export class SpdyError extends PatchbayError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super('spdy', message, options);
  }
}

/** Types of control frames. */
export const frameTypes = { synStream: 1, synReply: 2, reset: 3, settings: 4, ping: 6, goAway: 7, headers: 8, windowUpdate: 9 } as const;
/** Why a stream is reset. */
export const resetCodes = { protocol: 1, invalidStream: 2, refused: 3, cancel: 5 } as const;
/** The last frame of a stream in this direction. */
export const finFlag = 1;

const version = 3;
/** A control frame may be this long, in bytes. */
const maxControlBytes = 64 * 1024;

/** Told of each control frame, and of data as it comes: a long frame in pieces, `fin` with its last one. */
export interface FrameListener {
  control(type: number, flags: number, payload: Buffer): void;
  data(stream: number, piece: Buffer, fin: boolean): void;
}

/** Cuts frames; a frame of data is passed on without waiting for its end. Throws SpdyError. */
export class FrameReader {
  readonly #listener: FrameListener;
  #rest: Buffer = Buffer.alloc(0);
  #open: { stream: number; fin: boolean; left: number } | undefined;

  constructor(listener: FrameListener) {
    this.#listener = listener;
  }

  push(chunk: Buffer): void {
    let bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    for (;;) {
      if (this.#open) bytes = this.#dataOf(this.#open, bytes);
      if (this.#open || bytes.length < 8) break;
      const flags = bytes[4]!;
      const length = bytes.readUIntBE(5, 3);
      if ((bytes[0]! & 0x80) === 0) {
        this.#open = { stream: bytes.readUInt32BE(0), fin: (flags & finFlag) !== 0, left: length };
        bytes = bytes.subarray(8);
        continue;
      }
      if ((bytes.readUInt16BE(0) & 0x7fff) !== version) throw new SpdyError('the frame is of another version than SPDY/3');
      if (length > maxControlBytes) throw new SpdyError('a control frame is too long');
      if (bytes.length < 8 + length) break;
      this.#listener.control(bytes.readUInt16BE(2), flags, bytes.subarray(8, 8 + length));
      bytes = bytes.subarray(8 + length);
    }
    this.#rest = bytes;
  }

  #dataOf(open: { stream: number; fin: boolean; left: number }, bytes: Buffer): Buffer {
    if (open.left > 0 && bytes.length === 0) return bytes;
    const piece = bytes.subarray(0, open.left);
    open.left -= piece.length;
    if (open.left === 0) this.#open = undefined;
    this.#listener.data(open.stream, piece, open.fin && open.left === 0);
    return bytes.subarray(piece.length);
  }
}

/** A control frame. */
export function controlFrame(type: number, flags: number, ...parts: (number | Buffer)[]): Buffer {
  const payload = Buffer.concat(parts.map((part) => (typeof part === 'number' ? word(part) : part)));
  const head = Buffer.alloc(8);
  head.writeUInt16BE(0x8000 | version, 0);
  head.writeUInt16BE(type, 2);
  head[4] = flags;
  head.writeUIntBE(payload.length, 5, 3);
  return Buffer.concat([head, payload]);
}

/** The 8 bytes before `length` (under 16 MiB) bytes of data. */
export function dataHead(stream: number, length: number, fin: boolean): Buffer {
  const head = word(stream, 8);
  head[4] = fin ? finFlag : 0;
  head.writeUIntBE(length, 5, 3);
  return head;
}

function word(value: number, size = 4): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.writeUInt32BE(value, 0);
  return bytes;
}
