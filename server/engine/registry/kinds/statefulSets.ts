// StatefulSets.
import type { StatefulSet } from '../../types/index.ts';
import { forbiddenField, invalidValue, oneOf } from '../fieldErrors.ts';
import { sameJson } from '../json.ts';
import { dnsSubdomain } from '../names.ts';
import { defaultPodSpec } from './pods/defaults.ts';
import type { Kind } from './rules.ts';
import { subresources, validateWorkload } from './workloads.ts';

const changeable = ['replicas', 'ordinals', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy', 'minReadySeconds'] as const;
const fixedMessage = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

function fixedPart(spec: StatefulSet['spec']): unknown {
  const { revisionHistoryLimit: _limit, ...rest } = spec;
  for (const field of changeable) delete rest[field];
  return rest;
}

/** apps/v1 StatefulSet. Volume claim templates are refused, since the cluster has no persistent volumes. */
export const statefulSets: Kind<StatefulSet> = {
  group: 'apps', version: 'v1', kind: 'StatefulSet', resource: 'statefulsets', singular: 'statefulset', namespaced: true, shortNames: ['sts'], categories: ['all'],
  subresources: subresources('StatefulSet'),
  rules: {
    nameRule: dnsSubdomain, hasGeneration: true, hasStatus: true,
    defaults(object) {
      const spec = (object.spec ??= {} as StatefulSet['spec']);
      spec.replicas ??= 1;
      spec.revisionHistoryLimit ??= 10;
      spec.podManagementPolicy ||= 'OrderedReady';
      spec.updateStrategy ??= {};
      spec.updateStrategy.type ||= 'RollingUpdate';
      if (spec.updateStrategy.type === 'RollingUpdate') spec.updateStrategy.rollingUpdate = { partition: spec.updateStrategy.rollingUpdate?.partition ?? 0 };
      spec.persistentVolumeClaimRetentionPolicy = { whenDeleted: 'Retain', whenScaled: 'Retain', ...spec.persistentVolumeClaimRetentionPolicy };
      if (spec.template?.spec) defaultPodSpec(spec.template.spec);
    },
    prepareCreate(object) {
      object.status = { replicas: 0, availableReplicas: 0 };
    },
    validate({ spec }) {
      const { partition = 0 } = spec.updateStrategy?.rollingUpdate ?? {};
      const start = spec.ordinals?.start ?? 0;
      return [
        ...oneOf('spec.podManagementPolicy', spec.podManagementPolicy, ['OrderedReady', 'Parallel']),
        ...oneOf('spec.updateStrategy', spec.updateStrategy?.type, ['RollingUpdate', 'OnDelete']),
        ...(partition < 0 ? [invalidValue('spec.updateStrategy.rollingUpdate.partition', partition, 'must be greater than or equal to 0')] : []),
        ...(start < 0 ? [invalidValue('spec.ordinals.start', start, 'must be greater than or equal to 0')] : []),
        ...(spec.volumeClaimTemplates?.length ? [forbiddenField('spec.volumeClaimTemplates', 'this cluster has no persistent volumes; use an emptyDir volume in spec.template instead')] : []),
        ...validateWorkload(spec, 'statefulset'),
      ];
    },
    validateUpdate: (next, live) => (sameJson(fixedPart(next.spec), fixedPart(live.spec)) ? [] : [forbiddenField('spec', fixedMessage)]),
  },
};
