// SPDY/3 header blocks: read with the compression state of the connection, written without compression.
import { constants, inflateRawSync } from 'node:zlib';
import { spdyDictionary } from './dictionary.ts';
import { SpdyError } from './frames.ts';

/** Names in lower case; several values of one name are joined by NUL. */
export type SpdyHeaders = ReadonlyMap<string, string>;

/** A block may be this long once it is inflated, in bytes; those of Kubernetes are under a hundred. */
const maxBlockBytes = 16 * 1024;
/** How far back deflate refers, in bytes. */
const windowBytes = 32 * 1024;
/** zlib's header with the dictionary's id, before the first block. */
const zlibHeaderBytes = 6;

/**
 * Reads the blocks of one connection in their order. Each ends where deflate was flushed to a byte, so that it can be
 * inflated by itself with what came before as its dictionary. Throws SpdyError.
 */
export class HeaderReader {
  #window = spdyDictionary;
  #first = true;

  read(block: Buffer): SpdyHeaders {
    let bytes = block;
    if (this.#first) {
      this.#first = false;
      if (block.length < zlibHeaderBytes || (block[0]! & 0x0f) !== 8 || block.readUInt16BE(0) % 31 !== 0) throw new SpdyError('a header block is not zlib');
      const withDictionary = (block[1]! & 0x20) !== 0;
      if (!withDictionary) this.#window = Buffer.alloc(0);
      bytes = block.subarray(withDictionary ? zlibHeaderBytes : 2);
    }
    let plain: Buffer;
    try {
      const dictionary = this.#window.length > 0 ? { dictionary: this.#window } : {};
      plain = inflateRawSync(bytes, { ...dictionary, finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: maxBlockBytes });
    } catch (cause) {
      throw new SpdyError('a header block cannot be inflated', { cause });
    }
    this.#window = Buffer.concat([this.#window, plain]).subarray(-windowBytes);
    return parseHeaders(plain);
  }
}

function parseHeaders(block: Buffer): SpdyHeaders {
  const headers = new Map<string, string>();
  let at = 0;
  const number = () => {
    if (at + 4 > block.length) throw new SpdyError('a header block is cut off');
    at += 4;
    return block.readUInt32BE(at - 4);
  };
  const word = () => {
    const length = number();
    if (at + length > block.length) throw new SpdyError('a header block is cut off');
    at += length;
    return block.toString('latin1', at - length, at);
  };
  for (let count = number(); count > 0; count -= 1) {
    const name = word().toLowerCase();
    headers.set(name, word());
  }
  return headers;
}

/** What deflate writes to end at a byte: an empty stored block. */
const flushed = Buffer.from([0, 0, 0, 0xff, 0xff]);

/** A block of no headers, all that Kubernetes answers with: stored as it is; the first of a connection opens the zlib stream. */
export function emptyHeaderBlock(first: boolean): Buffer {
  const stored = Buffer.from([0, 4, 0, 0xfb, 0xff, 0, 0, 0, 0]);
  return Buffer.concat([...(first ? [Buffer.from([0x78, 0x01])] : []), stored, flushed]);
}
