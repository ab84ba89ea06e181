// Namespaces and Nodes, the kinds without a namespace.
import type { Namespace, Node } from '../../types/index.ts';
import { forbiddenField, invalidValue, oneOf, repeated, required } from '../fieldErrors.ts';
import { sameJson } from '../json.ts';
import { dnsLabel, dnsSubdomain } from '../names.ts';
import type { Kind } from './rules.ts';

const nameLabel = 'kubernetes.io/metadata.name';

/** core/v1 Namespace: born Active with the finalizer that the namespace controller removes through `finalize`. */
export const namespaces: Kind<Namespace> = {
  group: '', version: 'v1', kind: 'Namespace', resource: 'namespaces', singular: 'namespace', namespaced: false, shortNames: ['ns'],
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: [
    { name: 'finalize', group: '', version: 'v1', kind: 'Namespace', verbs: ['update'] },
    { name: 'status', group: '', version: 'v1', kind: 'Namespace', verbs: ['get', 'patch', 'update'] },
  ],
  rules: {
    nameRule: dnsLabel, hasStatus: true,
    fields: { 'status.phase': (object) => (object as Namespace).status?.phase ?? '' },
    defaults(object) {
      object.metadata.labels = { ...object.metadata.labels };
      if (object.metadata.name) object.metadata.labels[nameLabel] ??= object.metadata.name;
    },
    prepareCreate(object) {
      object.metadata.labels = { ...object.metadata.labels, [nameLabel]: object.metadata.name ?? '' };
      object.spec = { finalizers: [...new Set([...object.spec?.finalizers ?? [], 'kubernetes'])] };
      object.status = { phase: 'Active' };
    },
    prepareUpdate(next, live) {
      next.spec = { ...next.spec, ...(live.spec?.finalizers ? { finalizers: live.spec.finalizers } : {}) };
      if (!live.spec?.finalizers) delete next.spec.finalizers;
    },
    validateUpdate: (next) => (next.metadata.labels?.[nameLabel] === next.metadata.name ? []
      : [invalidValue(`metadata.labels[${nameLabel}]`, next.metadata.labels?.[nameLabel] ?? '', `must be ${next.metadata.name}`)]),
  },
};

/** core/v1 Node; status is kept on create, since a kubelet registers with it. */
export const nodes: Kind<Node> = {
  group: '', version: 'v1', kind: 'Node', resource: 'nodes', singular: 'node', namespaced: false, shortNames: ['no'],
  subresources: [{ name: 'status', group: '', version: 'v1', kind: 'Node', verbs: ['get', 'patch', 'update'] }],
  rules: {
    nameRule: dnsSubdomain, hasStatus: true, statusOnCreate: true,
    fields: { 'spec.unschedulable': (object) => String((object as Node).spec?.unschedulable ?? false) },
    defaults(object) {
      object.spec ??= {};
      if (object.spec.podCIDR && !object.spec.podCIDRs) object.spec.podCIDRs = [object.spec.podCIDR];
      if (!object.spec.podCIDR && object.spec.podCIDRs?.[0]) object.spec.podCIDR = object.spec.podCIDRs[0];
    },
    validate: ({ spec }) => [
      ...(spec.taints ?? []).flatMap((taint, at) => [
        ...(taint.key ? [] : [required(`spec.taints[${at}].key`)]),
        ...(taint.effect ? oneOf(`spec.taints[${at}].effect`, taint.effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute']) : [required(`spec.taints[${at}].effect`)]),
      ]),
      ...repeated(spec.taints ?? [], (at) => `spec.taints[${at}]`, ({ key, effect }) => ({ key, effect })),
    ],
    validateUpdate: (next, live) => [
      ...(!live.spec.podCIDRs || sameJson(next.spec.podCIDRs, live.spec.podCIDRs) ? [] : [forbiddenField('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid')]),
      ...(!live.spec.providerID || next.spec.providerID === live.spec.providerID ? [] : [forbiddenField('spec.providerID', 'node updates may not change providerID except from "" to valid')]),
    ],
  },
};
