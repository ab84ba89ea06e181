// /api/v1/classroom/events: the class as it happens.
import { z } from 'zod';
import type { BoardEvent } from '../../contract/index.ts';
import type { Classrooms } from '../../classrooms/index.ts';
import type { Channel } from './channel.ts';

/** Begins with the whole board, then one event for each change. The instructor's page sends nothing. */
export function serveBoard(channel: Channel<BoardEvent>, classrooms: Classrooms): void {
  channel.own(classrooms.onBoard((event) => channel.send(event)));
  channel.send({ type: 'board', board: classrooms.board() });
  channel.receive(z.never(), () => {});
}
