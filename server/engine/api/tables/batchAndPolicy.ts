// Tables of jobs, cron jobs, autoscalers, disruption budgets and the kinds of access control.
import type { ClusterRole, ClusterRoleBinding, CronJob, HorizontalPodAutoscaler, Job, MetricSpec, MetricTarget, PodDisruptionBudget, Role, RoleBinding } from '../../types/index.ts';
import { ageOf, humanDuration } from './duration.ts';
import { column, containersText, firstThree, printer, selectorText } from './printer.ts';

function jobStatus({ status, metadata }: Job): string {
  const holds = (type: string) => status?.conditions?.some((one) => one.type === type && one.status === 'True');
  if (holds('Complete')) return 'Complete';
  if (holds('Failed')) return 'Failed';
  if (metadata.deletionTimestamp) return 'Terminating';
  if (holds('Suspended')) return 'Suspended';
  if (holds('FailureTarget')) return 'FailureTarget';
  return holds('SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running';
}

function jobCompletions({ spec, status }: Job): string {
  if (spec.completions !== undefined) return `${status?.succeeded ?? 0}/${spec.completions}`;
  const parallelism = spec.parallelism ?? 0;
  return parallelism > 1 ? `${status?.succeeded ?? 0}/1 of ${parallelism}` : `${status?.succeeded ?? 0}/1`;
}

function jobDuration({ status }: Job, now: number): string {
  if (!status?.startTime) return '';
  const end = status.completionTime ?? status.conditions?.find(({ type, status: value }) => type === 'Failed' && value === 'True')?.lastTransitionTime;
  return humanDuration((end ? Date.parse(end) : now) - Date.parse(status.startTime));
}

/** batch/v1 Job. */
export const jobPrinter = printer<Job>(['Name', 'Status', 'Completions', 'Duration', 'Age', '+Containers', '+Images', '+Selector'],
  (job, now) => [
    job.metadata.name, jobStatus(job), jobCompletions(job), jobDuration(job, now), ageOf(job.metadata.creationTimestamp, now),
    ...containersText(job.spec.template.spec), selectorText(job.spec.selector),
  ]);

/** batch/v1 CronJob. */
export const cronJobPrinter = printer<CronJob>(
  ['Name', 'Schedule', 'Timezone', 'Suspend', column('Active', 'integer'), 'Last Schedule', 'Age', '+Containers', '+Images', '+Selector'],
  ({ metadata, spec, status }, now) => [
    metadata.name, spec.schedule, spec.timeZone ?? '<none>', spec.suspend ? 'True' : 'False', status?.active?.length ?? 0,
    status?.lastScheduleTime ? ageOf(status.lastScheduleTime, now) : '<none>', ageOf(metadata.creationTimestamp, now),
    ...containersText(spec.jobTemplate.spec.template.spec), selectorText(spec.jobTemplate.spec.selector),
  ]);

/** policy/v1 PodDisruptionBudget. */
export const disruptionBudgetPrinter = printer<PodDisruptionBudget>(
  ['Name', 'Min Available', 'Max Unavailable', column('Allowed Disruptions', 'integer'), 'Age'],
  ({ metadata, spec, status }, now) => [
    metadata.name, String(spec?.minAvailable ?? 'N/A'), String(spec?.maxUnavailable ?? 'N/A'), status?.disruptionsAllowed ?? 0, ageOf(metadata.creationTimestamp, now),
  ]);

function targetText(target: MetricTarget): string {
  if (target.averageUtilization !== undefined) return `<unknown>/${target.averageUtilization}%`;
  return target.averageValue === undefined ? `<unknown>/${target.value ?? '<auto>'}` : `<unknown>/${target.averageValue} (avg)`;
}

function metricText({ type, resource, containerResource, pods, object, external }: MetricSpec): string {
  if (resource) return `${resource.name}: ${targetText(resource.target).replace(' (avg)', '')}`;
  if (containerResource) return `${containerResource.name}: ${targetText(containerResource.target).replace(' (avg)', '')}`;
  const target = (pods ?? object ?? external)?.target;
  return target ? targetText(target).replace(pods ? ' (avg)' : '', '') : `<unknown type ${type}>`;
}

function metricsText(metrics: readonly MetricSpec[]): string {
  if (metrics.length === 0) return '<none>';
  const shown = metrics.slice(0, 2).map(metricText).join(', ');
  return metrics.length > 2 ? `${shown} + ${metrics.length - 2} more...` : shown;
}

/** autoscaling/v2 HorizontalPodAutoscaler; current values are unknown, since nothing measures pods. */
export const autoscalerPrinter = printer<HorizontalPodAutoscaler>(['Name', 'Reference', 'Targets', 'MinPods', 'MaxPods', 'Replicas', 'Age'],
  ({ metadata, spec, status }, now) => [
    metadata.name, `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`, metricsText(spec.metrics ?? []), String(spec.minReplicas ?? '<unset>'),
    String(spec.maxReplicas), String(status?.currentReplicas ?? 0), ageOf(metadata.creationTimestamp, now),
  ]);

/** rbac.authorization.k8s.io/v1 Role and ClusterRole. */
export const rolePrinter = printer<Role | ClusterRole>(['Name', column('Created At', 'date')], ({ metadata }) => [metadata.name, metadata.creationTimestamp ?? '']);

/** rbac.authorization.k8s.io/v1 RoleBinding and ClusterRoleBinding. */
export const roleBindingPrinter = printer<RoleBinding | ClusterRoleBinding>(['Name', 'Role', 'Age', '+Users', '+Groups', '+ServiceAccounts'],
  ({ metadata, roleRef, subjects = [] }, now) => {
    const of = (kind: string, text: (one: (typeof subjects)[number]) => string) => firstThree(subjects.filter((one) => one.kind === kind).map(text), '');
    return [
      metadata.name, `${roleRef.kind}/${roleRef.name}`, ageOf(metadata.creationTimestamp, now), of('User', ({ name }) => name), of('Group', ({ name }) => name),
      of('ServiceAccount', ({ name, namespace }) => `${namespace}/${name}`),
    ];
  });
