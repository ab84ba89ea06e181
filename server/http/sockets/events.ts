// /api/v1/events: everything that happens in a student's session.
import { closeCodes, SessionClientMessage, type SessionEvent } from '../../contract/index.ts';
import type { Session } from '../../sessions/index.ts';
import type { Channel } from './channel.ts';

/** Greets with the whole session, then tells events; the page tells which step is on screen. */
export function serveEvents(channel: Channel<SessionEvent>, session: Session): void {
  const connection = session.connect((event) => {
    channel.send(event);
    if (event.type === 'removed') channel.close(closeCodes.notSignedIn, 'removed');
  });
  channel.own(connection);
  channel.send({ type: 'hello', session: session.view() });
  channel.receive(SessionClientMessage, (message) => connection.watching(message.type === 'watching' ? message : undefined));
}
