// DaemonSets and ControllerRevisions.
import type { ControllerRevision, DaemonSet } from '../../types/index.ts';
import { invalidValue, oneOf, required } from '../fieldErrors.ts';
import { sameJson } from '../json.ts';
import { dnsSubdomain } from '../names.ts';
import { defaultPodSpec } from './pods/defaults.ts';
import type { Kind } from './rules.ts';
import { checkShare, fixedSelector, validateWorkload } from './workloads.ts';

const generationAnnotation = 'deprecated.daemonset.template.generation';
const zero = (value: unknown): boolean => value === 0 || value === '0%';

/** apps/v1 DaemonSet. The annotation of the template's generation counts changes of the template, as upstream. */
export const daemonSets: Kind<DaemonSet> = {
  group: 'apps', version: 'v1', kind: 'DaemonSet', resource: 'daemonsets', singular: 'daemonset', namespaced: true, shortNames: ['ds'], categories: ['all'],
  subresources: [{ name: 'status', group: 'apps', version: 'v1', kind: 'DaemonSet', verbs: ['get', 'patch', 'update'] }],
  rules: {
    nameRule: dnsSubdomain, hasGeneration: true, hasStatus: true,
    defaults(object) {
      const spec = (object.spec ??= {} as DaemonSet['spec']);
      spec.revisionHistoryLimit ??= 10;
      spec.updateStrategy ??= {};
      spec.updateStrategy.type ||= 'RollingUpdate';
      if (spec.updateStrategy.type === 'RollingUpdate') spec.updateStrategy.rollingUpdate = { maxUnavailable: 1, maxSurge: 0, ...spec.updateStrategy.rollingUpdate };
      if (spec.template?.spec) defaultPodSpec(spec.template.spec);
    },
    prepareCreate(object) {
      object.metadata.annotations = { ...object.metadata.annotations, [generationAnnotation]: '1' };
      object.status = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };
    },
    prepareUpdate(next, live) {
      const before = Number(live.metadata.annotations?.[generationAnnotation]) || 1;
      const generation = before + (sameJson(next.spec.template, live.spec.template) ? 0 : 1);
      next.metadata.annotations = { ...next.metadata.annotations, [generationAnnotation]: String(generation) };
    },
    validate({ spec }) {
      const { maxSurge, maxUnavailable } = spec.updateStrategy?.rollingUpdate ?? {};
      const path = 'spec.updateStrategy.rollingUpdate';
      const problems = [
        ...validateWorkload(spec, 'daemonset'),
        ...oneOf('spec.updateStrategy.type', spec.updateStrategy?.type, ['RollingUpdate', 'OnDelete']),
        ...checkShare(`${path}.maxUnavailable`, maxUnavailable), ...checkShare(`${path}.maxSurge`, maxSurge),
      ];
      if (spec.updateStrategy?.type !== 'RollingUpdate') return problems;
      if (zero(maxUnavailable) && zero(maxSurge)) problems.push(required(`${path}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
      if (!zero(maxUnavailable) && !zero(maxSurge)) problems.push(invalidValue(`${path}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'));
      return problems;
    },
    validateUpdate: fixedSelector,
  },
};

/** apps/v1 ControllerRevision: a state of a StatefulSet or DaemonSet to go back to. */
export const controllerRevisions: Kind<ControllerRevision> = {
  group: 'apps', version: 'v1', kind: 'ControllerRevision', resource: 'controllerrevisions', singular: 'controllerrevision', namespaced: true,
  rules: {
    nameRule: dnsSubdomain,
    defaults(object) {
      object.revision ??= 0;
    },
    validate: ({ revision, data }) => [
      ...(data === undefined ? [required('data', 'data is mandatory')] : []),
      ...(revision < 0 ? [invalidValue('revision', revision, 'must be greater than or equal to 0')] : []),
    ],
    validateUpdate: (next, live) => (sameJson(next.data, live.data) ? [] : [invalidValue('data', next.data, 'field is immutable')]),
  },
};
