// Clusters without machines: ready at once, with an API of plain objects; they live on while servers come and go.
import type { Clusters } from '../../server/clusters/index.ts';
import type { ClusterView } from '../../server/contract/index.ts';
import type { ClusterHandle, ClusterMachine } from '../../server/ports/index.ts';
import { createFakeKube, type FakeKube } from './fakeKube.ts';

const machines: readonly ClusterMachine[] = [
  { name: 'control-plane', role: 'control-plane', address: '172.18.0.2', podCidr: '10.244.0.0/24' },
  { name: 'worker', role: 'worker', address: '172.18.0.3', podCidr: '10.244.1.0/24' },
  { name: 'workstation', role: 'workstation', address: '172.18.0.100' },
];

export interface FakeCluster { handle: ClusterHandle; kube: FakeKube; /** What was run on machines, with its input. */ ran: { machine: string; argv: readonly string[]; input?: string }[] }

/** The host: clusters by name, which outlive every `Clusters` made on it. With `held`, new clusters wait for `release`. */
export class FakeHost {
  readonly clusters = new Map<string, FakeCluster>();
  held = false;
  readonly waiting = new Set<() => void>();

  make(name: string): FakeCluster {
    const kube = createFakeKube();
    const ran: FakeCluster['ran'] = [];
    const unused = async () => { throw new Error('not part of the fake'); };
    const handle: ClusterHandle = {
      name, provider: 'fake', networkPlugin: 'bridge', machines, kube,
      prober: { connect: unused, resolve: unused },
      // What an echo shell would not tell anyway; a real one is started where the test has real shells.
      shell: () => ({ file: '/bin/bash', args: ['--norc', '--noprofile'], env: { PATH: process.env.PATH ?? '', PS1: '$ ', HOME: '/' }, cwd: '/' }),
      async run(machine, argv, options) {
        ran.push({ machine, argv, ...(options?.input !== undefined && { input: options.input }) });
        return { code: 0, signal: null, stdout: '', stderr: '' };
      },
      kubeconfig: async () => '',
      onHealth: () => ({ dispose() {} }),
    };
    const cluster = { handle, kube, ran };
    this.clusters.set(name, cluster);
    return cluster;
  }

  release(): void {
    this.held = false;
    for (const go of this.waiting) go();
    this.waiting.clear();
  }
}

/** A cluster service over the host. */
export function createFakeClusters(host: FakeHost): Clusters {
  const wanted = new Map<string, 'provisioning' | 'ready'>();
  const listeners = new Set<(name: string, view: ClusterView) => void>();
  const view = (name: string): ClusterView => {
    const state = wanted.get(name) ?? 'none';
    return { state, provider: 'fake', ...(state === 'ready' && { networkPlugin: 'bridge', readyMs: 1 }), machines: state === 'ready' ? machines.map(({ name: machine, role, address }) => ({ name: machine, role, address, shell: true })) : [] };
  };
  const tell = (name: string) => {
    for (const listener of listeners) listener(name, view(name));
  };
  const begin = (name: string) => {
    wanted.set(name, 'provisioning');
    tell(name);
    const finish = () => {
      if (wanted.get(name) !== 'provisioning') return;
      if (!host.clusters.has(name)) host.make(name);
      wanted.set(name, 'ready');
      tell(name);
    };
    if (host.held) host.waiting.add(finish);
    else setImmediate(finish);
  };
  const clusters: Clusters = {
    provider: { id: 'fake', why: 'tests' },
    ensure: (name) => { if (!wanted.has(name)) begin(name); },
    view,
    tryHandle: (name) => (wanted.get(name) === 'ready' ? host.clusters.get(name)?.handle : undefined),
    whenReady(name, signal) {
      clusters.ensure(name);
      return new Promise((resolve, reject) => {
        const look = () => {
          const handle = clusters.tryHandle(name);
          if (!handle && !signal.aborted) return;
          listening.dispose();
          signal.removeEventListener('abort', look);
          if (handle) resolve(handle);
          else reject(signal.reason as Error);
        };
        const listening = clusters.onChange((changed) => { if (changed === name) look(); });
        signal.addEventListener('abort', look);
        look();
      });
    },
    async renew(name) {
      host.clusters.delete(name);
      begin(name);
    },
    async remove(name) {
      host.clusters.delete(name);
      wanted.delete(name);
      tell(name);
    },
    onChange(listener) {
      listeners.add(listener);
      return { dispose: () => listeners.delete(listener) };
    },
    dispose: () => listeners.clear(),
  };
  return clusters;
}
