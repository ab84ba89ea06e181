// PodDisruptionBudgets and HorizontalPodAutoscalers.
import type { HorizontalPodAutoscaler, MetricSpec, PodDisruptionBudget } from '../../types/index.ts';
import { invalidValue, notSupported, oneOf, required } from '../fieldErrors.ts';
import type { FieldError } from '../fieldErrors.ts';
import { dnsSubdomain } from '../names.ts';
import { checkSelector } from './networkPolicies.ts';
import type { Kind } from './rules.ts';
import { checkShare } from './workloads.ts';

/** policy/v1 PodDisruptionBudget. */
export const podDisruptionBudgets: Kind<PodDisruptionBudget> = {
  group: 'policy', version: 'v1', kind: 'PodDisruptionBudget', resource: 'poddisruptionbudgets', singular: 'poddisruptionbudget', namespaced: true, shortNames: ['pdb'],
  subresources: [{ name: 'status', group: 'policy', version: 'v1', kind: 'PodDisruptionBudget', verbs: ['get', 'patch', 'update'] }],
  rules: {
    nameRule: dnsSubdomain, hasGeneration: true, hasStatus: true,
    defaults(object) {
      const { spec } = object;
      if (spec && spec.maxUnavailable === undefined) spec.minAvailable ??= 1;
    },
    prepareCreate(object) {
      object.status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
    },
    validate: ({ spec = {} }) => [
      ...(spec.minAvailable !== undefined && spec.maxUnavailable !== undefined ? [invalidValue('spec', spec, 'minAvailable and maxUnavailable cannot be both set')] : []),
      ...checkShare('spec.minAvailable', spec.minAvailable), ...checkShare('spec.maxUnavailable', spec.maxUnavailable),
      ...oneOf('spec.unhealthyPodEvictionPolicy', spec.unhealthyPodEvictionPolicy, ['AlwaysAllow', 'IfHealthyBudget']),
      ...checkSelector('spec.selector', spec.selector),
    ],
  },
};

const sources: Record<string, keyof MetricSpec> = { Resource: 'resource', ContainerResource: 'containerResource', Pods: 'pods', Object: 'object', External: 'external' };

function checkMetric(metric: MetricSpec, path: string): FieldError[] {
  const source = sources[metric.type];
  if (!metric.type) return [required(`${path}.type`, 'must specify a metric source type')];
  if (!source) return [notSupported(`${path}.type`, metric.type, Object.keys(sources))];
  const chosen = metric[source] as { target?: { averageUtilization?: number } } | undefined;
  if (!chosen) return [required(`${path}.${source}`, 'must populate information for the given metric source')];
  const percent = chosen.target?.averageUtilization;
  return percent !== undefined && percent < 1 ? [invalidValue(`${path}.${source}.target.averageUtilization`, percent, 'must be greater than 0')] : [];
}

/** autoscaling/v2 HorizontalPodAutoscaler; autoscaling/v1 is a view of it. */
export const horizontalPodAutoscalers: Kind<HorizontalPodAutoscaler> = {
  group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler', resource: 'horizontalpodautoscalers', singular: 'horizontalpodautoscaler', namespaced: true,
  shortNames: ['hpa'], categories: ['all'],
  subresources: [{ name: 'status', group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler', verbs: ['get', 'patch', 'update'] }],
  rules: {
    nameRule: dnsSubdomain, hasStatus: true,
    defaults(object) {
      const spec = (object.spec ??= {} as HorizontalPodAutoscaler['spec']);
      spec.minReplicas ??= 1;
      if (!spec.metrics?.length) spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }];
    },
    prepareCreate(object) {
      object.status = { desiredReplicas: 0, currentMetrics: null };
    },
    validate({ spec }) {
      const { minReplicas = 1, maxReplicas, scaleTargetRef, metrics = [] } = spec;
      return [
        ...(minReplicas < 1 ? [invalidValue('spec.minReplicas', minReplicas, 'must be greater than or equal to 1')] : []),
        ...((maxReplicas ?? 0) < 1 ? [invalidValue('spec.maxReplicas', maxReplicas ?? 0, 'must be greater than 0')] : []),
        ...((maxReplicas ?? 0) < minReplicas ? [invalidValue('spec.maxReplicas', maxReplicas ?? 0, 'must be greater than or equal to `minReplicas`')] : []),
        ...(scaleTargetRef?.kind ? [] : [required('spec.scaleTargetRef.kind')]), ...(scaleTargetRef?.name ? [] : [required('spec.scaleTargetRef.name')]),
        ...metrics.flatMap((metric, at) => checkMetric(metric, `spec.metrics[${at}]`)),
      ];
    },
  },
};
