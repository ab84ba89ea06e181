// The arithmetic of rolling updates: pure functions from a Deployment and its ReplicaSets to replica counts.
import type { Deployment, ReplicaSet } from '../types/index.ts';

export const desiredAnnotation = 'deployment.kubernetes.io/desired-replicas';
export const maxAnnotation = 'deployment.kubernetes.io/max-replicas';

/** A wanted replica count of one ReplicaSet. */
export interface Scaling { set: ReplicaSet; replicas: number }

/** spec.replicas with its default. */
export function wanted(object: Deployment | ReplicaSet): number {
  return object.spec.replicas ?? 1;
}

/** The sum of spec.replicas. */
export function totalReplicas(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, set) => sum + wanted(set), 0);
}

function totalAvailable(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, set) => sum + (set.status?.availableReplicas ?? 0), 0);
}

/** Oldest first; equal times by name. */
export function byAge(a: ReplicaSet, b: ReplicaSet): number {
  const [first, second] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  if (first !== second) return first < second ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

/** A count, or its part of `total` when it is a percentage; absent is 25%. */
export function share(value: number | string | undefined, total: number, round: (n: number) => number): number {
  if (typeof value === 'number') return value;
  const text = value ?? '25%';
  return text.endsWith('%') ? round((Number.parseInt(text, 10) * total) / 100) : Number.parseInt(text, 10) || 0;
}

/** How many pods more and fewer than asked for a rolling update may have; never both zero. Recreate has neither. */
export function planBounds(deployment: Deployment): { maxSurge: number; maxUnavailable: number } {
  if (deployment.spec.strategy?.type === 'Recreate' || wanted(deployment) === 0) return { maxSurge: 0, maxUnavailable: 0 };
  const rolling = deployment.spec.strategy?.rollingUpdate;
  const maxSurge = share(rolling?.maxSurge, wanted(deployment), Math.ceil);
  const maxUnavailable = Math.min(share(rolling?.maxUnavailable, wanted(deployment), Math.floor), wanted(deployment));
  return maxSurge === 0 && maxUnavailable === 0 ? { maxSurge, maxUnavailable: 1 } : { maxSurge, maxUnavailable };
}

/** The count that the new ReplicaSet may have now; `current` is its own count (0 before it exists). */
export function planNewReplicas(deployment: Deployment, all: readonly ReplicaSet[], current: number): number {
  const desired = wanted(deployment);
  if (deployment.spec.strategy?.type === 'Recreate' || current > desired) return desired;
  const room = desired + planBounds(deployment).maxSurge - totalReplicas(all);
  return room <= 0 ? current : current + Math.min(room, desired - current);
}

/** Scales old ReplicaSets down as far as enough pods stay available, unhealthy pods first. */
export function planOldReplicas(deployment: Deployment, fresh: ReplicaSet, old: readonly ReplicaSet[]): Scaling[] {
  if (totalReplicas(old) === 0) return [];
  const minAvailable = wanted(deployment) - planBounds(deployment).maxUnavailable;
  const unavailableNew = wanted(fresh) - (fresh.status?.availableReplicas ?? 0);
  let unhealthy = totalReplicas([fresh, ...old]) - minAvailable - unavailableNew;
  if (unhealthy <= 0) return [];
  const counts = new Map(old.toSorted(byAge).map((set) => [set, wanted(set)]));
  for (const [set, count] of counts) {
    const removed = Math.max(0, Math.min(unhealthy, count - (set.status?.availableReplicas ?? 0)));
    counts.set(set, count - removed);
    unhealthy -= removed;
  }
  let surplus = totalAvailable([fresh, ...old]) - minAvailable;
  for (const [set, count] of counts) {
    const removed = Math.max(0, Math.min(surplus, count));
    counts.set(set, count - removed);
    surplus -= removed;
  }
  return [...counts].filter(([set, count]) => count !== wanted(set)).map(([set, replicas]) => ({ set, replicas }));
}

/** True when the Deployment was scaled since its ReplicaSets were last written. */
export function isScaling(deployment: Deployment, all: readonly ReplicaSet[]): boolean {
  return all.some((set) => {
    const noted = set.metadata.annotations?.[desiredAnnotation];
    return wanted(set) > 0 && noted !== undefined && Number(noted) !== wanted(deployment);
  });
}

function proportion(deployment: Deployment, set: ReplicaSet, toAdd: number, added: number): number {
  if (wanted(set) === 0 || toAdd === added) return 0;
  const allowed = toAdd - added;
  if (wanted(deployment) === 0) return -wanted(set);
  const before = Number(set.metadata.annotations?.[maxAnnotation]) || deployment.status?.replicas || wanted(set);
  const size = Math.round((wanted(set) * (wanted(deployment) + planBounds(deployment).maxSurge)) / before) - wanted(set);
  return toAdd > 0 ? Math.min(size, allowed) : Math.max(size, allowed);
}

/** Spreads a change of spec.replicas over the active ReplicaSets during a roll-out, in proportion to their sizes. */
export function planProportional(deployment: Deployment, all: readonly ReplicaSet[]): Scaling[] {
  const active = all.filter((set) => wanted(set) > 0);
  const allowed = wanted(deployment) > 0 ? wanted(deployment) + planBounds(deployment).maxSurge : 0;
  const toAdd = allowed - totalReplicas(active);
  const sized = active.toSorted((a, b) => wanted(b) - wanted(a) || (toAdd > 0 ? byAge(b, a) : byAge(a, b)));
  let added = 0;
  const plan = sized.map((set) => {
    const part = toAdd === 0 ? 0 : proportion(deployment, set, toAdd, added);
    added += part;
    return { set, replicas: wanted(set) + part };
  });
  if (plan[0]) plan[0].replicas = Math.max(0, plan[0].replicas + toAdd - added);
  return plan;
}
