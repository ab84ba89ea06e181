// The Deployment controller: one sync reads as upstream's recipe (revisions, pause, scale, recreate or roll, status).
import { DisposableStack, type Disposable } from '../../base/index.ts';
import { matchesSelector, resources, type Deployment, type ReplicaSet } from '../types/index.ts';
import type { ControllerContext } from './context.ts';
import { createNew, ensureRevision, planForgotten, revisionAnnotation, revisionOf, selectsEverything, sizeAnnotations, tryFindNew } from './deploymentRevisions.ts';
import { conditionOf, deadlineIn, isComplete, planStatus, withCondition, withProgress } from './deploymentStatus.ts';
import { keyOf, objectKey, sameJson, splitKey } from './keys.ts';
import { claimDependents, controllerOf, ownerKey } from './ownership.ts';
import { isFinished } from './podState.ts';
import { byAge, isScaling, planNewReplicas, planOldReplicas, planProportional, wanted } from './rollout.ts';
import { WorkQueue } from './workQueue.ts';

/** A Deployment during one sync: `fresh` has the current template, `old` are the others. */
interface Rollout { deployment: Deployment; fresh?: ReplicaSet; old: ReplicaSet[] }

/** Starts the controller. */
export function startDeployments(context: ControllerContext): Disposable {
  const { client, clock, logger } = context;
  const recorder = context.recorder('deployment-controller');
  const owned = new DisposableStack();
  const deployments = client.informer(resources.deployments);
  const sets = client.informer(resources.replicaSets);
  const pods = client.informer(resources.pods);
  const queue = owned.add(new WorkQueue({ name: 'deployments', logger, clock, sync }));

  async function scale(deployment: Deployment, set: ReplicaSet, replicas: number): Promise<{ set: ReplicaSet; changed: boolean }> {
    const annotations = { ...set.metadata.annotations, ...sizeAnnotations(deployment) };
    const changed = wanted(set) !== replicas;
    if (!changed && sameJson(annotations, set.metadata.annotations)) return { set, changed };
    const stored = await client.update(resources.replicaSets, {
      ...set, metadata: { ...set.metadata, annotations }, spec: { ...set.spec, replicas },
    });
    if (changed) {
      const direction = replicas > wanted(set) ? 'up' : 'down';
      recorder.record(deployment, 'Normal', 'ScalingReplicaSet',
        `Scaled ${direction} replica set ${set.metadata.name} from ${wanted(set)} to ${replicas}`);
    }
    return { set: stored, changed };
  }

  async function storeStatus(deployment: Deployment, status: NonNullable<Deployment['status']>): Promise<Deployment> {
    if (sameJson(status, deployment.status)) return deployment;
    return client.updateSubresource(resources.deployments, 'status', { ...deployment, status });
  }

  async function withProgressing(deployment: Deployment, status: 'True' | 'Unknown', reason: string, message: string): Promise<Deployment> {
    if (deployment.spec.progressDeadlineSeconds === undefined) return deployment;
    const conditions = withCondition(deployment.status?.conditions, { type: 'Progressing', status, reason, message }, clock.now());
    return storeStatus(deployment, { ...deployment.status, conditions });
  }

  async function checkPaused(deployment: Deployment): Promise<Deployment> {
    const reason = conditionOf(deployment.status?.conditions, 'Progressing')?.reason;
    if (reason === 'ProgressDeadlineExceeded') return deployment;
    if (deployment.spec.paused && reason !== 'DeploymentPaused') {
      return withProgressing(deployment, 'Unknown', 'DeploymentPaused', 'Deployment is paused');
    }
    if (!deployment.spec.paused && reason === 'DeploymentPaused') {
      return withProgressing(deployment, 'Unknown', 'DeploymentResumed', 'Deployment is resumed');
    }
    return deployment;
  }

  async function withRevision(deployment: Deployment, set: ReplicaSet): Promise<Deployment> {
    const revision = set.metadata.annotations?.[revisionAnnotation];
    if (revision === undefined || deployment.metadata.annotations?.[revisionAnnotation] === revision) return deployment;
    const stored = await client.patch(resources.deployments, objectKey(deployment), { metadata: { annotations: { [revisionAnnotation]: revision } } });
    return { ...stored, status: deployment.status };
  }

  async function resolve(deployment: Deployment, all: ReplicaSet[], create: boolean): Promise<Rollout> {
    const found = tryFindNew(deployment, all);
    const old = all.filter((set) => set !== found);
    const revision = Math.max(0, ...old.map(revisionOf)) + 1;
    if (found) {
      const fresh = await ensureRevision(client, deployment, found, revision);
      let current = await withRevision(deployment, fresh);
      if (!conditionOf(current.status?.conditions, 'Progressing')) {
        current = await withProgressing(current, 'True', 'FoundNewReplicaSet', `Found new replica set "${fresh.metadata.name}"`);
      }
      return { deployment: current, fresh, old };
    }
    if (!create) return { deployment, old };
    const made = await createNew(client, deployment, old, revision);
    if (made === 'collision') {
      const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
      return resolve(await storeStatus(deployment, { ...deployment.status, collisionCount }), all, true);
    }
    if (wanted(made) > 0) {
      recorder.record(deployment, 'Normal', 'ScalingReplicaSet', `Scaled up replica set ${made.metadata.name} from 0 to ${wanted(made)}`);
    }
    const current = await withProgressing(await withRevision(deployment, made), 'True', 'NewReplicaSetCreated', `Created new replica set "${made.metadata.name}"`);
    return { deployment: current, fresh: made, old };
  }

  async function scaleOnly({ deployment, fresh, old }: Rollout): Promise<Rollout> {
    const all = fresh ? [fresh, ...old] : old;
    const active = all.filter((set) => wanted(set) > 0);
    const only = active.length <= 1 ? active[0] ?? fresh ?? old.toSorted(byAge).at(-1) : undefined;
    const saturated = fresh && wanted(fresh) === wanted(deployment) && fresh.status?.availableReplicas === wanted(deployment);
    let plan = only ? [{ set: only, replicas: wanted(deployment) }] : planProportional(deployment, all);
    if (!only && saturated) plan = [...old.map((set) => ({ set, replicas: 0 })), { set: fresh, replicas: wanted(fresh) }];
    else if (!only && deployment.spec.strategy?.type === 'Recreate') plan = [];
    const stored = new Map<ReplicaSet, ReplicaSet>();
    for (const { set, replicas } of plan) stored.set(set, (await scale(deployment, set, replicas)).set);
    return { deployment, fresh: fresh && (stored.get(fresh) ?? fresh), old: old.map((set) => stored.get(set) ?? set) };
  }

  async function syncStatus({ deployment, fresh, old }: Rollout, rolling: boolean): Promise<void> {
    const status = planStatus(deployment, fresh ? [fresh, ...old] : old, fresh, clock.now());
    const stored = await storeStatus(deployment, rolling ? withProgress(deployment, status, fresh, clock.now()) : status);
    const left = rolling ? deadlineIn(stored, stored.status!, clock.now()) : undefined;
    if (left !== undefined && left > 0) queue.addAfter(keyOf(deployment), left + 1000);
    if (rolling ? isComplete(stored, stored.status!) : stored.spec.paused) await forget(stored, old);
  }

  async function forget(deployment: Deployment, old: ReplicaSet[]): Promise<void> {
    for (const set of planForgotten(deployment, old)) await client.delete(resources.replicaSets, objectKey(set), { propagationPolicy: 'Background' });
  }

  async function roll(deployment: Deployment, all: ReplicaSet[]): Promise<void> {
    const rollout = await resolve(deployment, all, true);
    const fresh = rollout.fresh!;
    const everything = [fresh, ...rollout.old];
    const up = await scale(rollout.deployment, fresh, planNewReplicas(rollout.deployment, everything, wanted(fresh)));
    if (!up.changed) {
      for (const { set, replicas } of planOldReplicas(rollout.deployment, up.set, rollout.old)) await scale(rollout.deployment, set, replicas);
    }
    await syncStatus({ ...rollout, fresh: up.set }, true);
  }

  async function recreate(deployment: Deployment, all: ReplicaSet[]): Promise<void> {
    const before = await resolve(deployment, all, false);
    const active = before.old.filter((set) => wanted(set) > 0);
    for (const set of active) await scale(before.deployment, set, 0);
    const oldUids = new Set(before.old.map(({ metadata }) => metadata.uid));
    const running = pods.list(deployment.metadata.namespace).some((pod) => !isFinished(pod) && oldUids.has(controllerOf(pod)?.uid));
    if (active.length > 0 || running) return syncStatus(before, true);
    const rollout = await resolve(before.deployment, all, true);
    const { set } = await scale(rollout.deployment, rollout.fresh!, wanted(deployment));
    await syncStatus({ ...rollout, fresh: set }, true);
  }

  async function sync(key: string): Promise<void> {
    const stored = deployments.get(splitKey(key));
    if (!stored) return;
    if (selectsEverything(stored)) {
      recorder.record(stored, 'Warning', 'SelectingAll', 'This deployment is selecting all pods. A non-empty selector is required.');
      return;
    }
    const candidates = sets.list(stored.metadata.namespace);
    const all = await claimDependents(client, resources.replicaSets, stored, stored.spec.selector, candidates);
    if (stored.metadata.deletionTimestamp !== undefined) return syncStatus(await resolve(stored, all, false), false);
    const deployment = await checkPaused(stored);
    if (deployment.spec.paused || isScaling(deployment, all)) {
      return syncStatus(await scaleOnly(await resolve(deployment, all, false)), false);
    }
    await (deployment.spec.strategy?.type === 'Recreate' ? recreate(deployment, all) : roll(deployment, all));
  }

  owned.add(deployments.onEvent(({ object }) => queue.add(keyOf(object))));
  owned.add(sets.onEvent(({ object }) => {
    const key = ownerKey(object, 'Deployment');
    if (key !== undefined) return queue.add(key);
    for (const deployment of deployments.list(object.metadata.namespace)) {
      if (matchesSelector(deployment.spec.selector, object.metadata.labels)) queue.add(keyOf(deployment));
    }
  }));
  owned.add(pods.onEvent(({ type, object }) => {
    // Only Recreate waits for pods; a rolling update follows the counts of its ReplicaSets.
    const setKey = type === 'deleted' || isFinished(object) ? ownerKey(object, 'ReplicaSet') : undefined;
    const set = setKey === undefined ? undefined : sets.get(splitKey(setKey));
    const key = set && ownerKey(set, 'Deployment');
    if (key !== undefined && deployments.get(splitKey(key))?.spec.strategy?.type === 'Recreate') queue.add(key);
  }));
  for (const deployment of deployments.list()) queue.add(keyOf(deployment));
  return owned;
}
