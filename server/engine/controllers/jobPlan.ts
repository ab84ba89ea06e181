// What a Job does next: a pure function from the Job and its pods to counts, an ending, and pods to make and remove.
import type { Job, Pod } from '../types/index.ts';
import { hasFailed, indexOf, isIndexed, isTracked, parseIndexes, restartsOf } from './jobPods.ts';
import { readyCondition } from './podState.ts';

/** A reason and a sentence for the conditions that end a Job. */
export interface Ending { complete: boolean; reason: string; message: string }

/** Everything a sync decides. `counted` are uids whose end this sync counts; `creates` holds indexes, or undefined for each plain pod. */
export interface JobPlan {
  active: Pod[];
  counted: { succeeded: Pod[]; failed: Pod[] };
  succeeded: number;
  failed: number;
  completedIndexes: Set<number>;
  terminating: number;
  ready: number;
  ending: Ending | undefined;
  deletes: Pod[];
  creates: (number | undefined)[];
}

/** The condition of the given type when it is True. */
export function holds(job: Job, type: string): boolean {
  return job.status?.conditions?.some((one) => one.type === type && one.status === 'True') ?? false;
}

/** True when the Job has ended for good. */
export function isEnded(job: Job): boolean {
  return holds(job, 'Complete') || holds(job, 'Failed');
}

function failureOf(job: Job, pods: readonly Pod[], failed: number, now: number): Ending | undefined {
  const { backoffLimit = 6, activeDeadlineSeconds, suspend, template } = job.spec;
  const known = job.status?.conditions?.find(({ type, status }) => type === 'FailureTarget' && status === 'True');
  if (known) return { complete: false, reason: known.reason ?? '', message: known.message ?? '' };
  const restarts = template.spec.restartPolicy === 'OnFailure' ? restartsOf(pods.filter(({ status }) => status?.phase === 'Running' || status?.phase === 'Pending')) : 0;
  if (failed > backoffLimit || (restarts > 0 && restarts >= backoffLimit)) return { complete: false, reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
  const { startTime } = job.status ?? {};
  const late = activeDeadlineSeconds !== undefined && startTime !== undefined && !suspend && now - Date.parse(startTime) >= activeDeadlineSeconds * 1000;
  return late ? { complete: false, reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' } : undefined;
}

function freeIndexes(job: Job, taken: ReadonlySet<number>, count: number): number[] {
  const free: number[] = [];
  for (let index = 0; index < (job.spec.completions ?? 0) && free.length < count; index++) if (!taken.has(index)) free.push(index);
  return free;
}

/** `pods` are those that the Job controls, tracked or not. */
export function planJob(job: Job, pods: readonly Pod[], now: number): JobPlan {
  const { completions, parallelism = 1, suspend = false } = job.spec;
  const { status } = job;
  const uncounted = status?.uncountedTerminatedPods ?? {};
  const known = new Set([...uncounted.succeeded ?? [], ...uncounted.failed ?? []]);
  const fresh = pods.filter((pod) => isTracked(pod) && !known.has(pod.metadata.uid!));
  const counted = {
    succeeded: fresh.filter((pod) => pod.status?.phase === 'Succeeded' && (!isIndexed(job) || indexOf(job, pod) !== undefined)),
    failed: fresh.filter((pod) => hasFailed(job, pod)),
  };
  const completedIndexes = parseIndexes(status?.completedIndexes);
  for (const pod of pods) {
    const index = pod.status?.phase === 'Succeeded' ? indexOf(job, pod) : undefined;
    if (isIndexed(job) && index !== undefined) completedIndexes.add(index);
  }
  const succeeded = isIndexed(job) ? completedIndexes.size : (status?.succeeded ?? 0) + (uncounted.succeeded?.length ?? 0) + counted.succeeded.length;
  const failed = (status?.failed ?? 0) + (uncounted.failed?.length ?? 0) + counted.failed.length;
  const active = pods.filter((pod) => pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed' && pod.metadata.deletionTimestamp === undefined);
  const terminating = pods.filter((pod) => pod.metadata.deletionTimestamp !== undefined && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed').length;
  const plan: JobPlan = {
    active, counted, succeeded, failed, completedIndexes, terminating, ready: active.filter((pod) => readyCondition(pod)).length, ending: undefined, deletes: [], creates: [],
  };
  plan.ending = failureOf(job, pods, failed, now);
  const done = completions === undefined ? succeeded > 0 && active.length === 0 && terminating === 0 : succeeded >= completions;
  if (!plan.ending && done) plan.ending = { complete: true, reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' };
  if (job.metadata.deletionTimestamp !== undefined) return plan;
  if (plan.ending || suspend) {
    plan.deletes = active;
    return plan;
  }
  const left = completions === undefined ? (succeeded > 0 ? active.length : parallelism) : completions - succeeded;
  const wanted = Math.max(0, Math.min(parallelism, left));
  const taken = new Set([...active.flatMap((pod) => indexOf(job, pod) ?? []), ...completedIndexes]);
  if (active.length > wanted) {
    plan.deletes = active.toSorted((a, b) => Number(readyCondition(a) !== undefined) - Number(readyCondition(b) !== undefined)
      || Date.parse(b.metadata.creationTimestamp!) - Date.parse(a.metadata.creationTimestamp!)).slice(0, active.length - wanted);
    return plan;
  }
  const held = job.spec.podReplacementPolicy === 'Failed' ? terminating : 0;
  const count = Math.max(0, wanted - active.length - held);
  plan.creates = isIndexed(job) ? freeIndexes(job, taken, count) : Array.from({ length: count }, () => undefined);
  return plan;
}
