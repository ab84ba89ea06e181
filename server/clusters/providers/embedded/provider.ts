// The embedded provider: clusters made by our own engine in a sandbox on this machine.
import { messageOf } from '../../../base/index.ts';
import type { Disposable, Logger } from '../../../base/index.ts';
import { createEngineHost } from '../../../engine/index.ts';
import type { EngineCluster, EngineHost, EnginePaths, LaunchStage } from '../../../engine/host.ts';
import type { ClusterHandle } from '../../../ports/index.ts';
import { ClusterError } from '../../errors.ts';
import type { Provider, Stage } from '../../provider.ts';
import { runCanary } from '../shared/canary.ts';
import { openHandle } from './handle.ts';
import { preflight } from './preflight.ts';

/** What one cluster may use. Files are open files per process; students' machines get less than the whole, so that the engine lives on. */
const LIMITS = { pids: 2_000, memoryMiB: 1_536, openFiles: 16_384 };
const PROVISION_TIMEOUT_MS = 30_000;

const stages: Record<LaunchStage | 'canary', Stage> = {
  sandbox: { id: 'sandbox', title: 'Making the sandbox', fraction: 0.05, estimateMs: 600 },
  machines: { id: 'machines', title: 'Starting nodes and workstation', fraction: 0.2, estimateMs: 450 },
  api: { id: 'api', title: 'Starting the Kubernetes API', fraction: 0.45, estimateMs: 300 },
  nodes: { id: 'nodes', title: 'Waiting for the nodes', fraction: 0.6, estimateMs: 250 },
  canary: { id: 'canary', title: 'Proving pods, names and policies', fraction: 0.7, estimateMs: 200 },
};

/** Makes the provider; `host` is replaceable for tests. */
export function createEmbeddedProvider(paths: EnginePaths, logger: Logger, host: EngineHost = createEngineHost(paths, logger)): Provider {
  const handles = new Map<string, ClusterHandle & Disposable>();
  const open = async (cluster: EngineCluster): Promise<ClusterHandle> => {
    const handle = await openHandle(host, cluster, logger);
    handles.get(cluster.name)?.dispose();
    handles.set(cluster.name, handle);
    return handle;
  };
  const remove = async (name: string): Promise<void> => {
    handles.get(name)?.dispose();
    handles.delete(name);
    await host.destroy(name);
  };
  return {
    id: 'embedded',
    preflight: () => preflight(paths),
    async provision(spec, context) {
      const signal = AbortSignal.any([context.signal, AbortSignal.timeout(PROVISION_TIMEOUT_MS)]);
      try {
        const cluster = await host.launch({ name: spec.name, nodes: spec.nodes, limits: LIMITS }, { signal, onStage: (stage) => context.onStage(stages[stage]) });
        const handle = await open(cluster);
        context.onStage(stages.canary);
        const report = await runCanary(handle, signal);
        logger.info({ cluster: spec.name, ...report }, 'cluster ready');
        return handle;
      } catch (error) {
        await remove(spec.name).catch((cause: unknown) => logger.error({ cluster: spec.name, error: messageOf(cause) }, 'clean-up failed'));
        if (error instanceof ClusterError) throw error;
        throw new ClusterError('provision-failed', `The cluster could not be made: ${messageOf(error)}`, { cause: error, hint: 'Run `npx patchbay doctor`.' });
      }
    },
    async tryOpen(name) {
      const cluster = await host.tryGet(name);
      return cluster?.state === 'running' ? open(cluster) : undefined;
    },
    async tryRestart(name, context) {
      const signal = AbortSignal.any([context.signal, AbortSignal.timeout(PROVISION_TIMEOUT_MS)]);
      try {
        const cluster = await host.tryRestart(name, { signal, onStage: (stage) => context.onStage(stages[stage]) });
        if (!cluster) return undefined;
        logger.info({ cluster: name }, 'a stopped cluster was started again');
        return await open(cluster);
      } catch (error) {
        throw new ClusterError('provision-failed', `The cluster could not be started again: ${messageOf(error)}`, { cause: error, hint: 'Ask for a new one.' });
      }
    },
    async list() {
      return (await host.list()).map(({ name, state, createdAt }) => ({ name, state, createdAt }));
    },
    remove,
    async collectLogs(name) {
      const cluster = await host.tryGet(name);
      return cluster ? host.logs(cluster) : {};
    },
    dispose() {
      for (const handle of handles.values()) handle.dispose();
      handles.clear();
    },
  } satisfies Provider;
}
