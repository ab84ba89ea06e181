// Jobs and CronJobs.
import type { CronJob, Job, JobSpec, KubeObject, PodTemplate } from '../../types/index.ts';
import { isTimeZone, trySchedule } from '../../types/schedule.ts';
import { forbiddenField, invalidValue, notSupported, oneOf, required } from '../fieldErrors.ts';
import type { FieldError } from '../fieldErrors.ts';
import { copyJson, sameJson } from '../json.ts';
import { checkAnnotations, checkLabels, dnsSubdomain } from '../names.ts';
import { selectorPredicate } from '../selectors/labels.ts';
import { defaultPodSpec } from './pods/defaults.ts';
import { validatePodSpec } from './pods/validation.ts';
import type { Kind } from './rules.ts';

const uidLabels = ['batch.kubernetes.io/controller-uid', 'controller-uid'] as const;
const nameLabels = ['batch.kubernetes.io/job-name', 'job-name'] as const;
/** Names of CronJobs leave room for the eleven characters that their Jobs' names add. */
const longestCronJobName = 52;
/** What upstream offers besides and this engine does not do is refused instead of ignored. */
const notServed = ['podFailurePolicy', 'successPolicy', 'backoffLimitPerIndex', 'maxFailedIndexes'] as const;

function defaultJobSpec(spec: JobSpec): void {
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= 6;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.podReplacementPolicy ??= 'TerminatingOrFailed';
  if (spec.template?.spec) defaultPodSpec(spec.template.spec);
}

/** The labels by which a Job knows its pods, and the selector of them. */
function addSelector(job: Job): void {
  const { spec, metadata } = job;
  if (spec.manualSelector || !spec.template) return;
  const own = Object.fromEntries([...uidLabels.map((key) => [key, metadata.uid!]), ...nameLabels.map((key) => [key, metadata.name ?? ''])]);
  spec.template.metadata = { ...spec.template.metadata, labels: { ...spec.template.metadata?.labels, ...own } };
  spec.selector = { ...spec.selector, matchLabels: { ...spec.selector?.matchLabels, [uidLabels[0]]: metadata.uid! } };
}

function atLeastZero(path: string, spec: JobSpec): FieldError[] {
  return (['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished'] as const)
    .flatMap((field) => ((spec[field] ?? 0) < 0 ? [invalidValue(`${path}.${field}`, spec[field], 'must be greater than or equal to 0')] : []));
}

function validateTemplate(template: PodTemplate | undefined, path: string): FieldError[] {
  if (!template) return [required(`${path}.spec.containers`)];
  const policy = template.spec?.restartPolicy;
  return [
    ...checkLabels(`${path}.labels`, template.metadata?.labels), ...checkAnnotations(`${path}.annotations`, template.metadata?.annotations),
    ...validatePodSpec(template.spec, `${path}.spec`),
    ...(policy === 'Always' ? [required(`${path}.spec.restartPolicy`, 'valid values: "OnFailure", "Never"')] : []),
  ];
}

function validateJobSpec(spec: JobSpec, path: string): FieldError[] {
  const indexed = spec.completionMode === 'Indexed';
  return [
    ...atLeastZero(path, spec), ...validateTemplate(spec.template, `${path}.template`),
    ...oneOf(`${path}.completionMode`, spec.completionMode, ['NonIndexed', 'Indexed']),
    ...oneOf(`${path}.podReplacementPolicy`, spec.podReplacementPolicy, ['Failed', 'TerminatingOrFailed']),
    ...(indexed && spec.completions === undefined ? [required(`${path}.completions`, 'when completion mode is Indexed')] : []),
    ...(indexed && (spec.parallelism ?? 0) > 100_000 ? [invalidValue(`${path}.parallelism`, spec.parallelism, 'must be less than or equal to 100000 when completion mode is Indexed')] : []),
    ...notServed.filter((field) => spec[field] !== undefined).map((field) => forbiddenField(`${path}.${field}`, 'this cluster does not act on it')),
    ...(spec.managedBy !== undefined && spec.managedBy !== 'kubernetes.io/job-controller' ? [notSupported(`${path}.managedBy`, spec.managedBy, ['kubernetes.io/job-controller'])] : []),
  ];
}

function validateSelector({ spec, metadata }: Job): FieldError[] {
  const labels = spec.template?.metadata?.labels ?? {};
  if (!spec.selector) return [required('spec.selector')];
  const problems: FieldError[] = [];
  if (!spec.manualSelector) {
    for (const key of uidLabels) if (labels[key] !== metadata.uid) problems.push(invalidValue(`spec.template.metadata.labels`, labels, `'${key}' must be the uid of the job`));
  }
  if (!selectorPredicate(spec.selector)(labels)) problems.push(invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  return problems;
}

function fixed(next: Job, live: Job): FieldError[] {
  const problems: FieldError[] = [];
  const elastic = next.spec.completionMode === 'Indexed' && next.spec.completions === next.spec.parallelism;
  if (!sameJson(next.spec.completions, live.spec.completions) && !elastic) problems.push(invalidValue('spec.completions', next.spec.completions ?? null, 'field is immutable'));
  for (const field of ['selector', 'completionMode', 'manualSelector'] as const) {
    if (!sameJson(next.spec[field], live.spec[field])) problems.push(invalidValue(`spec.${field}`, next.spec[field] ?? null, 'field is immutable'));
  }
  // While it is suspended and nothing has started, its pods' place and size may still be chosen.
  const template = copyJson(next.spec.template);
  if (live.spec.suspend && !live.status?.startTime && template?.spec) {
    const { template: before } = live.spec;
    template.metadata = before.metadata;
    for (const field of ['nodeSelector', 'tolerations', 'affinity', 'schedulingGates'] as const) {
      const from = before.spec as unknown as Record<string, unknown>, to = template.spec as unknown as Record<string, unknown>;
      if (from[field] === undefined) delete to[field];
      else to[field] = from[field];
    }
  }
  if (!sameJson(template, live.spec.template)) problems.push(invalidValue('spec.template', next.spec.template, 'field is immutable'));
  return problems;
}

/** batch/v1 Job. */
export const jobs: Kind<Job> = {
  group: 'batch', version: 'v1', kind: 'Job', resource: 'jobs', singular: 'job', namespaced: true, categories: ['all'],
  subresources: [{ name: 'status', group: 'batch', version: 'v1', kind: 'Job', verbs: ['get', 'patch', 'update'] }],
  rules: {
    nameRule: dnsSubdomain, hasGeneration: true, hasStatus: true,
    fields: { 'status.successful': (object: KubeObject) => String((object as Job).status?.succeeded ?? 0) },
    defaults(object) {
      defaultJobSpec((object.spec ??= {} as JobSpec));
    },
    prepareCreate: addSelector,
    validate: (object) => [...validateJobSpec(object.spec, 'spec'), ...validateSelector(object)],
    validateUpdate: fixed,
  },
};

/** batch/v1 CronJob. */
export const cronJobs: Kind<CronJob> = {
  group: 'batch', version: 'v1', kind: 'CronJob', resource: 'cronjobs', singular: 'cronjob', namespaced: true, shortNames: ['cj'], categories: ['all'],
  subresources: [{ name: 'status', group: 'batch', version: 'v1', kind: 'CronJob', verbs: ['get', 'patch', 'update'] }],
  rules: {
    nameRule: dnsSubdomain, hasGeneration: true, hasStatus: true,
    defaults(object) {
      const spec = (object.spec ??= {} as CronJob['spec']);
      spec.concurrencyPolicy ||= 'Allow';
      spec.suspend ??= false;
      spec.successfulJobsHistoryLimit ??= 3;
      spec.failedJobsHistoryLimit ??= 1;
      // As upstream, the Job's own defaults come when the Job is made; the pods' are shown at once.
      if (spec.jobTemplate?.spec?.template?.spec) defaultPodSpec(spec.jobTemplate.spec.template.spec);
    },
    prepareCreate(object) {
      object.status = {};
    },
    validate({ spec, metadata }) {
      const { schedule, timeZone, jobTemplate, startingDeadlineSeconds = 0 } = spec;
      const parsed = schedule ? trySchedule(schedule) : undefined;
      const path = 'spec.jobTemplate.spec';
      return [
        ...((metadata.name ?? '').length > longestCronJobName ? [invalidValue('metadata.name', metadata.name, `must be no more than ${longestCronJobName} characters`)] : []),
        ...(schedule ? (typeof parsed === 'string' ? [invalidValue('spec.schedule', schedule, parsed)] : []) : [required('spec.schedule')]),
        ...(timeZone === undefined || isTimeZone(timeZone) ? [] : [invalidValue('spec.timeZone', timeZone, `unknown time zone ${timeZone}`)]),
        ...(startingDeadlineSeconds < 0 ? [invalidValue('spec.startingDeadlineSeconds', startingDeadlineSeconds, 'must be greater than or equal to 0')] : []),
        ...oneOf('spec.concurrencyPolicy', spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace']),
        ...(['successfulJobsHistoryLimit', 'failedJobsHistoryLimit'] as const).flatMap((field) => ((spec[field] ?? 0) < 0 ? [invalidValue(`spec.${field}`, spec[field], 'must be greater than or equal to 0')] : [])),
        ...(jobTemplate?.spec ? validateJobSpec(jobTemplate.spec, path) : [required(path)]),
        ...(jobTemplate?.spec?.manualSelector ? [notSupported(`${path}.manualSelector`, true, ['nil', 'false'])] : []),
      ];
    },
  },
};
