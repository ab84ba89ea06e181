// The image store on the host: list, build and import; the engine inside a sandbox only reads it.
export { importArchive, canonicalName } from './archive.ts';
export { ImageError } from './errors.ts';
export { ensureIdMap, MappedShell } from './idMap.ts';
export type { IdMap } from './idMap.ts';
export { ImageWriter, listImages } from './store.ts';
export type { StoredImage } from './store.ts';
