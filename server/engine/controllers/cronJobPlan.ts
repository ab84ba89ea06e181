// When a CronJob starts its next Job: pure, from schedule, last start and time.
import { formatTime, type CronJob, type Job, type KubeObject } from '../types/index.ts';
import { nextTime, trySchedule, type Schedule } from '../types/schedule.ts';
import { holds } from './jobPlan.ts';
import { controllerReference } from './ownership.ts';

export const scheduledAnnotation = 'batch.kubernetes.io/cronjob-scheduled-timestamp';
/** Beyond this many missed starts upstream suspects the clock. */
const tooMany = 100;

/** `due` is the latest start not made yet, `next` the one after now (ms since the epoch). */
export interface Timetable { due?: number; next?: number; manyMissed: boolean }

/** The parsed schedule; undefined for one that an earlier version let through. */
export function scheduleOf({ spec }: CronJob): Schedule | undefined {
  const schedule = trySchedule(spec.schedule);
  return typeof schedule === 'string' ? undefined : schedule;
}

/** Finds the missed and the next start. */
export function planTimetable(cronJob: CronJob, now: number): Timetable {
  const schedule = scheduleOf(cronJob);
  if (!schedule) return { manyMissed: false };
  const { startingDeadlineSeconds, timeZone } = cronJob.spec;
  let from = Date.parse(cronJob.status?.lastScheduleTime ?? cronJob.metadata.creationTimestamp!);
  if (startingDeadlineSeconds !== undefined) from = Math.max(from, now - startingDeadlineSeconds * 1000);
  let due: number | undefined;
  let missed = 0;
  let next = nextTime(schedule, from, timeZone);
  if ('everyMs' in schedule && next !== undefined && next <= now) {
    missed = Math.floor((now - from) / schedule.everyMs);
    due = Math.floor(from / 1000) * 1000 + missed * schedule.everyMs;
    next = due + schedule.everyMs;
  }
  for (; next !== undefined && next <= now && missed <= tooMany; missed++) {
    due = next;
    next = nextTime(schedule, next, timeZone);
  }
  if (next !== undefined && next <= now) {
    // Too many to count: only the latest matters, found from not so long ago, ever further back.
    for (let back = 3_600_000; next !== undefined && next <= now; back *= 24) {
      let candidate = nextTime(schedule, Math.max(due!, now - back), timeZone);
      for (let steps = 0; candidate !== undefined && candidate <= now && steps < 4_000; steps++) {
        due = candidate;
        candidate = nextTime(schedule, candidate, timeZone);
      }
      if (candidate === undefined || candidate > now) next = candidate;
    }
  }
  return { ...(due === undefined ? {} : { due }), ...(next === undefined ? {} : { next }), manyMissed: missed > tooMany };
}

/** The Job of one start, named after its minute so that a start is never made twice. */
export function jobOf(cronJob: CronJob, at: number): Job {
  const { metadata, spec } = cronJob.spec.jobTemplate;
  const zone = cronJob.spec.timeZone;
  return {
    apiVersion: 'batch/v1', kind: 'Job',
    metadata: {
      name: `${cronJob.metadata.name}-${Math.floor(at / 60_000)}`, namespace: cronJob.metadata.namespace, labels: { ...metadata?.labels },
      annotations: { ...metadata?.annotations, [scheduledAnnotation]: zone ? zonedTime(at, zone) : formatTime(at) },
      ownerReferences: [controllerReference(cronJob)],
    },
    spec,
  };
}

/** RFC 3339 in the zone's own time. */
function zonedTime(at: number, zone: string): string {
  const parts = Object.fromEntries(new Intl.DateTimeFormat('en-CA', { timeZone: zone, hourCycle: 'h23', dateStyle: 'short', timeStyle: 'medium', timeZoneName: undefined }).formatToParts(at).map(({ type, value }) => [type, value]));
  const name = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(at).find(({ type }) => type === 'timeZoneName')!.value.replace('GMT', '');
  const { year, month, day, hour, minute, second } = parts as Record<string, string>;
  return `${year}-${month!.padStart(2, '0')}-${day!.padStart(2, '0')}T${hour!.padStart(2, '0')}:${minute}:${second}${name || 'Z'}`;
}

/** The ended Jobs beyond the history limits, oldest first. */
export function planHistory(cronJob: CronJob, jobs: readonly Job[]): Job[] {
  const { successfulJobsHistoryLimit: good = 3, failedJobsHistoryLimit: bad = 1 } = cronJob.spec;
  const surplus = (type: string, limit: number): Job[] => {
    const ended = jobs.filter((job) => holds(job, type)).toSorted((a, b) => (startOf(a) - startOf(b)) || (a.metadata.name < b.metadata.name ? -1 : 1));
    return ended.slice(0, Math.max(0, ended.length - limit));
  };
  return [...surplus('Complete', good), ...surplus('Failed', bad)];
}

function startOf(job: Job): number {
  return Date.parse(job.status?.startTime ?? job.metadata.creationTimestamp ?? '');
}

/** core/v1 ObjectReference to a Job. */
export function referenceTo({ apiVersion, kind, metadata }: KubeObject): NonNullable<NonNullable<CronJob['status']>['active']>[number] {
  return { apiVersion, kind, name: metadata.name, namespace: metadata.namespace!, uid: metadata.uid!, resourceVersion: metadata.resourceVersion! };
}
