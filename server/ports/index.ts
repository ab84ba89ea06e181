// Everything of the ports room: types only.
export type * from './check.ts';
export type * from './cluster.ts';
export type * from './kube.ts';
export type * from './prober.ts';
export type * from './pty.ts';
