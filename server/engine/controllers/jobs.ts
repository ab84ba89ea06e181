// The Job controller: runs pods to completion, counts each end exactly once, and says how the Job ended.
import { DisposableStack, type Disposable } from '../../base/index.ts';
import { formatTime, isStatus, resources, type Condition, type Job, type Pod } from '../types/index.ts';
import type { ControllerContext } from './context.ts';
import { Expectations } from './expectations.ts';
import { holds, isEnded, planJob, type Ending, type JobPlan } from './jobPlan.ts';
import { finishedAt, formatIndexes, isIndexed, isTracked, jobPod, trackingFinalizer } from './jobPods.ts';
import { keyOf, objectKey, sameJson, splitKey } from './keys.ts';
import { controllerOf } from './ownership.ts';
import { createPod, deletePod, inBatches, type PodHands } from './podCreation.ts';
import { claimPods, watchPods } from './podWatch.ts';
import { WorkQueue } from './workQueue.ts';

const firstBackOffMs = 10_000;
const longestBackOffMs = 10 * 60_000;

type Status = NonNullable<Job['status']>;

function setCondition(conditions: Condition[], type: string, status: 'True' | 'False', reason: string, message: string, now: number): Condition[] {
  const known = conditions.find((one) => one.type === type);
  if (known?.status === status && known.reason === reason) return conditions;
  const time = formatTime(now);
  return [...conditions.filter((one) => one !== known), { type, status, reason, message, lastProbeTime: time, lastTransitionTime: time }];
}

/** Starts the controller. */
export function startJobs(context: ControllerContext): Disposable {
  const { client, clock, logger } = context;
  const recorder = context.recorder('job-controller');
  const owned = new DisposableStack();
  const jobs = client.informer(resources.jobs);
  const pods = client.informer(resources.pods);
  const expectations = new Expectations();
  /** Failures since the last success, by key: they slow down the next pods. */
  const backOff = new Map<string, { failures: number; at: number }>();
  const hands: PodHands = { client, clock, recorder, expectations };
  const queue = owned.add(new WorkQueue({ name: 'jobs', logger, clock, sync }));

  async function untrack(pod: Pod): Promise<void> {
    if (!isTracked(pod)) return;
    const finalizers = (pod.metadata.finalizers ?? []).filter((name) => name !== trackingFinalizer);
    try {
      await client.patch(resources.pods, objectKey(pod), { metadata: { uid: pod.metadata.uid, finalizers } });
    } catch (error) {
      if (!isStatus(error, 'NotFound') && !isStatus(error, 'Conflict')) throw error;
    }
  }

  function store(job: Job, status: Status): Promise<Job> {
    return sameJson(status, job.status) ? Promise.resolve(job) : client.updateSubresource(resources.jobs, 'status', { ...job, status });
  }

  function started(job: Job): Status {
    const { conditions = [], ...status } = job.status ?? {};
    if (!job.spec.suspend) {
      const resumed = holds(job, 'Suspended');
      if (resumed) recorder.record(job, 'Normal', 'Resumed', 'Job resumed');
      return {
        ...status, conditions: resumed ? setCondition(conditions, 'Suspended', 'False', 'JobResumed', 'Job resumed', clock.now()) : conditions,
        startTime: resumed ? formatTime(clock.now()) : status.startTime ?? formatTime(clock.now()),
      };
    }
    if (!holds(job, 'Suspended')) recorder.record(job, 'Normal', 'Suspended', 'Job suspended');
    const { startTime: _started, ...rest } = status;
    return { ...rest, conditions: setCondition(conditions, 'Suspended', 'True', 'JobSuspended', 'Job suspended', clock.now()) };
  }

  function endedConditions(conditions: Condition[], { complete, reason, message }: Ending, final: boolean): Condition[] {
    const now = clock.now();
    const target = setCondition(conditions, complete ? 'SuccessCriteriaMet' : 'FailureTarget', 'True', reason, message, now);
    return final ? setCondition(target, complete ? 'Complete' : 'Failed', 'True', reason, message, now) : target;
  }

  function noteFailures(key: string, plan: JobPlan): number {
    if (plan.counted.succeeded.length > 0) backOff.delete(key);
    if (plan.counted.failed.length > 0) {
      const at = Math.max(...plan.counted.failed.map((pod) => finishedAt(pod, clock.now())));
      backOff.set(key, { failures: (backOff.get(key)?.failures ?? 0) + plan.counted.failed.length, at });
    }
    const known = backOff.get(key);
    return known ? Math.max(0, known.at + Math.min(firstBackOffMs * 2 ** (known.failures - 1), longestBackOffMs) - clock.now()) : 0;
  }

  async function act(key: string, job: Job, plan: JobPlan, waitMs: number): Promise<{ active: number; failure?: unknown }> {
    const failures = await Promise.all(plan.deletes.map((pod) => deletePod(hands, job, pod)));
    let { length: active } = plan.active;
    active -= plan.deletes.length;
    if (plan.creates.length === 0) return { active, failure: failures.find((one) => one !== undefined) };
    if (waitMs > 0) {
      queue.addAfter(key, waitMs);
      return { active };
    }
    const failure = await inBatches(plan.creates.length, async (at) => {
      const refused = await createPod(hands, job, jobPod(job, plan.creates[at]));
      if (refused === undefined) active++;
      return refused;
    });
    return { active, failure: failure ?? failures.find((one) => one !== undefined) };
  }

  async function sync(key: string): Promise<void> {
    const stored = jobs.get(splitKey(key));
    if (!stored) return release(key);
    const own = await claimPods(client, stored, ({ metadata }) => metadata.deletionTimestamp === undefined);
    if (isEnded(stored)) {
      await Promise.all(own.map(untrack));
      return expire(key, stored);
    }
    const settled = expectations.fulfilled(key, clock.now());
    const status = started(stored);
    const job: Job = { ...stored, status };
    const plan = planJob(job, own, clock.now());
    const waitMs = noteFailures(key, plan);
    const acted = settled && job.metadata.deletionTimestamp === undefined ? await act(key, job, plan, waitMs) : { active: plan.active.length };
    // First the uids, then the finalizers, then the counts: whatever is interrupted is taken up without counting twice.
    const uncounted = {
      succeeded: [...status.uncountedTerminatedPods?.succeeded ?? [], ...plan.counted.succeeded.map(({ metadata }) => metadata.uid!)],
      failed: [...status.uncountedTerminatedPods?.failed ?? [], ...plan.counted.failed.map(({ metadata }) => metadata.uid!)],
    };
    const noted = uncounted.succeeded.length + uncounted.failed.length > 0 ? await store(stored, { ...status, uncountedTerminatedPods: uncounted }) : stored;
    const ended = new Set([...uncounted.succeeded, ...uncounted.failed]);
    await Promise.all(own.filter((pod) => plan.ending || ended.has(pod.metadata.uid!) || pod.status?.phase === 'Succeeded').map(untrack));
    const terminating = plan.terminating + (plan.ending ? plan.deletes.length : 0);
    const final = plan.ending !== undefined && acted.active === 0 && terminating === 0;
    const { conditions = [] } = status;
    const next: Status = {
      ...status, active: acted.active, ready: plan.ready, terminating, succeeded: plan.succeeded, failed: plan.failed, uncountedTerminatedPods: {},
      conditions: plan.ending ? endedConditions(conditions, plan.ending, final) : conditions,
      ...(isIndexed(job) && plan.completedIndexes.size > 0 ? { completedIndexes: formatIndexes(plan.completedIndexes) } : {}),
      ...(final && plan.ending?.complete ? { completionTime: formatTime(clock.now()) } : {}),
    };
    await store(noted, next);
    if (final) announce(job, plan.ending!);
    const deadline = job.spec.activeDeadlineSeconds;
    if (!plan.ending && deadline !== undefined && status.startTime) queue.addAfter(key, Math.max(0, Date.parse(status.startTime) + deadline * 1000 - clock.now()));
    if (acted.failure !== undefined) throw acted.failure;
  }

  function announce(job: Job, { complete, reason, message }: Ending): void {
    if (complete) recorder.record(job, 'Normal', 'Completed', 'Job completed');
    else recorder.record(job, 'Warning', reason, message);
  }

  async function expire(key: string, job: Job): Promise<void> {
    const { ttlSecondsAfterFinished: seconds } = job.spec;
    if (seconds === undefined || job.metadata.deletionTimestamp !== undefined) return;
    const end = job.status?.conditions?.find(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True')?.lastTransitionTime;
    const left = Date.parse(end ?? '') + seconds * 1000 - clock.now();
    if (left > 0) return queue.addAfter(key, left);
    try {
      await client.delete(resources.jobs, objectKey(job), { propagationPolicy: 'Foreground', preconditions: { uid: job.metadata.uid } });
    } catch (error) {
      if (!isStatus(error, 'NotFound') && !isStatus(error, 'Conflict')) throw error;
    }
  }

  /** Pods that a Job left behind must not wait for it. */
  async function release(key: string): Promise<void> {
    expectations.forget(key);
    backOff.delete(key);
    const { namespace, name } = splitKey(key);
    const left = pods.list(namespace).filter((pod) => isTracked(pod) && controllerOf(pod)?.kind === 'Job' && controllerOf(pod)?.name === name);
    await Promise.all(left.map(untrack));
  }

  const wake = (key: string) => queue.add(key);
  owned.add(jobs.onEvent(({ object }) => queue.add(keyOf(object))));
  owned.add(watchPods(client, { kind: 'Job', owners: (namespace) => jobs.list(namespace), expectations, wake }));
  // An orphaned pod has no owner to count it.
  owned.add(pods.onEvent(({ type, object }) => {
    if (type !== 'deleted' && isTracked(object) && !controllerOf(object)) void untrack(object).catch(() => queue.addAfter(keyOf(object), 1_000));
  }));
  for (const job of jobs.list()) queue.add(keyOf(job));
  for (const pod of pods.list()) {
    const owner = isTracked(pod) ? controllerOf(pod) : undefined;
    if (owner?.kind === 'Job') queue.add(`${pod.metadata.namespace}/${owner.name}`);
  }
  return owned;
}
