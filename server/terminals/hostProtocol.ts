// What the server and ptyHost say to one another over their Unix socket: JSON, one message a line.
import type { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import type { TerminalServerMessage } from '../contract/index.ts';
import type { PtySize } from './pty.ts';
import type { AttachOptions, OpenTerminal, TerminalInfo } from './terminals.ts';

/** Raised when either side could misread the other. */
export const protocolVersion = 1;

/** Requests answered by `reply` with the same `call`. `attachment` numbers are chosen by the client, per connection. */
export type HostRequest =
  | { method: 'open'; params: OpenTerminal }
  | { method: 'list'; params: { owner?: string } }
  | { method: 'attach'; params: { id: string; attachment: number; options: AttachOptions } }
  | { method: 'close'; params: { id: string } }
  | { method: 'closeAll'; params: { owner: string } }
  | { method: 'stop'; params: Record<string, never> };

/** Sent for one attachment; never answered. */
export type AttachmentAction =
  | { type: 'input'; data: string }
  | { type: 'resize'; size: PtySize }
  | { type: 'ack'; seq: number }
  | { type: 'run'; id: string; command: string }
  | { type: 'detach' };

export type ToHost = ({ call: number } & HostRequest) | { attachment: number; action: AttachmentAction };

export type FromHost =
  | { hello: { protocol: number; pid: number } }
  | { call: number; result: TerminalInfo | TerminalInfo[] | null }
  | { call: number; error: { code: string; message: string; hint?: string } }
  | { attachment: number; message: TerminalServerMessage }
  | { attachment: number; gone: true };

/** Writes one message. */
export function sendLine(socket: Socket, message: ToHost | FromHost): void {
  if (!socket.destroyed) socket.write(`${JSON.stringify(message)}\n`);
}

/** Calls back for each line's parsed message; a line that is no JSON ends the connection. */
export function onLines<T extends ToHost | FromHost>(socket: Socket, take: (message: T) => void): void {
  const decoder = new StringDecoder('utf8');
  let parts: string[] = [];
  socket.on('data', (bytes: Buffer) => {
    const pieces = decoder.write(bytes).split('\n');
    for (const [index, piece] of pieces.entries()) {
      parts.push(piece);
      if (index === pieces.length - 1) break;
      const line = parts.join('');
      parts = [];
      let message: T;
      try {
        message = JSON.parse(line) as T;
      } catch (error) {
        socket.destroy(error as Error);
        return;
      }
      take(message);
    }
  });
}
