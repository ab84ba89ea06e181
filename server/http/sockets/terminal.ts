// /api/v1/terminals/:id/socket: one view of one shell.
import { messageOf, type Clock, type Logger } from '../../base/index.ts';
import { closeCodes, TerminalClientMessage, type TerminalServerMessage } from '../../contract/index.ts';
import type { Session } from '../../sessions/index.ts';
import type { Attachment } from '../../terminals/index.ts';
import type { Channel } from './channel.ts';

/** A socket that does not say `open` is of no use. */
const openWithinMs = 10_000;
/** Messages that may wait while the shell is looked up. */
const waitingLimit = 64;

export interface TerminalSocketOptions { channel: Channel<TerminalServerMessage>; session: Session; id: string; clock: Clock; logger: Logger }

export function serveTerminal({ channel, session, id, clock, logger }: TerminalSocketOptions): void {
  let attachment: Attachment | undefined;
  let opening = false;
  const waiting: TerminalClientMessage[] = [];
  const impatience = clock.after(openWithinMs, () => channel.close(closeCodes.badMessage, 'open expected'));
  channel.own(impatience);
  // A student who is removed or signed out elsewhere loses the shells too.
  channel.own(session.connect((event) => { if (event.type === 'removed') channel.close(closeCodes.notSignedIn, 'removed'); }));

  const attach = async (message: Extract<TerminalClientMessage, { type: 'open' }>) => {
    const { type: _, ...options } = message;
    attachment = await session.terminals.attach(id, options, {
      onMessage: (out) => channel.send(out),
      onGone: () => channel.close(closeCodes.notFound, 'terminal closed'),
    });
    channel.own(attachment);
    for (const held of waiting.splice(0)) act(attachment, held);
  };
  channel.receive(TerminalClientMessage, (message) => {
    if (message.type === 'open') {
      if (opening) return channel.close(closeCodes.badMessage, 'open twice');
      opening = true;
      impatience.dispose();
      attach(message).catch((error: unknown) => {
        const unknown = (error as { code?: string }).code === 'unknown-terminal';
        if (!unknown) logger.error({ error: messageOf(error) }, 'terminal could not be attached');
        channel.close(unknown ? closeCodes.notFound : 1011, unknown ? 'unknown terminal' : 'internal');
      });
    } else if (!opening || waiting.length >= waitingLimit) channel.close(closeCodes.badMessage, 'open expected');
    else if (attachment) act(attachment, message);
    else waiting.push(message);
  });
}

function act(attachment: Attachment, message: TerminalClientMessage): void {
  if (message.type === 'input') attachment.input(message.data);
  else if (message.type === 'resize') attachment.resize({ cols: message.cols, rows: message.rows });
  else if (message.type === 'ack') attachment.ack(message.seq);
  else if (message.type === 'run') attachment.run(message.id, message.command);
}
