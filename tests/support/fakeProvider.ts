// A provider whose clusters are objects: provisioning is released by the test, so that order and failure can be chosen.
import type { FoundCluster, ProvisionContext, Provider } from '../../server/clusters/index.ts';
import type { ClusterHandle, ClusterHealth } from '../../server/ports/index.ts';

/** A provisioning that waits for the test. */
export interface PendingProvision { name: string; context: ProvisionContext; finish(): void; fail(error: Error): void }

/** The provider plus its controls: what is being made, and how to end or break a cluster. */
export interface FakeProvider extends Provider {
  pending: PendingProvision[];
  running: Map<string, { handle: ClusterHandle; tellHealth(health: ClusterHealth): void }>;
  removed: string[];
  /** Names whose clusters have stopped; they can be started again unless `broken`. */
  stopped: Set<string>;
  broken: Set<string>;
  restarted: string[];
}

/** `automatic` finishes each provisioning at once. */
export function createFakeProvider(options: { automatic?: boolean } = {}): FakeProvider {
  const running: FakeProvider['running'] = new Map();
  const pending: PendingProvision[] = [];
  const removed: string[] = [];
  const stopped = new Set<string>();
  const broken = new Set<string>();
  const restarted: string[] = [];
  function start(name: string): ClusterHandle {
    const listeners = new Set<(health: ClusterHealth) => void>();
    const unused = () => { throw new Error('not part of the fake'); };
    const handle: ClusterHandle = {
      name, provider: 'fake', networkPlugin: 'bridge',
      machines: [{ name: 'workstation', role: 'workstation', address: '172.18.0.100' }],
      get kube(): never { return unused(); },
      get prober(): never { return unused(); },
      shell: () => ({ file: '/bin/sh', args: [], env: {}, cwd: '/' }),
      run: async () => ({ code: 0, signal: null, stdout: '', stderr: '' }),
      kubeconfig: async () => '',
      onHealth(listener) {
        listeners.add(listener);
        return { dispose: () => listeners.delete(listener) };
      },
    };
    running.set(name, { handle, tellHealth: (health) => listeners.forEach((listener) => listener(health)) });
    return handle;
  }
  return {
    id: 'fake', pending, running, removed, stopped, broken, restarted,
    preflight: async () => [],
    provision(spec, context) {
      if (options.automatic) return Promise.resolve(start(spec.name));
      return new Promise((resolve, reject) => {
        const done = () => pending.splice(pending.findIndex((entry) => entry.context === context), 1);
        context.signal.addEventListener('abort', () => { done(); reject(new Error('aborted')); }, { once: true });
        pending.push({ name: spec.name, context, finish: () => { done(); resolve(start(spec.name)); }, fail: (error) => { done(); reject(error); } });
      });
    },
    tryOpen: async (name) => (stopped.has(name) ? undefined : running.get(name)?.handle),
    async tryRestart(name) {
      if (!stopped.delete(name)) return undefined;
      if (broken.has(name)) throw new Error('its journal is damaged');
      restarted.push(name);
      return start(name);
    },
    list: async (): Promise<FoundCluster[]> => [...running.keys()].map((name) => ({ name, state: 'running', createdAt: 0 })),
    async remove(name) {
      running.delete(name);
      stopped.delete(name);
      removed.push(name);
    },
    collectLogs: async () => ({}),
    dispose() {},
  } satisfies FakeProvider;
}
