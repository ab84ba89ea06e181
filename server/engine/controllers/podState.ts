// What controllers ask of a pod: finished, active, ready, available.
import type { Condition, Pod } from '../types/index.ts';

/** True when every container has ended for good. */
export function isFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** True when the pod counts towards its controller's replicas. */
export function isActive(pod: Pod): boolean {
  return !isFinished(pod) && pod.metadata.deletionTimestamp === undefined;
}

/** The pod's Ready condition when it is True. */
export function readyCondition(pod: Pod): Condition | undefined {
  return pod.status?.conditions?.find(({ type, status }) => type === 'Ready' && status === 'True');
}

/** Milliseconds until the pod has been ready for `minReadySeconds`: 0 when it is available, undefined when it is not ready. */
export function availableIn(pod: Pod, minReadySeconds: number, now: number): number | undefined {
  const ready = readyCondition(pod);
  if (!ready) return undefined;
  if (minReadySeconds === 0) return 0;
  return Math.max(0, Date.parse(ready.lastTransitionTime ?? '') + minReadySeconds * 1000 - now);
}
