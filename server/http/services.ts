// What the HTTP room is given: services and settings.
import type { Clock, Logger } from '../base/index.ts';
import type { Classrooms } from '../classrooms/index.ts';
import type { Sessions } from '../sessions/index.ts';

/** Everything that `createApp` needs. */
export interface AppServices {
  sessions: Sessions;
  classrooms: Classrooms;
  clock: Clock;
  logger: Logger;
  /** The address that browsers use, without a slash at the end; https makes cookies secure. */
  baseUrl(): string;
  /** Folder of the built pages; absent when only the API is served. */
  webRoot?: string;
  /** True when a proxy on this machine or network stands in front: its X-Forwarded-For is believed. */
  trustProxy?: boolean;
}
