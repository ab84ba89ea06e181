// Starts every controller of the cluster.
import { DisposableStack, systemClock, type Clock, type Disposable, type Logger } from '../../base/index.ts';
import { createEventRecorder, type EventRecorder } from '../eventRecorder.ts';
import type { Client, EngineConfig } from '../types/index.ts';
import { startAccessDefaults } from './accessDefaults.ts';
import { startAutoscalers } from './autoscalers.ts';
import { startBootstrap } from './bootstrap.ts';
import type { ControllerContext } from './context.ts';
import { startCronJobs } from './cronJobs.ts';
import { startDaemonSets } from './daemonSets.ts';
import { startDeployments } from './deployments.ts';
import { startDisruptionBudgets } from './disruptionBudgets.ts';
import { startEndpoints } from './endpoints.ts';
import { startEndpointSlices } from './endpointSlices.ts';
import { startEventExpiry } from './eventExpiry.ts';
import { startGarbageCollector } from './garbageCollector.ts';
import { startJobs } from './jobs.ts';
import { startNamespaces } from './namespaces.ts';
import { startNodeLifecycle } from './nodeLifecycle.ts';
import { startPodCollector } from './podCollector.ts';
import { startReplicaSets } from './replicaSets.ts';
import { startServiceAccounts } from './serviceAccounts.ts';
import { startSliceMirror } from './sliceMirror.ts';
import { startStatefulSets } from './statefulSets.ts';
import { startTaintEviction } from './taintEviction.ts';

export { systemNamespaces } from './bootstrap.ts';

/** What the controllers need; `caCertificate` (PEM) goes into every namespace as kube-root-ca.crt. */
export interface ControllerOptions { client: Client; config: EngineConfig; caCertificate: string; logger: Logger; clock?: Clock }

/** Starts all controllers; they work until disposed and never throw into the caller. */
export function startControllers({ client, config, caCertificate, logger, clock = systemClock }: ControllerOptions): Disposable {
  const recorder = (component: string): EventRecorder => createEventRecorder(client, component, { logger, clock });
  const context: ControllerContext = { client, config, logger: logger.child({ part: 'controllers' }), clock, recorder };
  const owned = new DisposableStack();
  owned.add(startBootstrap(context));
  owned.add(startNamespaces(context));
  owned.add(startServiceAccounts(context, caCertificate));
  owned.add(startReplicaSets(context));
  owned.add(startDeployments(context));
  owned.add(startStatefulSets(context));
  owned.add(startDaemonSets(context));
  owned.add(startJobs(context));
  owned.add(startCronJobs(context));
  owned.add(startDisruptionBudgets(context));
  owned.add(startAutoscalers(context));
  owned.add(startAccessDefaults(context));
  owned.add(startEndpointSlices(context));
  owned.add(startEndpoints(context));
  owned.add(startSliceMirror(context));
  owned.add(startGarbageCollector(context));
  owned.add(startNodeLifecycle(context));
  owned.add(startTaintEviction(context));
  owned.add(startPodCollector(context));
  owned.add(startEventExpiry(context));
  return owned;
}
