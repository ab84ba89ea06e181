// The CronJob controller: starts Jobs by the clock, keeps a history of them, and heeds the concurrency policy.
import { DisposableStack, messageOf, type Disposable } from '../../base/index.ts';
import { formatTime, isStatus, resources, type CronJob, type Job } from '../types/index.ts';
import type { ControllerContext } from './context.ts';
import { jobOf, planHistory, planTimetable, referenceTo, scheduleOf } from './cronJobPlan.ts';
import { holds, isEnded } from './jobPlan.ts';
import { keyOf, objectKey, sameJson, splitKey } from './keys.ts';
import { controllerOf, ownerKey } from './ownership.ts';
import { WorkQueue } from './workQueue.ts';

/** Timers are never longer than what they can express. */
const longestWaitMs = 2 ** 31 - 1;

type Status = NonNullable<CronJob['status']>;

/** Starts the controller. */
export function startCronJobs(context: ControllerContext): Disposable {
  const { client, clock, logger } = context;
  const recorder = context.recorder('cronjob-controller');
  const owned = new DisposableStack();
  const cronJobs = client.informer(resources.cronJobs);
  const jobs = client.informer(resources.jobs);
  const queue = owned.add(new WorkQueue({ name: 'cronjobs', logger, clock, sync }));

  async function remove(cronJob: CronJob, job: Job): Promise<void> {
    try {
      await client.delete(resources.jobs, objectKey(job), { propagationPolicy: 'Background', preconditions: { uid: job.metadata.uid } });
      recorder.record(cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${job.metadata.name}`);
    } catch (error) {
      if (isStatus(error, 'NotFound')) return;
      recorder.record(cronJob, 'Warning', 'FailedDelete', `Deleted job: ${messageOf(error)}`);
      throw error;
    }
  }

  /** Active Jobs as the status knows them, against those that there are. */
  async function settleActive(cronJob: CronJob, own: readonly Job[]): Promise<Status> {
    const status: Status = { ...cronJob.status };
    let active = [...status.active ?? []];
    for (const job of own) {
      const listed = active.some(({ uid }) => uid === job.metadata.uid);
      if (isEnded(job) && listed) {
        active = active.filter(({ uid }) => uid !== job.metadata.uid);
        const type = holds(job, 'Complete') ? 'Complete' : 'Failed';
        recorder.record(cronJob, 'Normal', 'SawCompletedJob', `Saw completed job: ${job.metadata.name}, condition: ${type}`);
      } else if (!isEnded(job) && !listed) {
        recorder.record(cronJob, 'Warning', 'UnexpectedJob', `Saw a job that the controller did not create or forgot: ${job.metadata.name}`);
      }
      const end = holds(job, 'Complete') ? job.status?.completionTime : undefined;
      if (end && (!status.lastSuccessfulTime || Date.parse(end) > Date.parse(status.lastSuccessfulTime))) status.lastSuccessfulTime = end;
    }
    for (const reference of active.filter(({ uid }) => !own.some(({ metadata }) => metadata.uid === uid))) {
      const found = await client.get(resources.jobs, { namespace: cronJob.metadata.namespace!, name: reference.name! }).catch(() => undefined);
      if (found?.metadata.uid === reference.uid) continue;
      recorder.record(cronJob, 'Normal', 'MissingJob', `Active job went missing: ${reference.name}`);
      active = active.filter(({ uid }) => uid !== reference.uid);
    }
    return { ...status, active };
  }

  async function start(cronJob: CronJob, at: number, status: Status): Promise<Status> {
    const wanted = jobOf(cronJob, at);
    let made: Job;
    try {
      made = await client.create(resources.jobs, wanted);
      recorder.record(cronJob, 'Normal', 'SuccessfulCreate', `Created job ${made.metadata.name}`);
    } catch (error) {
      if (!isStatus(error, 'AlreadyExists')) {
        if (!messageOf(error).includes('being terminated')) recorder.record(cronJob, 'Warning', 'FailedCreate', `Error creating job: ${messageOf(error)}`);
        throw error;
      }
      made = await client.get(resources.jobs, objectKey(wanted));
      if (controllerOf(made)?.uid !== cronJob.metadata.uid) throw error;
    }
    const active = [...status.active ?? []].filter(({ uid }) => uid !== made.metadata.uid);
    return { ...status, active: isEnded(made) ? active : [...active, referenceTo(made)], lastScheduleTime: formatTime(at) };
  }

  async function startDue(cronJob: CronJob, own: readonly Job[], status: Status): Promise<Status> {
    const { due, next, manyMissed } = planTimetable({ ...cronJob, status }, clock.now());
    if (next !== undefined) queue.addAfter(keyOf(cronJob), Math.min(next - clock.now(), longestWaitMs));
    if (due === undefined) return status;
    if (manyMissed) recorder.record(cronJob, 'Warning', 'TooManyMissedTimes', 'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew');
    const { startingDeadlineSeconds, concurrencyPolicy } = cronJob.spec;
    if (startingDeadlineSeconds !== undefined && due + startingDeadlineSeconds * 1000 < clock.now()) {
      recorder.record(cronJob, 'Warning', 'MissSchedule', `Missed scheduled time to start a job: ${new Date(due).toUTCString().replace('GMT', '+0000')}`);
      return status;
    }
    const { active = [] } = status;
    if (concurrencyPolicy === 'Forbid' && active.length > 0) {
      recorder.record(cronJob, 'Normal', 'JobAlreadyActive', 'Not starting job because prior execution is running and concurrency policy is Forbid');
      return status;
    }
    if (concurrencyPolicy !== 'Replace') return start(cronJob, due, status);
    for (const job of own.filter(({ metadata }) => active.some(({ uid }) => uid === metadata.uid))) await remove(cronJob, job);
    return start(cronJob, due, { ...status, active: [] });
  }

  async function sync(key: string): Promise<void> {
    const cronJob = cronJobs.get(splitKey(key));
    if (!cronJob) return;
    const own = jobs.list(cronJob.metadata.namespace).filter((job) => controllerOf(job)?.uid === cronJob.metadata.uid);
    let status = await settleActive(cronJob, own);
    const stored = await store(cronJob, status);
    for (const job of planHistory(cronJob, own)) await remove(cronJob, job);
    if (cronJob.metadata.deletionTimestamp !== undefined || cronJob.spec.suspend) return;
    if (!scheduleOf(cronJob)) {
      recorder.record(cronJob, 'Warning', 'UnparseableSchedule', `unparseable schedule: ${JSON.stringify(cronJob.spec.schedule)}`);
      return;
    }
    status = await startDue(cronJob, own, status);
    await store(stored, status);
  }

  function store(cronJob: CronJob, status: Status): Promise<CronJob> {
    const next = { ...status };
    if (next.active?.length === 0) delete next.active;
    return sameJson(next, cronJob.status) ? Promise.resolve(cronJob) : client.updateSubresource(resources.cronJobs, 'status', { ...cronJob, status: next });
  }

  owned.add(cronJobs.onEvent(({ object }) => queue.add(keyOf(object))));
  owned.add(jobs.onEvent(({ object }) => {
    const key = ownerKey(object, 'CronJob');
    if (key !== undefined) queue.add(key);
  }));
  for (const cronJob of cronJobs.list()) queue.add(keyOf(cronJob));
  return owned;
}
