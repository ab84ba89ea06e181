// ConfigMaps, Secrets and ServiceAccounts.
import type { ConfigMap, KubeObject, Secret } from '../../types/index.ts';
import { forbiddenField, invalidValue, required, tooLong } from '../fieldErrors.ts';
import type { FieldError } from '../fieldErrors.ts';
import { sameJson } from '../json.ts';
import { dnsSubdomain } from '../names.ts';
import type { Kind } from './rules.ts';

const maxBytes = 1024 * 1024;
const keyProblem = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

function checkKeys(field: string, data: Record<string, string> | undefined): FieldError[] {
  return Object.keys(data ?? {}).flatMap((key) => [
    ...(/^[-._a-zA-Z0-9]+$/.test(key) ? [] : [invalidValue(`${field}[${key}]`, key, keyProblem)]),
    ...(key.length > 253 ? [invalidValue(`${field}[${key}]`, key, 'must be no more than 253 characters')] : []),
    ...(key === '.' || key === '..' ? [invalidValue(`${field}[${key}]`, key, `must not be '${key}'`)] : []),
  ]);
}

function checkImmutable(next: { immutable?: boolean; data?: unknown; binaryData?: unknown }, live: { immutable?: boolean; data?: unknown; binaryData?: unknown }): FieldError[] {
  if (!live.immutable) return [];
  const problems: FieldError[] = [];
  const fixed = 'field is immutable when `immutable` is set';
  if (!next.immutable) problems.push(forbiddenField('immutable', fixed));
  if (!sameJson(next.data, live.data)) problems.push(forbiddenField('data', fixed));
  if (!sameJson(next.binaryData, live.binaryData)) problems.push(forbiddenField('binaryData', fixed));
  return problems;
}

const decodedSize = (data: Record<string, string> | undefined): number => Object.values(data ?? {}).reduce((sum, value) => sum + Math.floor(value.length * 0.75), 0);

/** core/v1 ConfigMap. */
export const configMaps: Kind<ConfigMap> = {
  group: '', version: 'v1', kind: 'ConfigMap', resource: 'configmaps', singular: 'configmap', namespaced: true, shortNames: ['cm'],
  rules: {
    nameRule: dnsSubdomain,
    validate(object) {
      const size = Object.values(object.data ?? {}).reduce((sum, value) => sum + Buffer.byteLength(value), 0) + decodedSize(object.binaryData);
      return [
        ...checkKeys('data', object.data), ...checkKeys('binaryData', object.binaryData),
        ...Object.keys(object.binaryData ?? {}).filter((key) => object.data?.[key] !== undefined).map((key) => invalidValue(`binaryData[${key}]`, key, 'duplicate of key present in data')),
        ...(size > maxBytes ? [tooLong('', maxBytes)] : []),
      ];
    },
    validateUpdate: checkImmutable,
  },
};

const requiredKeys: Record<string, readonly string[]> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'], 'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'], 'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
};

/** core/v1 Secret; stringData is written into data. */
export const secrets: Kind<Secret> = {
  group: '', version: 'v1', kind: 'Secret', resource: 'secrets', singular: 'secret', namespaced: true,
  rules: {
    nameRule: dnsSubdomain,
    fields: { type: (object) => (object as Secret).type ?? '' },
    defaults(object) {
      const withText = object as Secret & { stringData?: Record<string, string> };
      for (const [key, value] of Object.entries(withText.stringData ?? {})) object.data = { ...object.data, [key]: Buffer.from(value).toString('base64') };
      delete withText.stringData;
      object.type ??= 'Opaque';
    },
    validate: (object) => [
      ...checkKeys('data', object.data),
      ...(requiredKeys[object.type ?? ''] ?? []).filter((key) => object.data?.[key] === undefined).map((key) => required(`data[${key}]`)),
      ...(decodedSize(object.data) > maxBytes ? [tooLong('data', maxBytes)] : []),
    ],
    validateUpdate: (next, live) => [
      ...(next.type === live.type ? [] : [invalidValue('type', next.type, 'field is immutable')]),
      ...checkImmutable(next, live),
    ],
  },
};

/** core/v1 ServiceAccount. */
export const serviceAccounts: Kind = {
  group: '', version: 'v1', kind: 'ServiceAccount', resource: 'serviceaccounts', singular: 'serviceaccount', namespaced: true, shortNames: ['sa'],
  rules: { nameRule: dnsSubdomain },
};

interface Lease extends KubeObject { spec?: { leaseDurationSeconds?: number; leaseTransitions?: number } }

/** coordination.k8s.io/v1 Lease. */
export const leases: Kind<Lease> = {
  group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', resource: 'leases', singular: 'lease', namespaced: true,
  rules: {
    nameRule: dnsSubdomain, versionedUpdates: true,
    validate: ({ spec }) => [
      ...(spec?.leaseDurationSeconds !== undefined && spec.leaseDurationSeconds <= 0 ? [invalidValue('spec.leaseDurationSeconds', spec.leaseDurationSeconds, 'must be greater than 0')] : []),
      ...(spec?.leaseTransitions !== undefined && spec.leaseTransitions < 0 ? [invalidValue('spec.leaseTransitions', spec.leaseTransitions, 'must be greater than or equal to 0')] : []),
    ],
  },
};

interface CoreEvent extends KubeObject {
  involvedObject?: Record<string, string>; reason?: string; type?: string; source?: { component?: string; host?: string };
  reportingComponent?: string; firstTimestamp?: string; lastTimestamp?: string; count?: number;
}

const involved = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];

/** core/v1 Event. */
export const events: Kind<CoreEvent> = {
  group: '', version: 'v1', kind: 'Event', resource: 'events', singular: 'event', namespaced: true, shortNames: ['ev'],
  rules: {
    nameRule: dnsSubdomain,
    fields: {
      ...Object.fromEntries(involved.map((name) => [`involvedObject.${name}`, (object: KubeObject) => (object as CoreEvent).involvedObject?.[name] ?? ''])),
      reason: (object) => (object as CoreEvent).reason ?? '',
      type: (object) => (object as CoreEvent).type ?? '',
      source: (object) => (object as CoreEvent).source?.component ?? (object as CoreEvent).reportingComponent ?? '',
      reportingComponent: (object) => (object as CoreEvent).reportingComponent ?? '',
    },
    validate(object) {
      const of = object.involvedObject?.namespace ?? '';
      const home = object.metadata.namespace;
      return of === home || (of === '' && home === 'default') ? [] : [invalidValue('involvedObject.namespace', of, 'does not match event.namespace')];
    },
  },
};
