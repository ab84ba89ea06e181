// Which nodes a DaemonSet serves and which of its pods come and go: pure functions.
import type { DaemonSet, Node, Pod, PodSpec, PodTemplate, Toleration } from '../types/index.ts';
import { share } from './rollout.ts';
import { availableIn, readyCondition } from './podState.ts';

export const hashLabel = 'controller-revision-hash';
export const generationLabel = 'pod-template-generation';

/** Whether the node's selectors, affinity and taints let it `run` a pod of the set, and `keep` one that is there. */
export interface NodeFit { run: boolean; keep: boolean }

const always: [string, string][] = [
  ['node.kubernetes.io/not-ready', 'NoExecute'], ['node.kubernetes.io/unreachable', 'NoExecute'], ['node.kubernetes.io/disk-pressure', 'NoSchedule'],
  ['node.kubernetes.io/memory-pressure', 'NoSchedule'], ['node.kubernetes.io/pid-pressure', 'NoSchedule'], ['node.kubernetes.io/unschedulable', 'NoSchedule'],
];

/** The spec with the tolerations that daemons have on every node. */
export function withDaemonTolerations(spec: PodSpec): PodSpec {
  const wanted = spec.hostNetwork ? [...always, ['node.kubernetes.io/network-unavailable', 'NoSchedule'] as [string, string]] : always;
  const tolerations: Toleration[] = [...spec.tolerations ?? []];
  for (const [key, effect] of wanted) {
    const at = tolerations.findIndex((one) => one.key === key && one.effect === effect && one.operator === 'Exists');
    if (at < 0) tolerations.push({ key, operator: 'Exists', effect });
    else tolerations[at] = { key, operator: 'Exists', effect };
  }
  return { ...spec, tolerations };
}

interface NodeAffinity { requiredDuringSchedulingIgnoredDuringExecution?: { nodeSelectorTerms?: Record<string, unknown>[] } }

/** The template's spec for one node: the scheduler is told by a field requirement, as upstream. */
export function specFor(template: PodTemplate, node: string): PodSpec {
  const spec = withDaemonTolerations(template.spec);
  const affinity = (spec.affinity ?? {}) as { nodeAffinity?: NodeAffinity };
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [node] }];
  const terms = affinity.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const nodeSelectorTerms = terms?.length ? terms.map((term) => ({ ...term, matchFields })) : [{ matchFields }];
  return { ...spec, affinity: { ...affinity, nodeAffinity: { ...affinity.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } } };
}

/** The node that a pod runs on or is meant for. */
export function nodeOf(pod: Pod): string | undefined {
  if (pod.spec.nodeName) return pod.spec.nodeName;
  const { nodeAffinity } = (pod.spec.affinity ?? {}) as { nodeAffinity?: NodeAffinity };
  for (const term of nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []) {
    for (const { key, operator, values } of (term['matchFields'] ?? []) as { key: string; operator: string; values?: string[] }[]) {
      if (key === 'metadata.name' && operator === 'In' && values?.length === 1) return values[0];
    }
  }
  return undefined;
}

/** The pods of each node; pods that no node can be told for are under ''. */
export function podsByNode(pods: readonly Pod[]): Map<string, Pod[]> {
  return Map.groupBy(pods, (pod) => nodeOf(pod) ?? '');
}

/** One step of a DaemonSet: nodes that get a pod, pods that go, and those of them that had failed or succeeded. */
export interface DaemonStep { creates: string[]; deletes: Pod[]; ended: Pod[] }

/** What the plan looks at besides pods: nodes and their fit, the present revision, and the time. */
export interface DaemonWorld { nodes: readonly Node[]; fit(node: Node): NodeFit; hash: string; now: number }

const isTerminating = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined;

function isAvailable(set: DaemonSet, pod: Pod, now: number): boolean {
  return !isTerminating(pod) && availableIn(pod, set.spec.minReadySeconds ?? 0, now) === 0;
}

/** True when the pod is of the present template. */
export function isUpdated(pod: Pod, hash: string): boolean {
  return pod.metadata.labels?.[hashLabel] === hash;
}

function bounds(set: DaemonSet, nodes: number): { maxSurge: number; maxUnavailable: number } {
  if (set.spec.updateStrategy?.type === 'OnDelete') return { maxSurge: 0, maxUnavailable: 0 };
  const { maxSurge = 0, maxUnavailable = 1 } = set.spec.updateStrategy?.rollingUpdate ?? {};
  const surge = share(maxSurge, nodes, Math.ceil), unavailable = share(maxUnavailable, nodes, Math.ceil);
  return { maxSurge: surge, maxUnavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

const oldest = (a: Pod, b: Pod): number => Number(!a.spec.nodeName) - Number(!b.spec.nodeName)
  || Date.parse(a.metadata.creationTimestamp ?? '') - Date.parse(b.metadata.creationTimestamp ?? '') || (a.metadata.name < b.metadata.name ? -1 : 1);

/** Where pods are missing or too many. */
export function planDaemons(set: DaemonSet, pods: readonly Pod[], { nodes, fit, hash, now }: DaemonWorld): DaemonStep {
  const step: DaemonStep = { creates: [], deletes: [], ended: [] };
  const placed = podsByNode(pods);
  const { maxSurge } = bounds(set, nodes.filter((node) => fit(node).run).length);
  for (const node of nodes) {
    const own = placed.get(node.metadata.name) ?? [];
    const { run, keep } = fit(node);
    if (!keep) { step.deletes.push(...own.filter((pod) => !isTerminating(pod))); continue; }
    const alive = own.filter((pod) => {
      if (isTerminating(pod)) return false;
      if (pod.status?.phase !== 'Failed' && pod.status?.phase !== 'Succeeded') return true;
      step.ended.push(pod);
      return false;
    });
    if (own.length === 0) {
      if (run) step.creates.push(node.metadata.name);
      continue;
    }
    // Several at once are right only while a surge replaces an old pod by a new one that is not available yet.
    const fresh = alive.filter((pod) => isUpdated(pod, hash)).toSorted(oldest), old = alive.filter((pod) => !isUpdated(pod, hash)).toSorted(oldest);
    const keepsOld = fresh.length === 0 || (maxSurge > 0 && !isAvailable(set, fresh[0]!, now) && old.some((pod) => isAvailable(set, pod, now)));
    const surplus = maxSurge > 0 ? [...fresh.slice(1), ...old.slice(keepsOld ? 1 : 0)] : alive.toSorted(oldest).slice(1);
    step.deletes.push(...surplus);
  }
  const known = new Set(nodes.map(({ metadata }) => metadata.name));
  for (const [name, own] of placed) if (!known.has(name)) step.deletes.push(...own.filter((pod) => !pod.spec.nodeName && !isTerminating(pod)));
  return step;
}

/** The next replacements of old pods by new ones, within the bounds of the rolling update. */
export function planDaemonUpdate(set: DaemonSet, pods: readonly Pod[], { nodes, fit, hash, now }: DaemonWorld): DaemonStep {
  const step: DaemonStep = { creates: [], deletes: [], ended: [] };
  if (set.spec.updateStrategy?.type === 'OnDelete') return step;
  const placed = podsByNode(pods);
  const served = nodes.filter((node) => fit(node).run);
  const { maxSurge, maxUnavailable } = bounds(set, served.length);
  const candidates: Pod[] = [];
  const surging: string[] = [];
  let unavailable = 0, surges = 0;
  for (const { metadata: { name } } of served) {
    const own = placed.get(name) ?? [];
    const fresh = own.find((pod) => !isTerminating(pod) && isUpdated(pod, hash)), old = own.find((pod) => !isTerminating(pod) && !isUpdated(pod, hash));
    if (maxSurge > 0) {
      if (fresh && own.length > 1) surges++;
      if (!old) continue;
      if (fresh) { if (isAvailable(set, fresh, now)) step.deletes.push(old); continue; }
      if (isAvailable(set, old, now)) surging.push(name);
      else step.creates.push(name);
      continue;
    }
    if (fresh || !old) { if (!fresh || !isAvailable(set, fresh, now)) unavailable++; continue; }
    // An old pod that does not serve anyway costs nothing to replace.
    if (isAvailable(set, old, now)) candidates.push(old);
    else { step.deletes.push(old); unavailable++; }
  }
  step.deletes.push(...candidates.slice(0, Math.max(0, maxUnavailable - unavailable)));
  step.creates.push(...surging.slice(0, Math.max(0, maxSurge - surges - step.creates.length)));
  return step;
}

/** The counts of a DaemonSet's status. */
export function planDaemonStatus(set: DaemonSet, pods: readonly Pod[], { nodes, fit, hash, now }: DaemonWorld): NonNullable<DaemonSet['status']> {
  const placed = podsByNode(pods.filter((pod) => !isTerminating(pod)));
  const counts = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0, updatedNumberScheduled: 0, numberAvailable: 0 };
  for (const node of nodes) {
    const own = (placed.get(node.metadata.name) ?? []).toSorted((a, b) => Number(readyCondition(b) !== undefined) - Number(readyCondition(a) !== undefined) || oldest(a, b));
    const [pod] = own;
    if (!fit(node).run) { if (pod) counts.numberMisscheduled++; continue; }
    counts.desiredNumberScheduled++;
    if (!pod) continue;
    counts.currentNumberScheduled++;
    if (readyCondition(pod)) counts.numberReady++;
    if (isAvailable(set, pod, now)) counts.numberAvailable++;
    if (own.some((one) => isUpdated(one, hash))) counts.updatedNumberScheduled++;
  }
  const { conditions, collisionCount } = set.status ?? {};
  return {
    ...counts, numberUnavailable: counts.desiredNumberScheduled - counts.numberAvailable, observedGeneration: set.metadata.generation,
    ...(conditions ? { conditions } : {}), ...(collisionCount === undefined ? {} : { collisionCount }),
  };
}
