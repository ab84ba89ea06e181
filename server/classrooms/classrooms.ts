// The classroom as the HTTP room sees it.
import type { Disposable } from '../base/index.ts';
import type { BoardEvent, BoardView, ClassroomId, SessionId } from '../contract/index.ts';
import type { Accounts } from './accounts.ts';

/** What the ready line tells. `password` only when it was just made. */
export interface Opened { title: string; joinCode: string; joinLink: string; instructorLink: string; password?: string }

export interface Classrooms extends Disposable {
  readonly accounts: Accounts;
  /** Opens the classroom, at the first start for the first workshop; throws ClassroomError `no-workshop`. */
  start(): Promise<Opened>;
  /** Throws ClassroomError `join-code-wrong`, `name-taken` or `classroom-full`. The secret is the way back. */
  join(code: string, name: string): { sessionId: SessionId; secret: string };
  /** The classroom that is open now. */
  current(): { id: ClassroomId; title: string; joinCode: string };
  board(): BoardView;
  /** Told of every student whose row changed, folded to one event in 100 ms each. */
  onBoard(listener: (event: BoardEvent) => void): Disposable;
  /** The roster, as the instructor changes it. */
  readonly roster: Roster;
}

/** Methods throw ClassroomError `not-found` for a session that is not in the classroom. */
export interface Roster {
  reset(sessionId: string, what: { cluster: boolean; progress: boolean }): Promise<void>;
  /** A new secret; the old link and every browser signed in by it stop working. */
  reissue(sessionId: string): string;
  remove(sessionId: string): Promise<void>;
}
