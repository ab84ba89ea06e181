// Everything that the rest of the engine needs of the runtime room.
export { createImageStore, fullName, tryParseReference } from './images.ts';
export { createNodeRuntime } from './nodeRuntime.ts';
export type { NodeRuntimeOptions } from './nodeRuntime.ts';
export { RuntimeError } from './errors.ts';
