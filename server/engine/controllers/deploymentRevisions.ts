// ReplicaSets of a Deployment's revisions: finding, creating, numbering and forgetting them.
import { isStatus, resources, type Client, type Deployment, type ReplicaSet } from '../types/index.ts';
import { canonicalJson, objectKey, sameJson } from './keys.ts';
import { controllerOf, controllerReference } from './ownership.ts';
import { byAge, desiredAnnotation, maxAnnotation, planBounds, planNewReplicas, wanted } from './rollout.ts';
import { sameTemplate, templateHash, templateHashLabel } from './templateHash.ts';

export const revisionAnnotation = 'deployment.kubernetes.io/revision';
const historyAnnotation = 'deployment.kubernetes.io/revision-history';
const notCopied = new Set([
  'kubectl.kubernetes.io/last-applied-configuration', revisionAnnotation, historyAnnotation, desiredAnnotation, maxAnnotation,
  'deprecated.deployment.rollback.to',
]);

/** The oldest ReplicaSet made from the current template. */
export function tryFindNew(deployment: Deployment, all: readonly ReplicaSet[]): ReplicaSet | undefined {
  return all.toSorted(byAge).find((set) => sameTemplate(set.spec.template, deployment.spec.template));
}

/** A ReplicaSet's revision, 0 when it has none. */
export function revisionOf(set: ReplicaSet): number {
  return Number(set.metadata.annotations?.[revisionAnnotation]) || 0;
}

/** The annotations that tell a ReplicaSet how large its Deployment wants to be. */
export function sizeAnnotations(deployment: Deployment): Record<string, string> {
  return {
    [desiredAnnotation]: String(wanted(deployment)),
    [maxAnnotation]: String(wanted(deployment) + planBounds(deployment).maxSurge),
  };
}

function newAnnotations(deployment: Deployment, revision: number, current: Record<string, string> = {}): Record<string, string> {
  const copied = Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !notCopied.has(key));
  const annotations: Record<string, string> = { ...current, ...Object.fromEntries(copied) };
  const before = Number(current[revisionAnnotation] ?? 0) || 0;
  if (before < revision) {
    annotations[revisionAnnotation] = String(revision);
    if (before > 0) annotations[historyAnnotation] = [...(current[historyAnnotation]?.split(',') ?? []), String(before)].join(',');
  }
  return annotations;
}

/** Gives the new ReplicaSet its revision, the Deployment's annotations and minReadySeconds; returns it as stored. */
export async function ensureRevision(client: Client, deployment: Deployment, set: ReplicaSet, revision: number): Promise<ReplicaSet> {
  const annotations = newAnnotations(deployment, revision, set.metadata.annotations);
  const minReadySeconds = deployment.spec.minReadySeconds;
  const unchanged = sameJson(annotations, set.metadata.annotations ?? {}) && (minReadySeconds ?? 0) === (set.spec.minReadySeconds ?? 0);
  if (unchanged) return set;
  return client.update(resources.replicaSets, { ...set, metadata: { ...set.metadata, annotations }, spec: { ...set.spec, minReadySeconds } });
}

/**
 * Creates the ReplicaSet of the current template. Returns `collision` when another template holds its name
 * (the caller counts it in status.collisionCount and comes again).
 */
export async function createNew(
  client: Client, deployment: Deployment, old: readonly ReplicaSet[], revision: number,
): Promise<ReplicaSet | 'collision'> {
  const { name, namespace } = deployment.metadata;
  const { template, selector, minReadySeconds } = deployment.spec;
  const hash = templateHash(template, deployment.status?.collisionCount);
  const labels = { ...template.metadata?.labels, [templateHashLabel]: hash };
  const wantedSet: ReplicaSet = {
    apiVersion: 'apps/v1', kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`, namespace, labels,
      annotations: { ...newAnnotations(deployment, revision), ...sizeAnnotations(deployment) },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas: planNewReplicas(deployment, old, 0),
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [templateHashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
  try {
    return await client.create(resources.replicaSets, wantedSet);
  } catch (error) {
    if (!isStatus(error, 'AlreadyExists')) throw error;
    const existing = await client.get(resources.replicaSets, objectKey(wantedSet));
    const ours = controllerOf(existing)?.uid === deployment.metadata.uid && sameTemplate(existing.spec.template, template);
    return ours ? existing : 'collision';
  }
}

/** The finished old ReplicaSets beyond revisionHistoryLimit, lowest revision first. */
export function planForgotten(deployment: Deployment, old: readonly ReplicaSet[]): ReplicaSet[] {
  const limit = deployment.spec.revisionHistoryLimit ?? 10;
  const alive = old.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const surplus = alive.toSorted((a, b) => revisionOf(a) - revisionOf(b)).slice(0, Math.max(0, alive.length - limit));
  return surplus.filter((set) => wanted(set) === 0 && (set.status?.replicas ?? 0) === 0
    && (set.metadata.generation ?? 0) <= (set.status?.observedGeneration ?? 0));
}

/** True when the text of the selector would match everything. */
export function selectsEverything(deployment: Deployment): boolean {
  return canonicalJson(deployment.spec.selector) === '{}';
}
