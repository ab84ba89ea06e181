// What every controller is given.
import type { Clock, Logger } from '../../base/index.ts';
import type { EventRecorder } from '../eventRecorder.ts';
import type { Client, EngineConfig } from '../types/index.ts';

export interface ControllerContext {
  client: Client;
  config: EngineConfig;
  logger: Logger;
  clock: Clock;
  /** A recorder naming the given component, e.g. `replicaset-controller`. */
  recorder(component: string): EventRecorder;
}
