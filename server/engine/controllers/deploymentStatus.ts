// Status and conditions of a Deployment, with upstream's reasons and sentences: pure functions.
import { formatTime, type Condition, type Deployment, type ReplicaSet } from '../types/index.ts';
import { planBounds, totalReplicas, wanted } from './rollout.ts';

type Status = NonNullable<Deployment['status']>;

/** The condition of the given type. */
export function conditionOf(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Sets a condition; its transition time moves only with its status, and nothing moves when status and reason stay. */
export function withCondition(conditions: readonly Condition[] | undefined, next: Omit<Condition, 'lastTransitionTime'>, now: number, touch = false): Condition[] {
  const current = conditionOf(conditions, next.type);
  if (current && !touch && current.status === next.status && current.reason === next.reason) return [...conditions!];
  const time = formatTime(now);
  const lastTransitionTime = current?.status === next.status ? current.lastTransitionTime : time;
  return [...(conditions ?? []).filter(({ type }) => type !== next.type), { ...next, lastUpdateTime: time, lastTransitionTime }];
}

/** Counts over all ReplicaSets and the Available and ReplicaFailure conditions; Progressing is kept as it was. */
export function planStatus(deployment: Deployment, all: readonly ReplicaSet[], fresh: ReplicaSet | undefined, now: number): Status {
  const sum = (pick: (status: NonNullable<ReplicaSet['status']>) => number | undefined) =>
    all.reduce((total, set) => total + ((set.status && pick(set.status)) ?? 0), 0);
  const replicas = sum((status) => status.replicas);
  const available = sum((status) => status.availableReplicas);
  const enough = available >= wanted(deployment) - planBounds(deployment).maxUnavailable;
  let conditions = withCondition(deployment.status?.conditions, enough
    ? { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }
    : { type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable', message: 'Deployment does not have minimum availability.' }, now);
  const failures = all.map((set) => conditionOf(set.status?.conditions, 'ReplicaFailure')).filter((found) => found !== undefined);
  const failure = conditionOf(fresh?.status?.conditions, 'ReplicaFailure') ?? failures[0];
  conditions = failure
    ? withCondition(conditions, { type: failure.type, status: failure.status, reason: failure.reason, message: failure.message }, now)
    : conditions.filter(({ type }) => type !== 'ReplicaFailure');
  return {
    observedGeneration: deployment.metadata.generation,
    replicas,
    updatedReplicas: fresh?.status?.replicas ?? 0,
    readyReplicas: sum((status) => status.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, totalReplicas(all) - available),
    ...(deployment.status?.collisionCount === undefined ? {} : { collisionCount: deployment.status.collisionCount }),
    conditions,
  };
}

/** True when every asked replica is new and available and nothing old is left. */
export function isComplete(deployment: Deployment, status: Status): boolean {
  const desired = wanted(deployment);
  return status.updatedReplicas === desired && status.replicas === desired && status.availableReplicas === desired
    && (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0);
}

function hasProgressed(before: Status | undefined, after: Status): boolean {
  const old = (status: Status | undefined) => (status?.replicas ?? 0) - (status?.updatedReplicas ?? 0);
  return (after.updatedReplicas ?? 0) > (before?.updatedReplicas ?? 0) || old(after) < old(before)
    || (after.readyReplicas ?? 0) > (before?.readyReplicas ?? 0) || (after.availableReplicas ?? 0) > (before?.availableReplicas ?? 0);
}

/** Milliseconds left until the progress deadline; undefined when none is running. */
export function deadlineIn(deployment: Deployment, status: Status, now: number): number | undefined {
  const progressing = conditionOf(status.conditions, 'Progressing');
  const seconds = deployment.spec.progressDeadlineSeconds;
  if (!progressing || seconds === undefined || seconds === 2 ** 31 - 1 || deployment.spec.paused) return undefined;
  if (progressing.reason === 'NewReplicaSetAvailable' || progressing.reason === 'ProgressDeadlineExceeded') return undefined;
  return Date.parse(progressing.lastUpdateTime ?? '') + seconds * 1000 - now;
}

/** The status with its Progressing condition brought up to date during a roll-out. */
export function withProgress(deployment: Deployment, status: Status, fresh: ReplicaSet | undefined, now: number): Status {
  const seconds = deployment.spec.progressDeadlineSeconds;
  if (seconds === undefined || seconds === 2 ** 31 - 1) {
    return { ...status, conditions: status.conditions?.filter(({ type }) => type !== 'Progressing') };
  }
  const current = conditionOf(status.conditions, 'Progressing');
  if (status.replicas === status.updatedReplicas && current?.reason === 'NewReplicaSetAvailable') return status;
  const subject = fresh ? `ReplicaSet "${fresh.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  const set = (state: 'True' | 'False', reason: string, message: string, touch: boolean): Status =>
    ({ ...status, conditions: withCondition(status.conditions, { type: 'Progressing', status: state, reason, message }, now, touch) });
  if (isComplete(deployment, status)) return set('True', 'NewReplicaSetAvailable', `${subject} has successfully progressed.`, false);
  if (hasProgressed(deployment.status, status)) return set('True', 'ReplicaSetUpdated', `${subject} is progressing.`, true);
  const left = deadlineIn(deployment, status, now);
  return left !== undefined && left <= 0
    ? set('False', 'ProgressDeadlineExceeded', `${subject} has timed out progressing.`, false) : status;
}
