// One classroom over a workshop: joining, the roster and the board.
import { DisposableStack, randomText, toDisposable, type Clock, type Disposable, type Logger } from '../base/index.ts';
import { ClassroomId, SessionId, type BoardEvent, type BoardView, type StudentRow } from '../contract/index.ts';
import type { Sessions } from '../sessions/index.ts';
import type { ClassroomRow, SessionRow, Store } from '../store/index.ts';
import { createAccounts } from './accounts.ts';
import type { Classrooms } from './classrooms.ts';
import { ClassroomError } from './errors.ts';
import { foldCode, foldName, newJoinCode } from './joinCodes.ts';

const boardFoldMs = 100;

/** What the board says of a workshop. */
export interface BoardWorkshop { id: string; title: string; labs: readonly { id: string; number: number; title: string; points: number; steps: readonly { id: string; title: string }[] }[] }

export interface ClassroomsOptions {
  store: Store; sessions: Sessions; workshops: readonly BoardWorkshop[]; provider: { id: string; why: string }; clock: Clock; logger: Logger;
  /** The address that links begin with, without a slash at the end; asked when it is needed, since a port may be chosen late. */
  baseUrl(): string;
  /** PATCHBAY_INSTRUCTOR_PASSWORD, when set. */
  instructorPassword?: string;
  /** Students at most. */
  capacity?: number;
}

export function createClassrooms({ store, sessions, workshops, provider, clock, logger, baseUrl, instructorPassword, capacity = 200 }: ClassroomsOptions): Classrooms {
  const owned = new DisposableStack();
  const listeners = new Set<(event: BoardEvent) => void>();
  const folding = new Map<string, Disposable>();
  const accounts = createAccounts(store, clock);
  let open: { row: ClassroomRow; workshop: BoardWorkshop } | undefined;

  const opened = () => {
    if (!open) throw new ClassroomError('no-workshop', 'No classroom is open.');
    return open;
  };
  const tell = (event: BoardEvent) => {
    for (const listener of listeners) listener(event);
  };
  const tellSoon = (id: string) => {
    if (folding.has(id) || listeners.size === 0) return;
    folding.set(id, clock.after(boardFoldMs, () => {
      folding.delete(id);
      const row = store.sessions.get(id);
      if (row) tell({ type: 'student', student: sessions.find(row.id).row() });
    }));
  };
  const student = (sessionId: string): SessionRow => {
    const row = store.sessions.get(sessionId);
    if (!row || row.classroomId !== opened().row.id) throw new ClassroomError('not-found', 'There is no such student in this classroom.', { hint: 'Reload the board.' });
    return row;
  };
  owned.add(sessions.onChange(tellSoon));
  owned.add(toDisposable(() => {
    for (const timer of folding.values()) timer.dispose();
  }));

  function ensureClassroom(): { row: ClassroomRow; workshop: BoardWorkshop } {
    for (const row of store.classrooms.list().reverse()) {
      const workshop = workshops.find((one) => one.id === row.workshopId);
      if (workshop) return { row, workshop };
    }
    const workshop = workshops[0];
    if (!workshop) throw new ClassroomError('no-workshop', 'There is no workshop to open a classroom for.', { hint: 'Name a folder of workshops in PATCHBAY_WORKSHOPS.' });
    const row: ClassroomRow = { id: ClassroomId.parse(`c_${randomText(16)}`), workshopId: workshop.id, title: workshop.title, joinCode: newJoinCode(), provider: provider.id, createdAt: clock.now() };
    store.classrooms.insert(row);
    return { row, workshop };
  }

  const joinLink = () => `${baseUrl()}/join/${opened().row.joinCode}`;

  return {
    accounts,
    async start() {
      open = ensureClassroom();
      store.classrooms.update(open.row.id, { title: open.workshop.title, provider: provider.id });
      open.row.title = open.workshop.title;
      const password = await accounts.ensurePassword(instructorPassword);
      return { title: open.row.title, joinCode: open.row.joinCode, joinLink: joinLink(), instructorLink: `${baseUrl()}/instructor`, ...(password !== undefined && { password }) };
    },
    join(code, name) {
      const { row } = opened();
      if (foldCode(code) !== foldCode(row.joinCode)) throw new ClassroomError('join-code-wrong', 'No classroom has that code.', { hint: 'Ask your instructor for the code, and mind similar letters.' });
      if (store.sessions.count(row.id) >= capacity) throw new ClassroomError('classroom-full', `The classroom is full: ${capacity} students joined.`, { hint: 'Tell your instructor.' });
      const id = SessionId.parse(`s_${randomText(16)}`);
      const now = clock.now();
      const secret = store.transaction(() => {
        if (!store.sessions.tryInsert({ id, classroomId: row.id, name, nameKey: foldName(name), joinedAt: now, lastSeenAt: now })) {
          throw new ClassroomError('name-taken', `Someone called ${name} has joined already.`, { hint: 'If that is you, open your personal link or ask your instructor for a new one. Otherwise choose another name.' });
        }
        return accounts.issue(id);
      });
      logger.info({ session: id }, 'student joined');
      sessions.get(id);
      tellSoon(id);
      return { sessionId: id, secret };
    },
    current() {
      const { row } = opened();
      return { id: row.id, title: row.title, joinCode: row.joinCode };
    },
    board() {
      const { row, workshop } = opened();
      const students = store.sessions.list(row.id).map((one): StudentRow => sessions.find(one.id).row());
      return {
        classroomId: row.id, title: row.title, joinCode: row.joinCode, joinLink: joinLink(), provider: { ...provider },
        points: workshop.labs.reduce((sum, lab) => sum + lab.points, 0),
        labs: workshop.labs.map((lab) => ({ id: lab.id as BoardView['labs'][number]['id'], number: lab.number, title: lab.title, steps: lab.steps.map(({ id, title }) => ({ id, title })) })),
        students,
      };
    },
    onBoard(listener) {
      listeners.add(listener);
      return toDisposable(() => listeners.delete(listener));
    },
    roster: {
      async reset(sessionId, what) {
        const session = sessions.get(student(sessionId).id);
        if (what.progress) await session.resetProgress();
        if (what.cluster) await session.renewCluster();
        logger.info({ session: sessionId, ...what }, 'student reset');
      },
      reissue(sessionId) {
        const row = student(sessionId);
        const secret = accounts.issue(row.id);
        sessions.cutOff(row.id);
        return secret;
      },
      async remove(sessionId) {
        const row = student(sessionId);
        store.transaction(() => {
          store.tokens.removeOfSession(row.id);
          store.sessions.remove(row.id, clock.now());
        });
        folding.get(row.id)?.dispose();
        folding.delete(row.id);
        tell({ type: 'left', sessionId: row.id });
        await sessions.remove(row.id, 'The instructor removed you from the classroom.');
        logger.info({ session: row.id }, 'student removed');
      },
    },
    dispose: () => owned.dispose(),
  } satisfies Classrooms;
}
