// Serves terminals over a Unix socket to any number of servers, one after the other or at once.
import { createServer, type Server, type Socket } from 'node:net';
import { messageOf, PatchbayError, type Logger } from '../base/index.ts';
import { onLines, protocolVersion, sendLine, type AttachmentAction, type HostRequest, type ToHost } from './hostProtocol.ts';
import type { Attachment, TerminalInfo, Terminals } from './terminals.ts';

/** A server that is not listening yet. `onStop` is called once after a `stop` request was answered. */
export function createHostServer(terminals: Terminals, logger: Logger, onStop: () => void): Server {
  return createServer((socket) => {
    const attachments = new Map<number, Attachment>();
    sendLine(socket, { hello: { protocol: protocolVersion, pid: process.pid } });
    socket.on('error', (error) => logger.debug({ error: messageOf(error) }, 'connection failed'));
    socket.on('close', () => {
      for (const attachment of attachments.values()) attachment.dispose();
      attachments.clear();
    });
    onLines<ToHost>(socket, (message) => {
      if ('action' in message) return act(attachments, message.attachment, message.action);
      answer(terminals, socket, attachments, message).then(
        (result) => {
          sendLine(socket, { call: message.call, result });
          if (message.method === 'stop') onStop();
        },
        (error: unknown) => {
          const { code, hint } = error instanceof PatchbayError ? error : { code: 'pty-host-failed', hint: undefined };
          if (code === 'pty-host-failed') logger.error({ error: messageOf(error), method: message.method }, 'request failed');
          sendLine(socket, { call: message.call, error: { code, message: messageOf(error), ...(hint && { hint }) } });
        },
      );
    });
  });
}

function act(attachments: Map<number, Attachment>, number: number, action: AttachmentAction): void {
  const attachment = attachments.get(number);
  if (!attachment) return;
  if (action.type === 'input') attachment.input(action.data);
  else if (action.type === 'resize') attachment.resize(action.size);
  else if (action.type === 'ack') attachment.ack(action.seq);
  else if (action.type === 'run') attachment.run(action.id, action.command);
  else {
    attachment.dispose();
    attachments.delete(number);
  }
}

async function answer(terminals: Terminals, socket: Socket, attachments: Map<number, Attachment>, request: HostRequest): Promise<TerminalInfo | TerminalInfo[] | null> {
  switch (request.method) {
    case 'open': return terminals.open(request.params);
    case 'list': return terminals.list(request.params.owner);
    case 'attach': {
      const { id, attachment, options } = request.params;
      const made = await terminals.attach(id, options, {
        onMessage: (message) => sendLine(socket, { attachment, message }),
        onGone: () => {
          attachments.delete(attachment);
          sendLine(socket, { attachment, gone: true });
        },
      });
      if (socket.destroyed) made.dispose();
      else attachments.set(attachment, made);
      return null;
    }
    case 'close': await terminals.close(request.params.id); return null;
    case 'closeAll': await terminals.closeAll(request.params.owner); return null;
    case 'stop': await terminals.stopHost(); return null;
  }
}
