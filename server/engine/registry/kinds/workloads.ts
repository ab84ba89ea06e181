// Deployments and ReplicaSets.
import type { Deployment, KubeObject, LabelSelector, PodTemplate, ReplicaSet } from '../../types/index.ts';
import { invalidValue, notSupported, oneOf, required } from '../fieldErrors.ts';
import type { FieldError } from '../fieldErrors.ts';
import { sameJson } from '../json.ts';
import { checkAnnotations, checkLabels, dnsSubdomain } from '../names.ts';
import { selectorPredicate } from '../selectors/labels.ts';
import { checkSelector } from './networkPolicies.ts';
import { defaultPodSpec } from './pods/defaults.ts';
import { validatePodSpec } from './pods/validation.ts';
import type { Kind } from './rules.ts';
import type { SubresourceInfo } from '../registry.ts';

export type Spec = { replicas?: number; minReadySeconds?: number; selector?: LabelSelector; template?: PodTemplate };

/** `scale` and `status` of a kind of apps/v1. */
export const subresources = (kind: string): SubresourceInfo[] => [
  { name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get', 'patch', 'update'] },
  { name: 'status', group: 'apps', version: 'v1', kind, verbs: ['get', 'patch', 'update'] },
];

/** Problems of what every workload of apps/v1 has; `noun` is the kind as upstream's sentences name it. */
export function validateWorkload(spec: Spec, noun = 'deployment'): FieldError[] {
  const { selector, template, replicas = 0, minReadySeconds = 0 } = spec;
  const empty = !selector?.matchExpressions?.length && Object.keys(selector?.matchLabels ?? {}).length === 0;
  const labels = template?.metadata?.labels ?? {};
  const problems: FieldError[] = [];
  if (replicas < 0) problems.push(invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0'));
  if (minReadySeconds < 0) problems.push(invalidValue('spec.minReadySeconds', minReadySeconds, 'must be greater than or equal to 0'));
  if (!selector) problems.push(required('spec.selector'));
  else if (empty) problems.push(invalidValue('spec.selector', selector, `empty selector is invalid for ${noun}`));
  else problems.push(...checkSelector('spec.selector', selector));
  if (!template) return [...problems, required('spec.template')];
  if (selector && !empty && !selectorPredicate(selector)(labels)) problems.push(invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  problems.push(...checkLabels('spec.template.labels', labels), ...checkAnnotations('spec.template.annotations', template.metadata?.annotations));
  problems.push(...validatePodSpec(template.spec, 'spec.template.spec'));
  if (template.spec?.restartPolicy && template.spec.restartPolicy !== 'Always') problems.push(notSupported('spec.template.spec.restartPolicy', template.spec.restartPolicy, ['Always']));
  return problems;
}

/** The selector may not change. */
export function fixedSelector(next: { spec: Spec }, live: { spec: Spec }): FieldError[] {
  return sameJson(next.spec.selector, live.spec.selector) ? [] : [invalidValue('spec.selector', next.spec.selector ?? null, 'field is immutable')];
}

/** apps/v1 Deployment. */
export const deployments: Kind<Deployment> = {
  group: 'apps', version: 'v1', kind: 'Deployment', resource: 'deployments', singular: 'deployment', namespaced: true, shortNames: ['deploy'], categories: ['all'],
  subresources: subresources('Deployment'),
  rules: {
    nameRule: dnsSubdomain, hasGeneration: true, hasStatus: true,
    defaults(object) {
      const spec = (object.spec ??= {} as Deployment['spec']);
      spec.replicas ??= 1;
      spec.revisionHistoryLimit ??= 10;
      spec.progressDeadlineSeconds ??= 600;
      spec.strategy ??= {};
      spec.strategy.type ??= 'RollingUpdate';
      if (spec.strategy.type === 'RollingUpdate') spec.strategy.rollingUpdate = { maxSurge: '25%', maxUnavailable: '25%', ...spec.strategy.rollingUpdate };
      if (spec.template?.spec) defaultPodSpec(spec.template.spec);
    },
    validate: (object) => [...validateWorkload(object.spec), ...validateStrategy(object.spec)],
    validateUpdate: fixedSelector,
    prepareStatus(next, live) {
      if (live.metadata.labels) next.metadata.labels = live.metadata.labels;
      else delete next.metadata.labels;
    },
  },
};

function validateStrategy({ strategy, progressDeadlineSeconds, minReadySeconds = 0 }: Deployment['spec']): FieldError[] {
  const problems = oneOf('spec.strategy.type', strategy?.type, ['Recreate', 'RollingUpdate']);
  if (strategy?.type === 'Recreate' && strategy.rollingUpdate) problems.push({ field: 'spec.strategy.rollingUpdate', reason: 'FieldValueForbidden', message: "Forbidden: may not be specified when strategy `type` is 'Recreate'" });
  if (progressDeadlineSeconds !== undefined && progressDeadlineSeconds <= minReadySeconds) problems.push(invalidValue('spec.progressDeadlineSeconds', progressDeadlineSeconds, 'must be greater than minReadySeconds'));
  if (strategy?.type !== 'RollingUpdate') return problems;
  const { maxSurge, maxUnavailable } = strategy.rollingUpdate!;
  for (const [name, value] of Object.entries({ maxSurge, maxUnavailable })) {
    problems.push(...checkShare(`spec.strategy.rollingUpdate.${name}`, value));
  }
  const zero = (value: unknown): boolean => value === 0 || value === '0%';
  if (zero(maxSurge) && zero(maxUnavailable)) problems.push(invalidValue('spec.strategy.rollingUpdate.maxUnavailable', maxUnavailable, 'may not be 0 when `maxSurge` is 0'));
  return problems;
}

/** Problems of a count or a percentage; an absent one has none. */
export function checkShare(field: string, value: number | string | undefined): FieldError[] {
  if (typeof value === 'number') return value >= 0 ? [] : [invalidValue(field, value, 'must be greater than or equal to 0')];
  if (value === undefined || /^\d+%$/.test(value)) return [];
  return [invalidValue(field, value, "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')")];
}

/** apps/v1 ReplicaSet. */
export const replicaSets: Kind<ReplicaSet> = {
  group: 'apps', version: 'v1', kind: 'ReplicaSet', resource: 'replicasets', singular: 'replicaset', namespaced: true, shortNames: ['rs'], categories: ['all'],
  subresources: subresources('ReplicaSet'),
  rules: {
    nameRule: dnsSubdomain, hasGeneration: true, hasStatus: true,
    fields: { 'status.replicas': (object: KubeObject) => String((object as ReplicaSet).status?.replicas ?? 0) },
    defaults(object) {
      const spec = (object.spec ??= {} as ReplicaSet['spec']);
      spec.replicas ??= 1;
      if (spec.template?.spec) defaultPodSpec(spec.template.spec);
    },
    prepareCreate(object) {
      object.status = { replicas: 0 };
    },
    validate: (object) => validateWorkload(object.spec, 'replicaset'),
    validateUpdate: fixedSelector,
  },
};
