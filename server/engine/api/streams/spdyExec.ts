// Serves pods/exec and pods/attach over SPDY/3.1: one stream for each of stdin, stdout, stderr, terminal sizes and the status.
import type { Duplex } from 'node:stream';
import type { ContainerRef, ExecSession, NodeStreams, Status } from '../../types/index.ts';
import { exitStatus, failureStatus, toStatusError } from '../status.ts';
import { openSession, trySize, type StreamRequest } from './session.ts';
import { SpdyConnection } from './spdy/connection.ts';
import type { SpdyStream } from './spdy/stream.ts';

/** Protocols of remote commands over SPDY, best first; before v4 the status is text, and nothing for success. */
export const spdyExecProtocols = ['v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io'] as const;

/** The client has this long to open all its streams, in ms. */
const openingMs = 30_000;

/** The streams that a client opens for a request. */
function expected(request: StreamRequest, protocol: string): string[] {
  const sizes = request.tty && (protocol.startsWith('v4') || protocol.startsWith('v3'));
  return ['error', ...(['stdin', 'stdout', 'stderr'] as const).filter((one) => request[one]), ...(sizes ? ['resize'] : [])];
}

/** Serves one upgraded connection until the command ends or the client leaves. */
export async function serveSpdySession(carrier: { socket: Duplex; head: Buffer; protocol: string; closing: AbortSignal }, streams: NodeStreams, ref: ContainerRef, request: StreamRequest): Promise<void> {
  const { socket, head, protocol, closing } = carrier;
  const wanted = expected(request, protocol);
  const opened = new Map<string, SpdyStream>();
  let session: ExecSession | undefined;
  let ended = false;
  let ready = () => {};
  const all = new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), openingMs);
    ready = () => {
      clearTimeout(timer);
      resolve(wanted.every((name) => opened.has(name)));
    };
  });
  const connection = new SpdyConnection(socket, head, {
    stream(stream) {
      const type = stream.headers.get('streamtype') ?? '';
      if (!wanted.includes(type) || opened.has(type)) return void stream.destroy();
      opened.set(type, stream);
      if (type !== 'stdin' && type !== 'resize') stream.resume();
      if (opened.size === wanted.length) ready();
    },
    close() {
      closing.removeEventListener('abort', close);
      ready();
      if (!ended) session?.kill();
      ended = true;
    },
  });
  const close = () => connection.close();
  closing.addEventListener('abort', close, { once: true });
  if (!await all || ended) return connection.close();
  const finish = (status: Status) => {
    ended = true;
    const text = protocol.startsWith('v4') ? JSON.stringify(status) : status.status === 'Failure' ? status.message ?? '' : '';
    opened.get('error')!.end(text, () => connection.close());
  };
  try {
    session = await openSession(streams, ref, request);
    if (ended) return session.kill(); // the client left meanwhile
    const out = (['stdout', 'stderr'] as const).filter((name) => request[name]);
    const sent = out.map((name) => new Promise<void>((resolve) => {
      const stream = opened.get(name)!;
      session![name].pipe(stream);
      stream.once('finish', resolve).once('close', resolve);
    }));
    if (request.stdin) opened.get('stdin')!.pipe(session.stdin);
    readSizes(opened.get('resize'), session);
    const { exitCode } = await session.done;
    await Promise.all(sent);
    finish(exitStatus(exitCode));
  } catch (thrown) {
    finish(failureStatus(toStatusError(thrown)));
  }
}

/** Sizes come as JSON objects one after another. */
function readSizes(stream: SpdyStream | undefined, session: ExecSession): void {
  let rest = '';
  stream?.on('data', (chunk: Buffer) => {
    const texts = `${rest}${chunk.toString('utf8')}`.split(/(?<=\})/);
    rest = texts.at(-1)!.endsWith('}') ? '' : texts.pop()!.slice(-256);
    for (const text of texts) {
      const size = trySize(text);
      if (size) session.resize(size.cols, size.rows);
    }
  });
}
