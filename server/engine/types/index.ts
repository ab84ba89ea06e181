// Everything of the engine's types room.
export type * from './access.ts';
export type * from './apps.ts';
export type * from './batch.ts';
export * from './client.ts';
export * from './labelSelector.ts';
export * from './machine.ts';
export * from './meta.ts';
export * from './networking.ts';
export * from './nodeFit.ts';
export * from './nodeStreams.ts';
export type * from './policy.ts';
export * as resources from './resources.ts';
export * from './runtime.ts';
export * from './statusError.ts';
export * from './time.ts';
export * from './workloads.ts';
export type * from './control.ts';
export * from './insidePaths.ts';
