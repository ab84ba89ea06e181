// All sessions of a server: made when first asked for, found again after a restart.
import { toDisposable, type Clock, type Logger } from '../base/index.ts';
import type { Clusters } from '../clusters/index.ts';
import type { Workshop } from '../labs/index.ts';
import type { Store } from '../store/index.ts';
import type { Terminals } from '../terminals/index.ts';
import { SessionError } from './errors.ts';
import { createLimiter } from './limiter.ts';
import type { CheckRun, Sessions } from './sessions.ts';
import { StudentSession } from './studentSession.ts';

/** Checks that run at once over all students: each is mostly waiting. */
const checksAtOnce = 32;
/** Students seen this recently get their cluster back at start; others when they come. */
const recentMs = 12 * 3_600_000;

export interface SessionsOptions { store: Store; terminals: Terminals; clusters: Clusters; workshops: readonly Workshop[]; clock: Clock; logger: Logger }

/** The cluster of a session, by name; never derived from anything a student typed. */
export const clusterNameOf = (sessionId: string): string => `s-${sessionId.slice(2)}`;

export function createSessions({ store, terminals, clusters, workshops, clock, logger }: SessionsOptions): Sessions {
  const sessions = new Map<string, StudentSession>();
  const changeListeners = new Set<(id: string) => void>();
  const checkListeners = new Set<(run: CheckRun) => void>();
  const limiter = createLimiter(checksAtOnce);

  const find = (id: string): StudentSession => {
    const known = sessions.get(id);
    if (known) return known;
    const row = store.sessions.get(id);
    const classroom = row && store.classrooms.list().find((one) => one.id === row.classroomId);
    const workshop = classroom && workshops.find((one) => one.id === classroom.workshopId);
    if (!row || !classroom || !workshop) throw new SessionError('unknown-session', 'This session is no longer there.', { hint: 'Join again.' });
    const session = new StudentSession({
      row, classroom: classroom.title, workshop, clusterName: clusterNameOf(row.id), store, terminals, clusters, clock, limiter, logger: logger.child({ session: row.id }),
      onChange: () => { for (const listener of changeListeners) listener(id); },
      onCheck: (run) => { for (const listener of checkListeners) listener(run); },
    });
    sessions.set(id, session);
    return session;
  };
  const get = (id: string): StudentSession => {
    const session = find(id);
    session.ensureCluster();
    return session;
  };
  const forget = (id: string, reason: string) => {
    const session = sessions.get(id);
    sessions.delete(id);
    session?.leave(reason);
    session?.dispose();
  };

  return {
    start() {
      for (const classroom of store.classrooms.list()) {
        if (!workshops.some((workshop) => workshop.id === classroom.workshopId)) continue;
        for (const row of store.sessions.list(classroom.id)) if (row.lastSeenAt > clock.now() - recentMs) get(row.id);
      }
    },
    get,
    find,
    async remove(id, reason) {
      forget(id, reason);
      await terminals.closeAll(id);
      await clusters.remove(clusterNameOf(id));
    },
    cutOff: (id) => forget(id, 'Your personal link was replaced. Open the new one.'),
    onChange(listener) {
      changeListeners.add(listener);
      return toDisposable(() => changeListeners.delete(listener));
    },
    onCheck(listener) {
      checkListeners.add(listener);
      return toDisposable(() => checkListeners.delete(listener));
    },
    async counts() {
      const states: Record<string, number> = {};
      let online = 0;
      for (const session of sessions.values()) {
        const { state } = session.clusterView;
        states[state] = (states[state] ?? 0) + 1;
        if (session.online) online++;
      }
      const listed = await terminals.list().catch(() => []);
      return { sessions: sessions.size, online, terminals: listed.filter((info) => info.running).length, clusters: states };
    },
    dispose() {
      for (const session of sessions.values()) session.dispose();
      sessions.clear();
    },
  } satisfies Sessions;
}
