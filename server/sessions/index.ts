// Everything that other rooms may use of sessions.
export { clusterNameOf, createSessions, type SessionsOptions } from './createSessions.ts';
export { SessionError } from './errors.ts';
export { terminalLimit } from './sessions.ts';
export type { CheckRun, Connection, Session, SessionLabs, Sessions, SessionTerminals, Watching } from './sessions.ts';
