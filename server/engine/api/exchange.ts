// One request on its way through the handlers, and what every handler works with.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../../base/index.ts';
import type { Registry } from '../registry/registry.ts';
import type { NodeStreams } from '../types/index.ts';
import type { AuthOptions, UserInfo } from './auth.ts';
import type { Documents } from './documents.ts';
import type { RequestInfo } from './requestInfo.ts';

/** Body of /version (apimachinery version.Info). */
export interface VersionInfo {
  major: string; minor: string; gitVersion: string; gitCommit: string; gitTreeState: string;
  buildDate: string; goVersion: string; compiler: string; platform: string;
}

/** What handlers share for the life of a server. */
export interface ApiContext {
  registry: Registry;
  streams: NodeStreams;
  auth: AuthOptions;
  version: VersionInfo;
  logger: Logger;
  documents: Documents;
  /** Aborted when the server closes; long answers end then. */
  closing: AbortSignal;
}

/** One request and its answer. */
export interface Exchange {
  context: ApiContext;
  request: IncomingMessage;
  response: ServerResponse;
  info: RequestInfo;
  /** Undefined for anonymous requests on public paths. */
  user: UserInfo | undefined;
}
