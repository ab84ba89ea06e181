// Serves pods/portforward over SPDY/3.1: for each forwarded connection the client opens a pair of streams, for errors and for data.
import type { Duplex } from 'node:stream';
import { messageOf } from '../../../base/index.ts';
import type { ContainerRef, NodeStreams } from '../../types/index.ts';
import { SpdyConnection } from './spdy/connection.ts';
import type { SpdyStream } from './spdy/stream.ts';

/** The protocol of the upgrade header, and of a WebSocket that carries SPDY's bytes. */
export const forwardProtocol = 'portforward.k8s.io';
export const tunnelProtocol = `SPDY/3.1+${forwardProtocol}`;

/** The second stream of a pair has this long to come, in ms. */
const pairingMs = 30_000;

interface Half { stream: SpdyStream; timer: NodeJS.Timeout }

/** Serves one connection until the client leaves or the server closes. */
export function serveSpdyForward(carrier: { socket: Duplex; head: Buffer; closing: AbortSignal }, streams: NodeStreams, ref: ContainerRef): void {
  const { closing } = carrier;
  const waiting = new Map<string, Half>();
  const connection = new SpdyConnection(carrier.socket, carrier.head, {
    stream(stream) {
      const type = stream.headers.get('streamtype');
      const port = Number(stream.headers.get('port'));
      if ((type !== 'data' && type !== 'error') || !Number.isInteger(port) || port < 1 || port > 65_535) return void stream.destroy();
      // Clients before Kubernetes 1.2 number no requests: theirs is the stream's own number, the data stream being the next one.
      const request = stream.headers.get('requestid') ?? String(type === 'error' ? stream.id : stream.id - 2);
      const first = waiting.get(request);
      if (!first) {
        const forget = () => {
          waiting.delete(request);
          stream.destroy();
        };
        waiting.set(request, { stream, timer: setTimeout(forget, pairingMs) });
        return;
      }
      clearTimeout(first.timer);
      waiting.delete(request);
      if (first.stream.headers.get('streamtype') === type) {
        first.stream.destroy();
        stream.destroy();
      } else if (type === 'data') void forward(stream, first.stream, port, streams, ref);
      else void forward(first.stream, stream, port, streams, ref);
    },
    close() {
      closing.removeEventListener('abort', close);
      for (const { timer } of waiting.values()) clearTimeout(timer);
    },
  });
  const close = () => connection.close();
  closing.addEventListener('abort', close, { once: true });
}

/** Carries one connection; why it failed goes to the error stream. Both streams end with it. */
async function forward(data: SpdyStream, errors: SpdyStream, port: number, streams: NodeStreams, ref: ContainerRef): Promise<void> {
  errors.resume();
  let target: Duplex | undefined;
  try {
    target = await streams.connect(ref, port);
    if (data.destroyed) return void target.destroy();
    const failed = await carry(data, target);
    errors.end(failed ? messageOf(failed) : undefined);
  } catch (thrown) {
    errors.end(messageOf(thrown));
    data.end();
    data.resume();
  }
}

/**
 * Resolves when the pod has said all, or its side is closed, or the client let go; with the error, if that is why. Clients
 * before 1.29 close their half only after that; what they still send is carried meanwhile.
 */
function carry(data: SpdyStream, target: Duplex): Promise<Error | undefined> {
  return new Promise((resolve) => {
    let failed: Error | undefined;
    target.on('error', (error) => { failed = error; });
    target.once('end', () => resolve(undefined));
    target.once('close', () => {
      data.end();
      resolve(failed);
    });
    data.once('close', () => target.destroy());
    data.pipe(target);
    target.pipe(data);
  });
}
