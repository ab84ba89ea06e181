// A ClusterHandle on a running sandbox: its sockets, its machines, its health.
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { tryCommand } from '../../../base/index.ts';
import type { Disposable, Logger } from '../../../base/index.ts';
import type { EngineCluster, EngineHost } from '../../../engine/host.ts';
import type { ClusterHandle, ClusterHealth, ProbeResult, Prober, ResolveAnswer } from '../../../ports/index.ts';
import { ClusterError } from '../../errors.ts';
import { parseKubeconfig } from '../shared/kubeconfig.ts';
import { createKubeHttp } from '../shared/kubeHttp.ts';
import { callControl } from './control.ts';

const MAX_OUTPUT = 1024 * 1024;
const HEALTH_EVERY_MS = 5_000;
/** Misses in a row before a cluster counts as unreachable: an engine that was killed is back after one. */
const HEALTH_MISSES = 2;

/** Opens a handle; the caller disposes it. */
export async function openHandle(host: EngineHost, cluster: EngineCluster, logger: Logger): Promise<ClusterHandle & Disposable> {
  const adminKubeconfig = await readFile(cluster.adminKubeconfig, 'utf8');
  const kube = createKubeHttp(parseKubeconfig(adminKubeconfig, cluster.apiSocket));
  const prober: Prober = {
    async connect(source, targets, signal) {
      return (await callControl<{ results: ProbeResult[] }>(cluster.controlSocket, '/probe', { source, targets }, signal)).results;
    },
    async resolve(source, questions, signal) {
      return (await callControl<{ answers: ResolveAnswer[] }>(cluster.controlSocket, '/resolve', { source, questions }, signal)).answers;
    },
  };
  const health = watchHealth(host, cluster, logger);
  const known = (machine: string) => {
    if (!cluster.machines.some((candidate) => candidate.name === machine)) {
      throw new ClusterError('unknown-machine', `This cluster has no machine named ${machine}.`, { hint: `It has ${cluster.machines.map((candidate) => candidate.name).join(', ')}.` });
    }
    return machine;
  };
  return {
    name: cluster.name,
    provider: 'embedded',
    networkPlugin: 'bridge',
    machines: cluster.machines,
    kube,
    prober,
    shell(machine) {
      const [file, ...args] = host.enter(cluster, known(machine), ['bash', '-l'], { tty: true });
      return { file: file!, args, env: { TERM: 'xterm-256color', LANG: 'C.UTF-8', PATH: process.env['PATH'] ?? '/usr/bin:/bin' }, cwd: tmpdir() };
    },
    run(machine, argv, options = {}) {
      return tryCommand(host.enter(cluster, known(machine), argv, { tty: false }), { ...options, timeoutMs: options.timeoutMs ?? 30_000, maxBytes: MAX_OUTPUT, cwd: '/' });
    },
    async kubeconfig() {
      const result = await tryCommand(host.enter(cluster, 'workstation', ['cat', '/root/.kube/config'], { tty: false }));
      if (result.code !== 0) throw new ClusterError('cluster-gone', 'The workstation does not answer.');
      return result.stdout;
    },
    onHealth: health.onHealth,
    dispose() {
      health.dispose();
      kube.destroy();
    },
  };
}

function watchHealth(host: EngineHost, cluster: EngineCluster, logger: Logger) {
  const listeners = new Set<(health: ClusterHealth) => void>();
  let state: ClusterHealth['state'] = 'healthy';
  let misses = 0;
  let asking = false;
  const tell = (next: ClusterHealth) => {
    if (next.state === state) return;
    state = next.state;
    logger.info({ cluster: cluster.name, health: next.state }, 'cluster health changed');
    for (const listener of listeners) listener(next);
  };
  const ask = async () => {
    if (asking) return;
    asking = true;
    try {
      const found = await host.tryGet(cluster.name);
      if (!found || found.state !== 'running' || found.initPid !== cluster.initPid) return tell({ state: 'gone', detail: 'The cluster is not running any more.' });
      await callControl(cluster.controlSocket, '/status', undefined, AbortSignal.timeout(3_000));
      misses = 0;
      tell({ state: 'healthy' });
    } catch {
      misses += 1;
      if (misses >= HEALTH_MISSES) tell({ state: 'unreachable', detail: 'The cluster does not answer; it is being restarted.' });
    } finally {
      asking = false;
    }
  };
  const timer = setInterval(() => void ask(), HEALTH_EVERY_MS);
  timer.unref();
  return {
    onHealth(listener: (health: ClusterHealth) => void): Disposable {
      listeners.add(listener);
      return { dispose: () => listeners.delete(listener) };
    },
    dispose: () => clearInterval(timer),
  };
}
