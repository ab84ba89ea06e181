// Everything that platform.ts uses of the HTTP room.
export { createApp, type App } from './app.ts';
export { HttpError } from './errors.ts';
export type { AppServices } from './services.ts';
export { startHttp, type HttpOptions, type RunningHttp } from './startHttp.ts';
