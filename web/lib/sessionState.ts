// What a student's page knows, and how each event changes it: pure, so that it can be tested without a browser.
import type { CheckState, LabState, SessionEvent, SessionView } from '../../server/contract/index.ts';
import type { LinkState } from './socket.ts';

/** `labs` by lab id, as far as they were asked for; `greetings` counts the `hello`s, so that a page knows when to ask again. */
export interface SessionState {
  link: LinkState;
  session?: SessionView;
  labs: Readonly<Record<string, LabState>>;
  removed?: string;
  greetings: number;
}

/** Before the first message. */
export const emptySession: SessionState = { link: { kind: 'connecting' }, labs: {}, greetings: 0 };

/** The state with one check replaced; unknown labs stay unknown, since a page asks for the whole lab first. */
export const withCheck = (state: SessionState, labId: string, check: CheckState, passedSteps?: readonly string[]): SessionState => {
  const lab = state.labs[labId];
  if (lab === undefined) return state;
  const known = lab.checks.some((each) => each.id === check.id);
  const checks = known ? lab.checks.map((each) => (each.id === check.id ? check : each)) : [...lab.checks, check];
  return { ...state, labs: { ...state.labs, [labId]: { ...lab, checks, passedSteps: passedSteps === undefined ? lab.passedSteps : [...passedSteps] } } };
};

/** The next state. `hello` replaces the session wholly. */
export const reduceSession = (state: SessionState, event: SessionEvent): SessionState => {
  switch (event.type) {
    case 'hello':
      return { ...state, session: event.session, greetings: state.greetings + 1 };
    case 'cluster':
      return state.session === undefined ? state : { ...state, session: { ...state.session, cluster: event.cluster } };
    case 'workshop':
      return state.session === undefined ? state : { ...state, session: { ...state.session, workshop: event.workshop } };
    case 'lab':
      return { ...state, labs: { ...state.labs, [event.lab.labId]: event.lab } };
    case 'check':
      return withCheck(state, event.labId, event.check, event.passedSteps);
    case 'removed':
      return { ...state, removed: event.reason };
  }
};
