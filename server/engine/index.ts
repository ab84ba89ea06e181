// Everything that the engine offers to its host.
export * from './host.ts';
export type * from './types/control.ts';
export { EngineError } from './sandbox/errors.ts';
export { createEngineHost } from './sandbox/host.ts';
export { importArchive, listImages, ensureIdMap, MappedShell } from './images/index.ts';
export type { StoredImage } from './images/index.ts';
