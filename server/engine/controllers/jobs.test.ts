// Jobs and CronJobs: counting, ends, indexes, suspension, clean-up, starts by the clock.
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { eventsAbout, startTestCluster, type TestCluster } from '../../../tests/support/controllerCluster.ts';
import { ManualClock } from '../registry/testing.ts';
import { isStatus, resources, type CronJob, type Job, type JobSpec } from '../types/index.ts';
import { formatIndexes, parseIndexes } from './jobPods.ts';
import { eventually } from './testing.ts';

let cluster: TestCluster;
const key = { namespace: 'default', name: 'sum' };
const template = { spec: { restartPolicy: 'Never' as const, containers: [{ name: 'c', image: 'a' }] } };

function job(spec: Partial<JobSpec> = {}): Job {
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'sum', namespace: 'default' }, spec: { template, ...spec } };
}

const create = (spec: Partial<JobSpec> = {}) => cluster.client.create(resources.jobs, job(spec));
const stored = () => cluster.client.get(resources.jobs, key);
const running = () => cluster.pods().filter(({ status }) => status?.phase === 'Running');
const conditions = (object: Job) => (object.status?.conditions ?? []).map(({ type, status, reason, message }) => `${type}=${status} ${reason} ${message}`);
const ended = (type: string) => eventually(async () => { const found = await stored(); return found.status?.conditions?.some((one) => one.type === type && one.status === 'True') ? found : undefined; }, type);
async function finishAll(count: number, phase: 'Succeeded' | 'Failed'): Promise<void> {
  const pods = await eventually(() => (running().length === count ? running() : undefined), `${count} running`);
  for (const pod of pods) await cluster.finish(pod.metadata.name, phase);
}

describe('jobs', () => {
  afterEach(() => {
    cluster.dispose();
    assert.deepEqual(cluster.warnings, []);
  });

  test('completions are counted once each, by a selector of the job\'s own, and the pods stay', async () => {
    cluster = await startTestCluster();
    const made = await create({ completions: 3, parallelism: 2 });
    assert.equal(made.spec.selector!.matchLabels!['batch.kubernetes.io/controller-uid'], made.metadata.uid);
    assert.deepEqual(Object.keys(made.spec.template.metadata!.labels!).toSorted(), ['batch.kubernetes.io/controller-uid', 'batch.kubernetes.io/job-name', 'controller-uid', 'job-name']);
    await eventually(async () => (await stored()).status?.active === 2);
    await finishAll(2, 'Succeeded');
    await finishAll(1, 'Succeeded');
    const done = await ended('Complete');
    assert.deepEqual([done.status!.succeeded, done.status!.active, done.status!.failed, typeof done.status!.completionTime], [3, undefined, undefined, 'string']);
    assert.deepEqual(conditions(done), ['SuccessCriteriaMet=True CompletionsReached Reached expected number of succeeded pods', 'Complete=True CompletionsReached Reached expected number of succeeded pods']);
    assert.equal(cluster.pods().length, 3);
    await eventually(() => cluster.pods().every(({ metadata }) => !metadata.finalizers?.length));
    assert.ok((await eventsAbout(cluster.client, 'sum')).includes('Completed Job completed'));
    await cluster.client.delete(resources.jobs, key, { propagationPolicy: 'Background' });
    await eventually(() => cluster.client.informer(resources.pods).list('default').length === 0);
  });

  test('an indexed job gives every index a pod and lists what is done', async () => {
    cluster = await startTestCluster();
    await create({ completions: 3, parallelism: 3, completionMode: 'Indexed' });
    const pods = await eventually(() => (running().length === 3 ? running() : undefined));
    assert.deepEqual(pods.map(({ spec, metadata }) => [spec.hostname, metadata.labels!['batch.kubernetes.io/job-completion-index'], spec.containers[0]!.env![0]!.name]).toSorted(), [0, 1, 2].map((n) => [`sum-${n}`, String(n), 'JOB_COMPLETION_INDEX']));
    await cluster.finish(pods.find(({ spec }) => spec.hostname === 'sum-2')!.metadata.name, 'Succeeded');
    await eventually(async () => (await stored()).status?.completedIndexes === '2');
    await finishAll(2, 'Succeeded');
    assert.equal((await ended('Complete')).status!.completedIndexes, '0-2');
    assert.deepEqual([formatIndexes([4, 0, 1, 2, 6, 7]), [...parseIndexes('0-2,4')]], ['0-2,4,6,7', [0, 1, 2, 4]]);
  });

  test('failures slow down, and end the job beyond its limit', async () => {
    const clock = new ManualClock();
    cluster = await startTestCluster(() => true, clock);
    await create({ backoffLimit: 1 });
    await finishAll(1, 'Failed');
    await eventually(async () => (await stored()).status?.failed === 1);
    assert.equal(running().length, 0);
    clock.advance(9_000);
    await eventually(async () => (await stored()).status?.uncountedTerminatedPods === undefined || true);
    assert.equal(running().length, 0);
    clock.advance(2_000);
    await finishAll(1, 'Failed');
    const failed = await ended('Failed');
    assert.deepEqual(conditions(failed), ['FailureTarget=True BackoffLimitExceeded Job has reached the specified backoff limit', 'Failed=True BackoffLimitExceeded Job has reached the specified backoff limit']);
    assert.equal(failed.status!.failed, 2);
    assert.ok((await eventsAbout(cluster.client, 'sum')).includes('BackoffLimitExceeded Job has reached the specified backoff limit'));
  });

  test('a deadline ends it, a time to live removes it, a deleted pod counts as failed and comes again', async () => {
    const clock = new ManualClock();
    cluster = await startTestCluster(() => true, clock);
    await create({ activeDeadlineSeconds: 60, ttlSecondsAfterFinished: 30 });
    const [first] = await eventually(() => (running().length === 1 ? running() : undefined));
    await cluster.client.delete(resources.pods, { namespace: 'default', name: first!.metadata.name });
    await eventually(async () => (await stored()).status?.failed === 1);
    clock.advance(11_000);
    await eventually(() => running().length === 1 && running()[0]!.metadata.name !== first!.metadata.name);
    clock.advance(50_000);
    const failed = await ended('Failed');
    assert.equal(conditions(failed).at(-1), 'Failed=True DeadlineExceeded Job was active longer than specified deadline');
    await eventually(() => cluster.pods().length === 0);
    await eventually(async () => {
      clock.advance(31_000);
      return cluster.client.get(resources.jobs, key).then(() => false, (error: unknown) => isStatus(error, 'NotFound'));
    });
  });

  test('suspending takes the pods away and resuming brings them back', async () => {
    cluster = await startTestCluster();
    await create({ suspend: true });
    const waiting = await ended('Suspended');
    assert.deepEqual([waiting.status!.startTime, cluster.pods().length], [undefined, 0]);
    await cluster.client.patch(resources.jobs, key, { spec: { suspend: false } });
    await eventually(() => running().length === 1);
    await cluster.client.patch(resources.jobs, key, { spec: { suspend: true } });
    await eventually(() => cluster.pods().length === 0);
    await cluster.client.patch(resources.jobs, key, { spec: { suspend: false } });
    await eventually(async () => conditions(await stored()).join() === 'Suspended=False JobResumed Job resumed');
  });

  test('what a job may not be is told in upstream words', async () => {
    cluster = await startTestCluster();
    const refusals: [Promise<unknown>, RegExp][] = [
      [create({ template: { spec: { containers: [{ name: 'c', image: 'a' }] } } }), /Job\.batch "sum" is invalid: spec\.template\.spec\.restartPolicy: Required value: valid values: "OnFailure", "Never"/],
      [create({ completionMode: 'Indexed', parallelism: 1 }), /spec\.completions: Required value: when completion mode is Indexed/],
      [create({ podFailurePolicy: { rules: [] } }), /spec\.podFailurePolicy: Forbidden/],
    ];
    for (const [action, pattern] of refusals) await assert.rejects(action, pattern);
    await create();
    await assert.rejects(cluster.client.patch(resources.jobs, key, { spec: { template: { spec: { containers: [{ name: 'c', image: 'b' }] } } } }), /spec\.template: Invalid value: .*field is immutable/);
  });
});

function cronJob(spec: Partial<CronJob['spec']> = {}): CronJob {
  return { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'tick', namespace: 'default' }, spec: { schedule: '*/5 * * * *', jobTemplate: { spec: { template } }, ...spec } };
}
const starts = () => cluster.client.informer(resources.jobs).list('default').map(({ metadata }) => metadata.name).toSorted();
const minuteOf = (text: string) => Date.parse(text) / 60_000;

describe('cron jobs', () => {
  let clock: ManualClock;
  afterEach(() => {
    cluster.dispose();
    assert.deepEqual(cluster.warnings, []);
  });
  async function begin(spec: Partial<CronJob['spec']> = {}): Promise<void> {
    clock = new ManualClock();
    cluster = await startTestCluster(() => true, clock);
    await cluster.client.create(resources.cronJobs, cronJob(spec));
    await eventually(() => cluster.client.informer(resources.cronJobs).get({ namespace: 'default', name: 'tick' }));
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  }
  const status = async () => (await cluster.client.get(resources.cronJobs, { namespace: 'default', name: 'tick' })).status;

  test('a job starts at its minute, is named after it, and history is kept short', async () => {
    await begin({ successfulJobsHistoryLimit: 1 });
    clock.advance(299_000);
    assert.deepEqual(starts(), []);
    clock.advance(1_000);
    await eventually(() => starts().join() === `tick-${minuteOf('2026-01-01T00:05:00Z')}`);
    const [first] = cluster.client.informer(resources.jobs).list('default');
    assert.equal(first!.metadata.annotations!['batch.kubernetes.io/cronjob-scheduled-timestamp'], '2026-01-01T00:05:00Z');
    await eventually(async () => (await status())?.active?.length === 1 && (await status())?.lastScheduleTime === '2026-01-01T00:05:00Z');
    await finishAll(1, 'Succeeded');
    await eventually(async () => (await status())?.active === undefined && (await status())?.lastSuccessfulTime);
    clock.advance(300_000);
    await finishAll(1, 'Succeeded');
    await eventually(() => starts().join() === `tick-${minuteOf('2026-01-01T00:10:00Z')}`);
    const events = await eventsAbout(cluster.client, 'tick');
    assert.ok(events.some((text) => /^SuccessfulCreate Created job tick-\d+$/.test(text)) && events.some((text) => /^SawCompletedJob Saw completed job: tick-\d+, condition: Complete$/.test(text)), events.join('\n'));
  });

  test('Forbid waits, Replace takes away, suspend stops, many missed starts make one', async () => {
    await begin({ concurrencyPolicy: 'Forbid' });
    clock.advance(300_000);
    await eventually(() => starts().length === 1);
    clock.advance(300_000);
    await eventually(async () => (await eventsAbout(cluster.client, 'tick')).includes('JobAlreadyActive Not starting job because prior execution is running and concurrency policy is Forbid'));
    assert.equal(starts().length, 1);
    await cluster.client.patch(resources.cronJobs, { namespace: 'default', name: 'tick' }, { spec: { concurrencyPolicy: 'Replace' } });
    await eventually(() => starts().join() === `tick-${minuteOf('2026-01-01T00:10:00Z')}`);
    await cluster.client.patch(resources.cronJobs, { namespace: 'default', name: 'tick' }, { spec: { suspend: true } });
    clock.advance(86_400_000);
    await cluster.client.patch(resources.cronJobs, { namespace: 'default', name: 'tick' }, { spec: { suspend: false } });
    await eventually(() => starts().join() === `tick-${minuteOf('2026-01-02T00:10:00Z')}`);
    await eventually(async () => (await eventsAbout(cluster.client, 'tick')).some((text) => text.startsWith('TooManyMissedTimes')));
  });

  test('a schedule must be one', async () => {
    cluster = await startTestCluster();
    await assert.rejects(cluster.client.create(resources.cronJobs, cronJob({ schedule: 'often' })), /spec\.schedule: Invalid value: "often": expected exactly 5 fields, found 1: \[often\]/);
    await assert.rejects(cluster.client.create(resources.cronJobs, cronJob({ timeZone: 'Mars/Base' })), /spec\.timeZone: Invalid value: "Mars\/Base": unknown time zone Mars\/Base/);
  });
});
