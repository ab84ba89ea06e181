// The channel framing of Kubernetes' WebSocket protocols: the first byte of each binary message names a channel.
import type { Readable, Writable } from 'node:stream';
import type { WebSocket } from 'ws';

/** Channels of exec and attach. */
export const channels = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4, close: 255 } as const;

/** A client may leave this much unread before its source is paused, in bytes. */
const highWater = 1024 * 1024;

/** Exec and attach protocols that are served, best first; v1 knows no JSON status. */
export const execProtocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'channel.k8s.io'] as const;

/** One binary message on a channel; `sent` is called when it has left or the socket is gone. */
export function sendFrame(socket: WebSocket, channel: number, data: Uint8Array | string, sent?: () => void): void {
  const payload = typeof data === 'string' ? Buffer.from(data) : data;
  const frame = Buffer.allocUnsafe(payload.length + 1);
  frame[0] = channel;
  frame.set(payload, 1);
  socket.send(frame, { binary: true }, () => sent?.());
}

/** Copies a stream to a channel, no faster than the client reads. */
export function pumpToChannel(source: Readable, socket: WebSocket, channel: number): void {
  source.on('data', (chunk: Buffer | string) => {
    sendFrame(socket, channel, typeof chunk === 'string' ? Buffer.from(chunk) : chunk, () => {
      if (source.isPaused() && socket.bufferedAmount < highWater / 2) source.resume();
    });
    if (socket.bufferedAmount > highWater) source.pause();
  });
  source.on('error', () => {}); // the session's end reports what happened
}

/** The bytes of a message in one buffer. */
export function messageBytes(data: Buffer | ArrayBuffer | Buffer[]): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}

/** Calls back with each message from now on; a callback that throws ends this stream alone. */
export function onMessage(socket: WebSocket, callback: (message: Buffer) => void): void {
  socket.on('message', (data) => {
    try {
      callback(messageBytes(data));
    } catch {
      socket.close(1011);
    }
  });
}

/** A paused socket does not notice that its client left; a ping this often does, in ms. */
const probeMs = 5_000;

/** Reads no more from the client until what it sent has been taken. */
export function holdUntilDrained(socket: WebSocket, target: Writable): void {
  socket.pause();
  const probe = setInterval(() => socket.ping(), probeMs);
  probe.unref();
  const release = () => {
    clearInterval(probe);
    target.off('drain', release);
    target.off('close', release);
    socket.off('close', release);
    socket.resume();
  };
  target.once('drain', release);
  target.once('close', release);
  socket.once('close', release);
}
