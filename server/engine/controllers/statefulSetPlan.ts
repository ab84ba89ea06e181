// What a StatefulSet does next: a pure function from its pods to creations, deletions and status, one step as upstream's control loop.
import type { Pod, StatefulSet } from '../types/index.ts';
import { availableIn, readyCondition } from './podState.ts';

export const revisionLabel = 'controller-revision-hash';

/** The two revisions during an update, by the names of their ControllerRevisions. */
export interface Revisions { current: string; update: string }

/** One step. `recreates` are deletions of ended pods that come back under their name. */
export interface StatefulSetStep { creates: { ordinal: number; revision: string }[]; deletes: Pod[]; recreates: Pod[]; status: NonNullable<StatefulSet['status']> }

/** The ordinal in a pod's name; undefined when the name is not of this set. */
export function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const { name } = set.metadata;
  const tail = pod.metadata.name.startsWith(`${name}-`) ? pod.metadata.name.slice(name.length + 1) : '';
  return /^(0|[1-9]\d*)$/.test(tail) ? Number(tail) : undefined;
}

const isTerminating = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined;
const isRunningAndReady = (pod: Pod): boolean => pod.status?.phase === 'Running' && readyCondition(pod) !== undefined;

/** Counts and revisions of the pods as they are, with the promotion of a finished update. */
export function planSetStatus(set: StatefulSet, pods: readonly Pod[], { current, update }: Revisions, now: number): NonNullable<StatefulSet['status']> {
  const minReady = set.spec.minReadySeconds ?? 0, wanted = set.spec.replicas ?? 1;
  const ofRevision = (name: string) => pods.filter((pod) => !isTerminating(pod) && pod.metadata.labels?.[revisionLabel] === name).length;
  const available = pods.filter((pod) => isRunningAndReady(pod) && !isTerminating(pod) && availableIn(pod, minReady, now) === 0).length;
  const readyReplicas = pods.filter((pod) => isRunningAndReady(pod)).length;
  const updatedReplicas = ofRevision(update);
  const finished = (set.spec.updateStrategy?.type ?? 'RollingUpdate') === 'RollingUpdate'
    && updatedReplicas === wanted && readyReplicas === wanted && pods.length === wanted;
  const { conditions, collisionCount } = set.status ?? {};
  return {
    observedGeneration: set.metadata.generation, replicas: pods.length, readyReplicas, availableReplicas: available,
    currentReplicas: finished ? updatedReplicas : ofRevision(current), updatedReplicas,
    currentRevision: finished ? update : current, updateRevision: update,
    // kubectl and clients expect it set, even when it is zero.
    collisionCount: collisionCount ?? 0, ...(conditions ? { conditions } : {}),
  };
}

/** The step to take now; `pods` are those that the set controls. */
export function planStatefulSet(set: StatefulSet, pods: readonly Pod[], revisions: Revisions, now: number): StatefulSetStep {
  const { replicas: wanted = 1, minReadySeconds: minReady = 0, podManagementPolicy, updateStrategy } = set.spec;
  const first = set.spec.ordinals?.start ?? 0;
  const inOrder = podManagementPolicy !== 'Parallel';
  const step: StatefulSetStep = { creates: [], deletes: [], recreates: [], status: planSetStatus(set, pods, revisions, now) };
  if (set.metadata.deletionTimestamp !== undefined) return step;
  const isAvailable = (pod: Pod): boolean => isRunningAndReady(pod) && availableIn(pod, minReady, now) === 0;
  const partition = updateStrategy?.type === 'OnDelete' ? 0 : updateStrategy?.rollingUpdate?.partition ?? 0;
  const byOrdinal = new Map<number, Pod>();
  for (const pod of pods) {
    const ordinal = ordinalOf(set, pod);
    if (ordinal !== undefined) byOrdinal.set(ordinal, pod);
  }
  const ordinals = Array.from({ length: wanted }, (_, n) => first + n);
  for (const ordinal of ordinals) {
    const pod = byOrdinal.get(ordinal);
    const revision = updateStrategy?.type !== 'OnDelete' && ordinal < partition ? revisions.current : revisions.update;
    if (!pod) step.creates.push({ ordinal, revision });
    else if (!isTerminating(pod) && (pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded')) step.recreates.push(pod);
    else if (!inOrder || (!isTerminating(pod) && isAvailable(pod))) continue;
    if (inOrder) return step;
  }
  const condemned = [...byOrdinal].filter(([ordinal]) => ordinal < first || ordinal >= first + wanted).toSorted(([a], [b]) => b - a).map(([, pod]) => pod);
  // The lowest unhealthy one may go even while others are not ready; no other may.
  const unhealthy = [...condemned].reverse().find((pod) => !isRunningAndReady(pod) || isTerminating(pod));
  for (const pod of condemned) {
    if (isTerminating(pod)) {
      if (inOrder) return step;
      continue;
    }
    if (inOrder && pod !== unhealthy && !isAvailable(pod)) return step;
    step.deletes.push(pod);
    if (inOrder) return step;
  }
  if (updateStrategy?.type === 'OnDelete' || step.creates.length + step.recreates.length > 0) return step;
  for (const ordinal of ordinals.filter((candidate) => candidate >= partition).reverse()) {
    const pod = byOrdinal.get(ordinal)!;
    if (pod.metadata.labels?.[revisionLabel] !== revisions.update && !isTerminating(pod)) {
      step.deletes.push(pod);
      return step;
    }
    if (isTerminating(pod) || !isAvailable(pod)) return step;
  }
  return step;
}
