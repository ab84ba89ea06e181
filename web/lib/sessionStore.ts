// The student's live session: the events socket and what it told, shared by every page of this tab.
import { routes, SessionEvent } from '../../server/contract/index.ts';
import type { CheckState, ClusterView, LabState, SessionClientMessage } from '../../server/contract/index.ts';
import { emptySession, reduceSession, withCheck } from './sessionState.ts';
import { openLink } from './socket.ts';
import type { Link } from './socket.ts';
import { createStore, useStore } from './store.ts';
import type { SessionState } from './sessionState.ts';

const store = createStore<SessionState>(emptySession);
let link: Link<SessionClientMessage> | undefined;
let watching: SessionClientMessage = { type: 'idle' };

/** Connects the events socket once; calling again does nothing. */
export const ensureSession = (): void => {
  if (link !== undefined) return;
  store.set(emptySession);
  link = openLink<SessionEvent, SessionClientMessage>({
    path: routes.events,
    incoming: SessionEvent,
    onMessage: (event) => store.update((state) => reduceSession(state, event)),
    onState: (next) => {
      store.update((state) => ({ ...state, link: next }));
      // The server forgets what was on screen when a connection ends.
      if (next.kind === 'open') link?.send(watching);
    },
  });
};

/** Ends the connection and forgets everything, for signing out. */
export const leaveSession = (): void => {
  link?.close();
  link = undefined;
  watching = { type: 'idle' };
  store.set(emptySession);
};

/** Tells the server what is on screen, now and after every reconnect. */
export const watch = (message: SessionClientMessage): void => {
  if (JSON.stringify(message) === JSON.stringify(watching)) return;
  watching = message;
  link?.send(message);
};

/** Reconnects at once, for a "Try now" button. */
export const hurrySession = (): void => link?.renew();

/** Takes over a lab's state that an HTTP answer brought. */
export const putLab = (lab: LabState): void => store.update((state) => ({ ...state, labs: { ...state.labs, [lab.labId]: lab } }));

/** Takes over one check's state that an HTTP answer brought, or an optimistic one. */
export const putCheck = (labId: string, check: CheckState): void => store.update((state) => withCheck(state, labId, check));

/** Shows the cluster as being replaced, before the server says so; the returned function takes that back. */
export const expectNewCluster = (): (() => void) => {
  const before = store.get().session?.cluster;
  if (before === undefined) return () => undefined;
  const expected: ClusterView = { state: 'provisioning', provider: before.provider, machines: [], stage: { id: 'removing', title: 'Taking down the old cluster', fraction: 0 } };
  store.update((state) => reduceSession(state, { type: 'cluster', cluster: expected }));
  return () => store.update((state) => (state.session?.cluster === expected ? reduceSession(state, { type: 'cluster', cluster: before }) : state));
};

/** The session as this tab knows it. */
export const useSession = (): SessionState => useStore(store);
