// Everything that crosses the wire to browsers.
export * from './checks.ts';
export * from './classrooms.ts';
export * from './clusters.ts';
export * from './ids.ts';
export * from './labs.ts';
export * from './problems.ts';
export * from './routes.ts';
export * from './sessions.ts';
export * from './terminals.ts';
