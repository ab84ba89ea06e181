// The bounded log of pods since a lab was opened, fed by a watch.
import type { Clock, Disposable } from '../base/index.ts';
import type { ClusterHandle, KubeObject, PodHistory, PodHistoryEntry } from '../ports/index.ts';
import { follow } from './follow.ts';
import { SandboxFinder } from './sandboxFinder.ts';
import { sandboxMachine } from './sandboxes.ts';

const maxEntries = 2000;
/** New entries are recorded together, at most this often. */
const recordMs = 100;

interface PodShape { spec?: { nodeName?: string }; status?: { phase?: string; podIP?: string; containerStatuses?: { name: string; restartCount?: number }[] } }

/**
 * Follows the pods of `namespace` until disposed. `since` (milliseconds, default now) is when the lab was opened. `ready` resolves once
 * the pods that were there are in the log. A pod that went while the watch was broken is logged as deleted when the list comes back.
 * `sandboxId` is read from the pod's node after each change and so comes a moment after its entry; one that was replaced before it could
 * be read stays unknown. `entries` is what earlier histories of the same opening recorded: the log goes on after it. `record` is given
 * what is new, in order; an entry comes again when its sandbox was learned.
 */
export function createPodHistory(cluster: ClusterHandle, namespace: string, clock: Clock, options: { since?: number; entries?: readonly PodHistoryEntry[]; record?: (entries: readonly PodHistoryEntry[]) => void } = {}): PodHistory & Disposable & { ready: Promise<void> } {
  const log: PodHistoryEntry[] = [];
  const latest = new Map<string, PodHistoryEntry>();
  const finder = new SandboxFinder(cluster, clock);
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  let unrecorded = new Set<PodHistoryEntry>();
  let timer: Disposable | undefined;
  const record = () => {
    timer?.dispose();
    timer = undefined;
    const entries = [...unrecorded];
    unrecorded = new Set();
    if (entries.length > 0) options.record?.(entries);
  };
  const recordSoon = (entry: PodHistoryEntry) => {
    if (!options.record) return;
    unrecorded.add(entry);
    timer ??= clock.after(recordMs, record);
  };
  const know = (entry: PodHistoryEntry) => {
    log.push(entry);
    if (log.length > maxEntries) log.splice(0, log.length - maxEntries);
    if (entry.deleted) latest.delete(entry.uid);
    else latest.set(entry.uid, entry);
  };
  const add = (entry: PodHistoryEntry) => {
    know(entry);
    recordSoon(entry);
  };
  for (const entry of options.entries ?? []) {
    const before = latest.get(entry.uid);
    if (before && !entry.deleted && before.at === entry.at && !tellsMore(before, entry)) Object.assign(before, entry);
    else know({ ...entry });
  }
  const see = (object: KubeObject, deleted: boolean) => {
    const entry = entryOf(object, clock.now(), deleted);
    const before = latest.get(entry.uid);
    // A pod's last state has lost its address on some clusters; what it had stays known.
    if (before?.podIP !== undefined && entry.podIP === undefined) entry.podIP = before.podIP;
    if (before && !deleted && !tellsMore(before, entry)) return;
    add(entry);
    const machine = deleted ? undefined : sandboxMachine(cluster, object);
    if (deleted && before?.sandboxId !== undefined) entry.sandboxId = before.sandboxId;
    else if (machine !== undefined) finder.wish(machine, { address: entry.podIP!, tell: (sandboxId) => {
      if (sandboxId === undefined) return;
      entry.sandboxId = sandboxId;
      recordSoon(entry);
    } });
  };
  const following = follow(cluster.kube, { apiVersion: 'v1', resource: 'pods', namespace }, clock, {
    listed(pods) {
      const there = new Set(pods.map((pod) => pod.metadata.uid));
      for (const [uid, entry] of latest) if (!there.has(uid)) add({ ...entry, at: clock.now(), deleted: true });
      for (const pod of pods) see(pod, false);
      resolve();
    },
    changed: (type, pod) => see(pod, type === 'DELETED'),
  });
  return {
    since: options.since ?? clock.now(),
    ready,
    entries: (filter = {}) => log.filter((entry) => (filter.namespace ?? entry.namespace) === entry.namespace && (filter.name ?? entry.name) === entry.name),
    dispose: () => {
      following.dispose();
      finder.dispose();
      record();
    },
  };
}

function entryOf(object: KubeObject, at: number, deleted: boolean): PodHistoryEntry {
  const { spec, status } = object as KubeObject & PodShape;
  return {
    at, deleted, namespace: object.metadata.namespace ?? 'default', name: object.metadata.name, uid: object.metadata.uid ?? '',
    ...(status?.podIP ? { podIP: status.podIP } : {}), ...(spec?.nodeName ? { nodeName: spec.nodeName } : {}), ...(status?.phase ? { phase: status.phase } : {}),
    restarts: Object.fromEntries((status?.containerStatuses ?? []).map((one) => [one.name, one.restartCount ?? 0])), labels: object.metadata.labels ?? {},
  };
}

function tellsMore(before: PodHistoryEntry, now: PodHistoryEntry): boolean {
  const essence = ({ podIP, nodeName, phase, restarts, labels }: PodHistoryEntry) => JSON.stringify([podIP, nodeName, phase, restarts, labels]);
  return essence(before) !== essence(now);
}
