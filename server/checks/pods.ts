// Pods as checks see them: picked by name, selector and claims, reduced to what a verdict needs.
import type { CheckContext, KubeObject } from '../ports/index.ts';
import type { PodPick } from '../labs/index.ts';
import { firstMiss } from './assertions.ts';

/** How far a pod is. `settling`: give it time. `stuck`: it will not become ready without a change; `reason` says why. */
export type PodCondition = 'ready' | 'settling' | 'stuck' | 'leaving';

/** One container: `runningSeconds` since its last start, when it runs. */
export interface ContainerSeen { name: string; image: string; running: boolean; runningSeconds?: number; restarts: number; reason?: string }

/** A pod in an observation. */
export type PodSeen = {
  namespace: string; name: string; uid: string; ip?: string; node?: string; condition: PodCondition; reason?: string; hostname: string; containers: ContainerSeen[];
};

interface ContainerStatus {
  name: string; image?: string; ready?: boolean; restartCount?: number;
  state?: { running?: { startedAt?: string }; waiting?: { reason?: string }; terminated?: { reason?: string } };
}
interface PodShape {
  spec?: { nodeName?: string; hostNetwork?: boolean; hostname?: string; containers?: { name: string; image?: string }[] };
  status?: { phase?: string; podIP?: string; startTime?: string; reason?: string; containerStatuses?: ContainerStatus[]; conditions?: { type: string; status: string; reason?: string; message?: string; lastTransitionTime?: string }[] };
}

const hopeless = new Set(['CrashLoopBackOff', 'ErrImagePull', 'ImagePullBackOff', 'ErrImageNeverPull', 'InvalidImageName', 'CreateContainerConfigError', 'CreateContainerError', 'RunContainerError']);
/** How long a pod may take to be scheduled and to become ready before it counts as stuck. */
const scheduleGraceMs = 10_000;
const readyGraceMs = 45_000;

/** Reduces a pod object; `now` in milliseconds. */
export function seePod(object: KubeObject, now: number): PodSeen {
  const { spec = {}, status = {} } = object as KubeObject & PodShape;
  const statuses = status.containerStatuses ?? [];
  const containers = (spec.containers ?? []).map(({ name, image }): ContainerSeen => {
    const found = statuses.find((one) => one.name === name);
    const startedAt = found?.state?.running?.startedAt;
    const reason = found?.state?.waiting?.reason ?? found?.state?.terminated?.reason;
    return {
      name, image: image ?? '', running: found?.state?.running !== undefined, restarts: found?.restartCount ?? 0,
      ...(startedAt === undefined ? {} : { runningSeconds: Math.max(0, (now - Date.parse(startedAt)) / 1000) }),
      ...(reason === undefined ? {} : { reason }),
    };
  });
  const base = {
    namespace: object.metadata.namespace ?? 'default', name: object.metadata.name, uid: object.metadata.uid ?? '', containers,
    hostname: spec.hostNetwork ? spec.nodeName ?? '' : spec.hostname ?? object.metadata.name,
    ...(status.podIP ? { ip: status.podIP } : {}), ...(spec.nodeName ? { node: spec.nodeName } : {}),
  };
  return { ...base, ...conditionOf(object, { spec, status }, containers, now) };
}

function conditionOf(object: KubeObject, { spec, status }: Required<PodShape>, containers: readonly ContainerSeen[], now: number): { condition: PodCondition; reason?: string } {
  if (object.metadata.deletionTimestamp) return { condition: 'leaving' };
  if (status.phase === 'Failed' || status.phase === 'Succeeded') return { condition: 'stuck', reason: status.reason ?? `it has ended (${status.phase})` };
  const lost = containers.find((one) => one.reason !== undefined && hopeless.has(one.reason));
  if (lost) return { condition: 'stuck', reason: `its container ${lost.name} is in ${lost.reason}` };
  const crashed = containers.find((one) => !one.running && one.restarts > 0);
  if (crashed) return { condition: 'stuck', reason: `its container ${crashed.name} keeps ending and has been restarted ${crashed.restarts} time${crashed.restarts === 1 ? '' : 's'}` };
  const age = now - Date.parse(object.metadata.creationTimestamp ?? new Date(now).toISOString());
  if (!spec.nodeName) return age > scheduleGraceMs ? { condition: 'stuck', reason: 'no node takes it' } : { condition: 'settling' };
  const ready = status.conditions?.find((one) => one.type === 'Ready');
  if (status.phase === 'Running' && ready?.status === 'True') return { condition: 'ready' };
  const since = Math.max(Date.parse(object.metadata.creationTimestamp ?? ''), ...containers.map((one) => now - (one.runningSeconds ?? 0) * 1000));
  if (now - since > readyGraceMs) return { condition: 'stuck', reason: 'it does not become ready' };
  return { condition: 'settling' };
}

/** The pods of a pick, leaving ones included (they carry `condition: leaving`), ordered by name. */
export async function pickPods(pick: Pick<PodPick, 'pod' | 'pods' | 'namespace' | 'where'>, context: CheckContext, namespace: string): Promise<PodSeen[]> {
  const resource = { apiVersion: 'v1', resource: 'pods', namespace: pick.namespace ?? namespace };
  const objects = pick.pod !== undefined
    ? [await context.cluster.kube.get(resource, pick.pod)].filter((one) => one !== undefined)
    : (await context.cluster.kube.list(resource, pick.pods === '*' ? {} : { labelSelector: pick.pods })).items;
  const now = context.clock.now();
  return objects
    .filter((object) => !pick.where || firstMiss(object, pick.where) === undefined)
    .map((object) => seePod(object, now))
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** The owner of an address among the cluster's pods; undefined when it is no pod's. */
export async function tryPodByAddress(context: CheckContext, address: string): Promise<PodSeen | undefined> {
  const { items } = await context.cluster.kube.list({ apiVersion: 'v1', resource: 'pods' });
  const found = items.find((object) => (object as KubeObject & PodShape).status?.podIP === address);
  return found && seePod(found, context.clock.now());
}

/** Sentence about pods that cannot take part: undefined when every one is usable. */
export function unreadySentence(pods: readonly PodSeen[]): { kind: 'waiting' | 'failed'; finding: string; direction: string } | undefined {
  const stuck = pods.find((pod) => pod.condition === 'stuck');
  if (stuck) return { kind: 'failed', finding: `Pod ${stuck.name} does not run: ${stuck.reason}.`, direction: 'Look at its events and at the logs of its containers.' };
  const settling = pods.find((pod) => pod.condition === 'settling');
  if (settling) return { kind: 'waiting', finding: `Pod ${settling.name} is not ready yet.`, direction: 'Nothing to do: this runs again by itself.' };
  const leaving = pods.find((pod) => pod.condition === 'leaving');
  return leaving && { kind: 'waiting', finding: `Pod ${leaving.name} is being deleted.`, direction: 'Nothing to do: this runs again by itself.' };
}
