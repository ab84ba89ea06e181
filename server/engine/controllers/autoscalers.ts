// The autoscaler without a metrics server: keeps targets within their bounds and says honestly that nothing is measured.
import { DisposableStack, messageOf, type Disposable } from '../../base/index.ts';
import { formatTime, resources, type Condition, type HorizontalPodAutoscaler, type KubeObject, type MetricSpec, type ResourceRef } from '../types/index.ts';
import type { ControllerContext } from './context.ts';
import { keyOf, sameJson, splitKey } from './keys.ts';
import { WorkQueue } from './workQueue.ts';

type Scalable = KubeObject & { spec: { replicas?: number }; status?: { replicas?: number } };
type Status = NonNullable<HorizontalPodAutoscaler['status']>;

const noMetrics = 'unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)';
const noCustom = 'no custom metrics API (custom.metrics.k8s.io) registered';
const noExternal = 'no external metrics API (external.metrics.k8s.io) registered';

/** Why a metric cannot be had here, with upstream's reason and sentence. */
export function planMetricFailure({ type, resource, containerResource }: MetricSpec): { reason: string; message: string; first: string } {
  const source = resource ?? containerResource;
  if (source) {
    const what = source.target.averageUtilization === undefined ? `get ${source.name} usage` : `get ${source.name} utilization`;
    const message = `failed to ${what}: unable to get metrics for resource ${source.name}: ${noMetrics}`;
    const noun = containerResource ? 'container resource' : 'resource';
    return { reason: containerResource ? 'FailedGetContainerResourceMetric' : 'FailedGetResourceMetric', message, first: `failed to get ${source.name} ${noun} metric value: ${message}` };
  }
  const message = `unable to get ${type.toLowerCase()} metric: ${type === 'External' ? noExternal : noCustom}`;
  return { reason: `FailedGet${type}Metric`, message, first: `failed to get ${type.toLowerCase()} metric value: ${message}` };
}

/** Starts the controller. */
export function startAutoscalers(context: ControllerContext): Disposable {
  const { client, clock, logger } = context;
  const recorder = context.recorder('horizontal-pod-autoscaler');
  const owned = new DisposableStack();
  const autoscalers = client.informer(resources.horizontalPodAutoscalers);
  const targets: ResourceRef<Scalable>[] = [resources.deployments, resources.replicaSets, resources.statefulSets] as unknown as ResourceRef<Scalable>[];
  const queue = owned.add(new WorkQueue({ name: 'autoscalers', logger, clock, sync }));

  function refOf({ spec: { scaleTargetRef: { kind, apiVersion } } }: HorizontalPodAutoscaler): ResourceRef<Scalable> | undefined {
    return targets.find((ref) => ref.kind === kind && `${ref.group}/${ref.version}` === apiVersion);
  }

  function withCondition(status: Status, type: string, value: 'True' | 'False', reason: string, message: string): Status {
    const conditions = status.conditions ?? [];
    const known = conditions.find((one) => one.type === type);
    const lastTransitionTime = known?.status === value ? known.lastTransitionTime! : formatTime(clock.now());
    const next: Condition = { type, status: value, lastTransitionTime, reason, message };
    return { ...status, conditions: known ? conditions.map((one) => (one === known ? next : one)) : [...conditions, next] };
  }

  async function rescale(autoscaler: HorizontalPodAutoscaler, ref: ResourceRef<Scalable>, from: number, to: number, why: string, status: Status): Promise<Status> {
    const { name } = autoscaler.spec.scaleTargetRef, { namespace } = autoscaler.metadata;
    try {
      await client.patch(ref, { namespace: namespace!, name }, { spec: { replicas: to } }, 'scale');
    } catch (error) {
      recorder.record(autoscaler, 'Warning', 'FailedRescale', `New size: ${to}; reason: ${why}; error: ${messageOf(error)}`);
      return withCondition({ ...status, currentReplicas: from, desiredReplicas: from }, 'AbleToScale', 'False', 'FailedUpdateScale', `the HPA controller was unable to update the target scale: ${messageOf(error)}`);
    }
    recorder.record(autoscaler, 'Normal', 'SuccessfulRescale', `New size: ${to}; reason: ${why}`);
    const scaled = withCondition(status, 'AbleToScale', 'True', 'SucceededRescale', `the HPA controller was able to update the target scale to ${to}`);
    return { ...scaled, currentReplicas: from, desiredReplicas: to, lastScaleTime: formatTime(clock.now()) };
  }

  function measure(autoscaler: HorizontalPodAutoscaler, replicas: number, status: Status): Status {
    const metrics = autoscaler.spec.metrics ?? [];
    const failures = metrics.map(planMetricFailure);
    for (const { reason, message } of failures) recorder.record(autoscaler, 'Warning', reason, message);
    const [failure] = failures;
    if (!failure) return status;
    recorder.record(autoscaler, 'Warning', 'FailedComputeMetricsReplicas', `invalid metrics (${failures.length} invalid out of ${metrics.length}), first error is: ${failure.first}`);
    return withCondition({ ...status, currentReplicas: replicas }, 'ScalingActive', 'False', failure.reason, `the HPA was unable to compute the replica count: ${failure.message}`);
  }

  async function plan(autoscaler: HorizontalPodAutoscaler): Promise<Status> {
    const { scaleTargetRef, minReplicas = 1, maxReplicas } = autoscaler.spec;
    const { namespace } = autoscaler.metadata;
    const before: Status = autoscaler.status ?? { desiredReplicas: 0, currentMetrics: null };
    const ref = refOf(autoscaler);
    const target = ref && client.informer(ref).get({ namespace, name: scaleTargetRef.name });
    if (!ref || !target) {
      const [group = ''] = (scaleTargetRef.apiVersion ?? '').split('/');
      const why = ref ? `${ref.resource}.${ref.group} ${JSON.stringify(scaleTargetRef.name)} not found` : `no matches for kind ${JSON.stringify(scaleTargetRef.kind)} in group ${JSON.stringify(group)}`;
      recorder.record(autoscaler, 'Warning', 'FailedGetScale', why);
      return withCondition(before, 'AbleToScale', 'False', 'FailedGetScale', `the HPA controller was unable to get the target's current scale: ${why}`);
    }
    const replicas = target.spec.replicas ?? 1;
    const status = withCondition(before, 'AbleToScale', 'True', 'SucceededGetScale', "the HPA controller was able to get the target's current scale");
    const counted: Status = { ...status, currentReplicas: target.status?.replicas ?? 0 };
    if (replicas === 0) return withCondition({ ...counted, desiredReplicas: 0 }, 'ScalingActive', 'False', 'ScalingDisabled', 'scaling is disabled since the replica count of the target is zero');
    if (replicas > maxReplicas) return rescale(autoscaler, ref, replicas, maxReplicas, 'Current number of replicas above Spec.MaxReplicas', counted);
    if (replicas < minReplicas) return rescale(autoscaler, ref, replicas, minReplicas, 'Current number of replicas below Spec.MinReplicas', counted);
    return measure(autoscaler, target.status?.replicas ?? 0, counted);
  }

  async function sync(key: string): Promise<void> {
    const autoscaler = autoscalers.get(splitKey(key));
    if (!autoscaler || autoscaler.metadata.deletionTimestamp !== undefined) return;
    const status = await plan(autoscaler);
    if (!sameJson(status, autoscaler.status)) await client.updateSubresource(resources.horizontalPodAutoscalers, 'status', { ...autoscaler, status });
  }

  owned.add(autoscalers.onEvent((event) => {
    if (event.type !== 'deleted' && (event.type === 'added' || !sameJson(event.previous.spec, event.object.spec))) queue.add(keyOf(event.object));
  }));
  for (const ref of targets) {
    owned.add(client.informer(ref).onEvent((event) => {
      const { object } = event;
      const same = event.type === 'modified' && event.previous.spec.replicas === object.spec.replicas && event.previous.status?.replicas === object.status?.replicas;
      if (same) return;
      for (const autoscaler of autoscalers.list(object.metadata.namespace)) {
        if (refOf(autoscaler) === ref && autoscaler.spec.scaleTargetRef.name === object.metadata.name) queue.add(keyOf(autoscaler));
      }
    }));
  }
  for (const autoscaler of autoscalers.list()) queue.add(keyOf(autoscaler));
  return owned;
}
