import assert from 'node:assert/strict';
import { once } from 'node:events';
import { duplexPair } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { constants, createDeflate, createInflate, type Deflate } from 'node:zlib';
import { SpdyConnection } from './connection.ts';
import { spdyDictionary } from './dictionary.ts';
import { controlFrame, dataHead, FrameReader } from './frames.ts';
import { emptyHeaderBlock, HeaderReader } from './headers.ts';
import type { SpdyStream } from './stream.ts';

/** Header blocks as another implementation writes them: one deflate for the connection, flushed after each block. */
class Blocks {
  readonly #deflate: Deflate = createDeflate({ dictionary: spdyDictionary });

  async next(headers: Record<string, string>): Promise<Buffer> {
    const number = (value: number) => Buffer.from([value >> 24, value >> 16, value >> 8, value]);
    const words = Object.entries(headers).flat().flatMap((word) => [number(word.length), Buffer.from(word)]);
    const pieces: Buffer[] = [];
    const take = (piece: Buffer) => pieces.push(piece);
    this.#deflate.on('data', take);
    this.#deflate.write(Buffer.concat([number(Object.keys(headers).length), ...words]));
    await new Promise<void>((resolve) => this.#deflate.flush(constants.Z_SYNC_FLUSH, () => setImmediate(resolve)));
    this.#deflate.off('data', take);
    return Buffer.concat(pieces);
  }
}

function adler32(bytes: Buffer): number {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return b * 65536 + a;
}

const synStream = (id: number, block: Buffer, flags = 0) => controlFrame(1, flags, id, 0, Buffer.alloc(2), block);

describe('SPDY/3.1', () => {
  test('the dictionary is the specification\'s', () => {
    assert.deepEqual([spdyDictionary.length, adler32(spdyDictionary).toString(16)], [1423, 'e3c6a7c2']);
  });

  test('header blocks are read with the state of those before, also past the window', async () => {
    const blocks = new Blocks();
    const reader = new HeaderReader();
    for (let i = 0; i < 2000; i += 1) {
      const headers = { streamtype: i % 2 ? 'data' : 'error', port: '80', requestid: String(i), note: `${i}`.repeat(8) };
      assert.deepEqual(Object.fromEntries(reader.read(await blocks.next(headers))), headers);
    }
    assert.throws(() => reader.read(Buffer.from([0xff, 0xff, 1, 2, 3])), /cannot be inflated/);
    assert.throws(() => new HeaderReader().read(Buffer.from('no zlib at all')), /is not zlib/);
  });

  test('our blocks are one zlib stream that ends at a byte each time', async () => {
    const inflate = createInflate({ dictionary: spdyDictionary });
    const pieces: Buffer[] = [];
    inflate.on('data', (piece: Buffer) => pieces.push(piece));
    for (const first of [true, false, false]) inflate.write(emptyHeaderBlock(first));
    await new Promise<void>((resolve) => inflate.flush(() => setImmediate(resolve)));
    assert.deepEqual(Buffer.concat(pieces), Buffer.alloc(12));
  });

  test('frames are the same however the bytes are cut', () => {
    const bytes = Buffer.concat([controlFrame(6, 0, 7), dataHead(1, 5, false), Buffer.from('hello'), dataHead(1, 0, true), controlFrame(3, 0, 1, 5)]);
    for (const size of [1, 3, 8, bytes.length]) {
      const seen: string[] = [];
      const reader = new FrameReader({
        control: (type, _flags, payload) => void seen.push(`c${type}:${payload.toString('hex')}`),
        data: (stream, piece, fin) => void seen.push(`d${stream}:${piece.toString()}${fin ? '.' : ''}`),
      });
      for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
      assert.equal(seen.join(' ').replaceAll(' d1:', ''), 'c6:00000007helloXc3:0000000100000005'.replace('X', '. '), `cut by ${size}`);
    }
    assert.throws(() => new FrameReader({ control() {}, data() {} }).push(Buffer.from([0x80, 2, 0, 1, 0, 0, 0, 0])), /another version/);
    assert.throws(() => new FrameReader({ control() {}, data() {} }).push(Buffer.from([0x80, 3, 0, 1, 0, 0xff, 0xff, 0xff])), /too long/);
  });

  test('streams carry bytes both ways, half close, reset and end with the connection', async () => {
    const [client, server] = duplexPair();
    const blocks = new Blocks();
    const streams: SpdyStream[] = [];
    let closed = 0;
    const connection = new SpdyConnection(server, Buffer.alloc(0), { stream: (stream) => void streams.push(stream), close: () => { closed += 1; } });
    const heard: { control: [number, string][]; data: Map<number, string> } = { control: [], data: new Map() };
    const reader = new FrameReader({
      control: (type, _flags, payload) => void heard.control.push([type, payload.subarray(0, 4).toString('hex')]),
      data: (id, piece, fin) => void heard.data.set(id, `${heard.data.get(id) ?? ''}${piece.toString()}${fin ? '.' : ''}`),
    });
    client.on('data', (chunk: Buffer) => reader.push(chunk));
    client.write(Buffer.concat([synStream(1, await blocks.next({ streamtype: 'data' })), dataHead(1, 4, true), Buffer.from('ping'), synStream(3, await blocks.next({ streamtype: 'error' }), 1), controlFrame(6, 0, 1)]));
    while (streams.length < 2) await once(client, 'data');
    assert.deepEqual(streams.map(({ id, headers }) => [id, headers.get('streamtype')]), [[1, 'data'], [3, 'error']]);
    assert.equal(await text(streams[0]!), 'ping');
    streams[0]!.end('pong');
    streams[1]!.resume().end();
    await Promise.all(streams.map((stream) => once(stream, 'close')));
    client.write(synStream(5, await blocks.next({ streamtype: 'data' })));
    while (streams.length < 3) await once(client, 'data');
    client.write(controlFrame(3, 0, 5, 5));
    await once(streams[2]!, 'close');
    client.write(synStream(7, await blocks.next({ streamtype: 'data' })));
    while (streams.length < 4) await once(client, 'data');
    const gone = once(streams[3]!, 'close');
    const end = once(client, 'end');
    connection.close();
    await Promise.all([gone, end]);
    assert.equal(closed, 1);
    assert.deepEqual(Object.fromEntries(heard.data), { 1: 'pong.', 3: '.' });
    assert.deepEqual(heard.control.filter(([type]) => type !== 3).map(([type, first]) => `${type}:${first}`), ['2:00000001', '2:00000003', '6:00000001', '2:00000005', '2:00000007', '7:00000007']);
  });

  test('a slow reader holds the sender back', async () => {
    const [client, server] = duplexPair();
    const blocks = new Blocks();
    const opened = new Promise<SpdyStream>((resolve) => {
      void new SpdyConnection(server, Buffer.alloc(0), { stream: resolve, close() {} });
    });
    client.resume();
    client.write(synStream(1, await blocks.next({})));
    const stream = await opened;
    const chunk = Buffer.alloc(64 * 1024);
    let sent = 0;
    while (sent < 16 * 1024 * 1024 && client.write(Buffer.concat([dataHead(1, chunk.length, false), chunk]))) {
      sent += chunk.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(stream.readableLength + sent < 12 * 1024 * 1024, `${sent} bytes were taken`);
    client.end(dataHead(1, 0, true));
    let read = 0;
    for await (const piece of stream) read += (piece as Buffer).length;
    assert.ok(read >= sent);
  });
});
