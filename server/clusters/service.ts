// Clusters by name over one provider: queueing, bounded parallel creation, re-opening after a restart, replacement, and views for the pages.
import { messageOf, toDisposable } from '../base/index.ts';
import type { Clock, Disposable, Logger } from '../base/index.ts';
import type { ClusterView } from '../contract/index.ts';
import type { ClusterHandle } from '../ports/index.ts';
import type { Clusters } from './clusters.ts';
import { ClusterError } from './errors.ts';
import type { Provider, Stage } from './provider.ts';

/** Creation is CPU-bound, so as many at once as there are cores; `nodes` is for every cluster. */
export interface ClusterServiceOptions {
  provider: Provider;
  why: string;
  clock: Clock;
  logger: Logger;
  parallel: number;
  nodes: number;
}

interface Entry {
  name: string;
  state: ClusterView['state'];
  stage?: Stage;
  detail?: string;
  /** What failed, as the machine says it. */
  cause?: string;
  readyMs?: number;
  requestedAt: number;
  handle?: ClusterHandle;
  health?: Disposable;
  abort: AbortController;
  /** When it was last started again by itself, in ms since the epoch. */
  restartedAt?: number;
  /** Settles when the current provisioning has ended, whatever its outcome. */
  settled: Promise<void>;
}

/** Milliseconds that one provisioning is expected to take, before any was measured. */
const FIRST_ESTIMATE_MS = 700;
/** A cluster that stops again this soon after it was started again by itself is left alone. */
const RESTART_AGAIN_MS = 60_000;
const stoppedSentence = 'The cluster stopped. Ask for a new one; your points are kept.';

/** Makes the service. `dispose` forgets clusters without ending them: they outlive the server. */
export function createClusters({ provider, why, clock, logger, parallel, nodes }: ClusterServiceOptions): Clusters {
  const entries = new Map<string, Entry>();
  const queue: Entry[] = [];
  const listeners = new Set<(name: string, view: ClusterView) => void>();
  /** Clusters being taken down: a new one of the same name waits for the end, so that the dying one is never opened again. */
  const removals = new Map<string, Promise<void>>();
  let active = 0;
  let typicalMs = FIRST_ESTIMATE_MS;
  let disposed = false;

  const tell = (entry: Entry) => {
    if (entries.get(entry.name) !== entry) return;
    const view = viewOf(entry);
    for (const listener of listeners) listener(entry.name, view);
  };

  function viewOf(entry: Entry | undefined): ClusterView {
    if (!entry) return { state: 'none', provider: provider.id, machines: [] };
    const place = entry.state === 'queued' ? queue.indexOf(entry) + 1 : undefined;
    return {
      state: entry.state,
      provider: provider.id,
      networkPlugin: entry.handle?.networkPlugin,
      place,
      stage: entry.state === 'queued'
        ? { id: 'queued', title: 'Waiting for a free place', fraction: 0, estimateMs: Math.ceil((place ?? 1) / parallel + 1) * typicalMs }
        : entry.stage,
      detail: entry.detail,
      ...(entry.cause !== undefined && { cause: entry.cause }),
      readyMs: entry.readyMs,
      machines: entry.handle?.machines.map(({ name, role, address }) => ({ name, role, address, shell: true })) ?? [],
    };
  }

  function pump(): void {
    while (!disposed && active < parallel) {
      const entry = queue.shift();
      if (!entry) return;
      active += 1;
      entry.settled = make(entry).finally(() => {
        active -= 1;
        pump();
      });
      for (const waiting of queue) tell(waiting);
    }
  }

  async function make(entry: Entry): Promise<void> {
    entry.state = 'provisioning';
    entry.stage = { id: 'looking', title: 'Looking for your cluster', fraction: 0.01, estimateMs: typicalMs };
    if (removals.has(entry.name)) entry.stage = { id: 'removing', title: 'Taking down the old cluster', fraction: 0.01, estimateMs: typicalMs };
    tell(entry);
    try {
      await removals.get(entry.name);
      const found = await provider.tryOpen(entry.name);
      const started = clock.now();
      const again = found ?? (await tryAgain(entry));
      // Only what was asked for is replaced: work that is lost must be said to be lost.
      if (!again && entry.restartedAt !== undefined) throw new ClusterError('cluster-gone', stoppedSentence);
      const handle = again ?? (await fresh(entry));
      if (entry.abort.signal.aborted) return;
      if (!again) typicalMs = Math.round(typicalMs * 0.7 + (clock.now() - started) * 0.3);
      adopt(entry, handle, !again);
    } catch (error) {
      if (entry.abort.signal.aborted) return;
      entry.state = 'failed';
      entry.stage = undefined;
      const stopped = error instanceof ClusterError && error.code === 'cluster-gone';
      entry.detail = stopped ? stoppedSentence : 'Your cluster could not be made. Make a new one; if that fails too, tell your instructor.';
      entry.cause = messageOf(error);
      logger.error({ cluster: entry.name, error: messageOf(error) }, 'provisioning failed');
      tell(entry);
    }
  }

  const contextOf = (entry: Entry) => ({
    signal: entry.abort.signal,
    onStage(stage: Stage) {
      entry.stage = stage;
      tell(entry);
    },
  });

  /** A stopped cluster of this name is what a crash or a reboot left: its objects are still there. */
  async function tryAgain(entry: Entry): Promise<ClusterHandle | undefined> {
    try {
      return await provider.tryRestart(entry.name, contextOf(entry));
    } catch (error) {
      logger.error({ cluster: entry.name, error: messageOf(error) }, 'a stopped cluster could not be started again');
      return undefined;
    }
  }

  async function fresh(entry: Entry): Promise<ClusterHandle> {
    entry.abort.signal.throwIfAborted();
    await provider.remove(entry.name);
    return provider.provision({ name: entry.name, nodes, egress: false }, contextOf(entry));
  }

  function adopt(entry: Entry, handle: ClusterHandle, isNew: boolean): void {
    entry.handle = handle;
    entry.state = 'ready';
    entry.stage = undefined;
    entry.detail = undefined;
    entry.cause = undefined;
    if (isNew) entry.readyMs = clock.now() - entry.requestedAt;
    entry.health?.dispose();
    entry.health = handle.onHealth((health) => {
      if (health.state === 'gone' && (entry.restartedAt === undefined || clock.now() - entry.restartedAt > RESTART_AGAIN_MS)) return restart(entry);
      entry.state = health.state === 'healthy' ? 'ready' : 'unreachable';
      entry.detail = health.detail;
      if (health.state === 'gone') {
        entry.state = 'failed';
        entry.detail = stoppedSentence;
      }
      tell(entry);
    });
    tell(entry);
  }

  function restart(entry: Entry): void {
    if (entries.get(entry.name) !== entry) return;
    entry.restartedAt = clock.now();
    entry.state = 'queued';
    entry.handle = undefined;
    queue.push(entry);
    pump();
    if (entry.state === 'queued') tell(entry);
  }

  function begin(name: string): Entry {
    const entry: Entry = { name, state: 'queued', requestedAt: clock.now(), abort: new AbortController(), settled: Promise.resolve() };
    entries.set(name, entry);
    queue.push(entry);
    pump();
    if (entry.state === 'queued') tell(entry);
    return entry;
  }

  /** Forgets the entry at once, and resolves when the cluster itself is gone. */
  function drop(name: string): Promise<void> {
    const entry = entries.get(name);
    if (entry) {
      entries.delete(name);
      entry.abort.abort();
      const at = queue.indexOf(entry);
      if (at >= 0) queue.splice(at, 1);
      entry.health?.dispose();
    }
    const earlier = removals.get(name);
    const removal = Promise.all([entry?.settled, earlier?.catch(() => {})]).then(() => provider.remove(name)).finally(() => {
      if (removals.get(name) === removal) removals.delete(name);
    });
    removal.catch(() => {}); // whoever waits for it is told
    removals.set(name, removal);
    return removal;
  }

  return {
    provider: { id: provider.id, why },
    ensure(name) {
      const entry = entries.get(name);
      if (!entry) begin(name);
    },
    view: (name) => viewOf(entries.get(name)),
    tryHandle(name) {
      const entry = entries.get(name);
      return entry?.state === 'ready' ? entry.handle : undefined;
    },
    whenReady(name, signal) {
      const entry = entries.get(name) ?? begin(name);
      return new Promise((resolve, reject) => {
        const settle = (): boolean => {
          const current = entries.get(name);
          if (signal.aborted) reject(signal.reason);
          else if (current !== entry) reject(new ClusterError('cluster-gone', 'The cluster was replaced.'));
          else if (entry.state === 'ready') resolve(entry.handle!);
          else if (entry.state === 'failed') reject(new ClusterError('provision-failed', entry.cause ?? entry.detail ?? 'The cluster could not be made.'));
          else return false;
          stop();
          return true;
        };
        const listener = (changed: string) => { if (changed === name) settle(); };
        const stop = () => {
          listeners.delete(listener);
          signal.removeEventListener('abort', settle);
        };
        listeners.add(listener);
        signal.addEventListener('abort', settle, { once: true });
        settle();
      });
    },
    async renew(name) {
      const removed = drop(name);
      begin(name);
      await removed;
    },
    async remove(name) {
      const removed = drop(name);
      const gone = viewOf(undefined);
      for (const listener of listeners) listener(name, gone);
      await removed;
    },
    onChange(listener) {
      listeners.add(listener);
      return toDisposable(() => listeners.delete(listener));
    },
    dispose() {
      disposed = true;
      for (const entry of entries.values()) entry.health?.dispose();
      listeners.clear();
      provider.dispose();
    },
  } satisfies Clusters;
}
