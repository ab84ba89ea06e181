// Kinds that show other kinds' objects in another shape: autoscaling/v1 autoscalers and events.k8s.io/v1 events.
import type { HorizontalPodAutoscaler, KubeObject } from '../../types/index.ts';
import { notSupported, required, tooLong } from '../fieldErrors.ts';
import type { FieldError } from '../fieldErrors.ts';
import type { Json } from '../json.ts';
import type { ResourceInfo } from '../registry.ts';
import { events } from './config.ts';
import { horizontalPodAutoscalers } from './policy.ts';
import type { Kind } from './rules.ts';

/** A view: `show` and `read` convert a whole object, `fields` maps names in field selectors to the base's. */
export interface View {
  info: ResourceInfo;
  base: Kind;
  show(object: KubeObject): KubeObject;
  read(object: KubeObject): KubeObject;
  validate?(object: KubeObject): FieldError[];
  fields: Readonly<Record<string, string>>;
}

const all = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

function infoOf(base: Kind<never>, group: string, version: string): ResourceInfo {
  const { kind, resource, singular, namespaced, shortNames = [], categories = [], subresources = [] } = base;
  return {
    group, version, kind, resource, singular, namespaced, shortNames, categories, verbs: all, virtual: false, viewOf: `${base.group}/${base.version}`,
    subresources: subresources.map((part) => ({ ...part, group, version })),
  };
}

interface OldAutoscaler extends KubeObject {
  spec: { scaleTargetRef: HorizontalPodAutoscaler['spec']['scaleTargetRef']; minReplicas?: number; maxReplicas: number; targetCPUUtilizationPercentage?: number };
  status?: { observedGeneration?: number; lastScaleTime?: string; currentReplicas: number; desiredReplicas: number };
}

const metricsAnnotation = 'autoscaling.alpha.kubernetes.io/metrics';
const conditionsAnnotation = 'autoscaling.alpha.kubernetes.io/conditions';
const behaviorAnnotation = 'autoscaling.alpha.kubernetes.io/behavior';
const isCpuShare = ({ type, resource }: NonNullable<HorizontalPodAutoscaler['spec']['metrics']>[number]): boolean =>
  type === 'Resource' && resource?.name === 'cpu' && resource.target.averageUtilization !== undefined;

/** What v1 has no fields for travels in annotations, as upstream converts. */
const autoscalersV1: View = {
  info: infoOf(horizontalPodAutoscalers, 'autoscaling', 'v1'), base: horizontalPodAutoscalers as unknown as Kind, fields: {},
  show(object) {
    const { metadata, spec: { metrics = [], behavior, ...rest }, status } = object as HorizontalPodAutoscaler;
    const cpu = metrics.find(isCpuShare), others = metrics.filter((metric) => metric !== cpu);
    const extra: Record<string, string> = {
      ...(others.length > 0 ? { [metricsAnnotation]: JSON.stringify(others) } : {}), ...(behavior ? { [behaviorAnnotation]: JSON.stringify(behavior) } : {}),
      ...(status?.conditions?.length ? { [conditionsAnnotation]: JSON.stringify(status.conditions) } : {}),
    };
    const percentage = cpu?.resource?.target.averageUtilization;
    const { conditions: _c, currentMetrics: _m, ...counts } = status ?? { desiredReplicas: 0 };
    return {
      apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler',
      metadata: Object.keys(extra).length > 0 ? { ...metadata, annotations: { ...metadata.annotations, ...extra } } : metadata,
      spec: { ...rest, ...(percentage === undefined ? {} : { targetCPUUtilizationPercentage: percentage }) },
      status: { currentReplicas: 0, ...counts },
    } as KubeObject;
  },
  read(object) {
    const { metadata, spec: { targetCPUUtilizationPercentage: percentage, ...rest } = {} as OldAutoscaler['spec'], status } = object as OldAutoscaler;
    const { [metricsAnnotation]: others, [behaviorAnnotation]: behavior, [conditionsAnnotation]: conditions, ...annotations } = metadata.annotations ?? {};
    const metrics = [
      ...(percentage === undefined ? [] : [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: percentage } } }]),
      ...tryJson(others, Array.isArray) ?? [],
    ];
    const shaping = tryJson(behavior, (value) => typeof value === 'object');
    return {
      apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { ...metadata, annotations },
      spec: { ...rest, ...(metrics.length > 0 ? { metrics } : {}), ...(shaping ? { behavior: shaping } : {}) },
      ...(status ? { status: { ...status, currentMetrics: null, conditions: tryJson(conditions, Array.isArray) ?? [] } } : {}),
    } as unknown as KubeObject;
  },
};

function tryJson(text: string | undefined, fits: (value: unknown) => boolean): Json[] | undefined {
  try {
    const value: unknown = JSON.parse(text ?? 'null');
    return value !== null && fits(value) ? value as Json[] : undefined;
  } catch {
    return undefined;
  }
}

const renamed: Record<string, string> = {
  note: 'message', regarding: 'involvedObject', reportingController: 'reportingComponent', deprecatedSource: 'source', deprecatedFirstTimestamp: 'firstTimestamp',
  deprecatedLastTimestamp: 'lastTimestamp', deprecatedCount: 'count',
};
const backwards = Object.fromEntries(Object.entries(renamed).map(([own, base]) => [base, own]));

function rename(object: KubeObject, names: Record<string, string>, apiVersion: string): KubeObject {
  return { ...Object.fromEntries(Object.entries(object).map(([key, value]) => [names[key] ?? key, value])), apiVersion } as unknown as KubeObject;
}

const involved = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];

const eventsV1: View = {
  info: infoOf(events, 'events.k8s.io', 'v1'), base: events as unknown as Kind,
  fields: { ...Object.fromEntries(involved.map((name) => [`regarding.${name}`, `involvedObject.${name}`])), reportingController: 'reportingComponent' },
  show: (object) => rename(object, backwards, 'events.k8s.io/v1'),
  read: (object) => rename(object, renamed, 'v1'),
  validate(object) {
    const event = object as KubeObject & Record<string, unknown>;
    return [
      ...['eventTime', 'reportingController', 'reportingInstance', 'action', 'reason'].filter((field) => !event[field]).map((field) => required(field)),
      ...(event['type'] === 'Normal' || event['type'] === 'Warning' ? [] : [notSupported('type', event['type'] ?? '', ['Normal', 'Warning'])]),
      ...(String(event['note'] ?? '').length > 1024 ? [tooLong('note', 1024)] : []),
    ];
  },
};

/** Every view. */
export const views: readonly View[] = [autoscalersV1, eventsV1];
