// Serves pods/portforward over the channel protocol (v4.channel.k8s.io): two channels per port, 2i for data and 2i+1 for errors.
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { messageOf } from '../../../base/index.ts';
import { StatusError, type ContainerRef, type NodeStreams } from '../../types/index.ts';
import { holdUntilDrained, messageBytes, onMessage, pumpToChannel, sendFrame } from './webSocket.ts';

/** The ports of a query, at most 64. Throws BadRequest. */
export function forwardPorts(query: URLSearchParams): number[] {
  const ports = query.getAll('ports').flatMap((value) => value.split(',')).map(Number);
  if (ports.length === 0) throw new StatusError('BadRequest', 'query parameter "ports" is required');
  if (ports.length > 64 || ports.some((port) => !Number.isInteger(port) || port < 1 || port > 65_535)) throw new StatusError('BadRequest', 'query parameter "ports" is not valid');
  return ports;
}

/** Connects each port and carries bytes until the client leaves; a port that fails says why on its error channel. */
export async function serveForward(socket: WebSocket, streams: NodeStreams, ref: ContainerRef, ports: number[]): Promise<void> {
  const connections: (Duplex | undefined)[] = [];
  let open = ports.length;
  const waiting: Buffer[] = [];
  const receive = (message: Buffer) => {
    const channel = message[0] ?? 0;
    const connection = connections[channel >> 1];
    if (channel % 2 !== 0 || !connection?.writable || message.length < 2) return;
    if (!connection.write(message.subarray(1))) holdUntilDrained(socket, connection);
  };
  const early = (data: Parameters<typeof messageBytes>[0]) => void waiting.push(messageBytes(data));
  socket.on('message', early);
  socket.on('close', () => connections.forEach((one) => one?.destroy()));
  await Promise.all(ports.map(async (port, index) => {
    const name = Buffer.from([port & 0xff, port >> 8]);
    sendFrame(socket, index * 2, name);
    sendFrame(socket, index * 2 + 1, name);
    const end = () => {
      open -= 1;
      if (open === 0) socket.close(1000);
    };
    const fail = (thrown: unknown) => {
      if (socket.readyState === socket.OPEN) sendFrame(socket, index * 2 + 1, `error forwarding port ${port} to pod: ${messageOf(thrown)}`);
    };
    try {
      const connection = await streams.connect(ref, port);
      connections[index] = connection;
      if (socket.readyState !== socket.OPEN) return void connection.destroy();
      connection.on('error', fail);
      connection.on('close', end);
      pumpToChannel(connection, socket, index * 2);
    } catch (thrown) {
      fail(thrown);
      end();
    }
  }));
  socket.off('message', early);
  for (const message of waiting) receive(message);
  onMessage(socket, receive);
}
