// Tables of nodes, namespaces, events, leases and the small kinds of core.
import type { ConfigMap, KubeObject, Namespace, Node, Secret } from '../../types/index.ts';
import { ageOf } from './duration.ts';
import { column, printer } from './printer.ts';

const rolePrefix = 'node-role.kubernetes.io/';

function nodeRoles({ metadata }: Node): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    if (key.startsWith(rolePrefix) && key.length > rolePrefix.length) roles.add(key.slice(rolePrefix.length));
    else if (key === 'kubernetes.io/role' && value !== '') roles.add(value);
  }
  return [...roles].sort().join(',') || '<none>';
}

function nodeStatus({ spec, status }: Node): string {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const text = ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown';
  return spec?.unschedulable ? `${text},SchedulingDisabled` : text;
}

/** core/v1 Node. */
export const nodePrinter = printer<Node>(
  ['Name', 'Status', 'Roles', 'Age', 'Version', '+Internal-IP', '+External-IP', '+OS-Image', '+Kernel-Version', '+Container-Runtime'],
  (node, now) => {
    const info = (node.status?.['nodeInfo'] ?? {}) as Record<string, string | undefined>;
    const address = (type: string) => node.status?.addresses?.find((one) => one.type === type)?.address ?? '<none>';
    return [
      node.metadata.name, nodeStatus(node), nodeRoles(node), ageOf(node.metadata.creationTimestamp, now), info['kubeletVersion'] ?? '',
      address('InternalIP'), address('ExternalIP'), info['osImage'] || '<unknown>', info['kernelVersion'] || '<unknown>', info['containerRuntimeVersion'] || '<unknown>',
    ];
  });

/** core/v1 Namespace. */
export const namespacePrinter = printer<Namespace>(['Name', 'Status', 'Age'],
  ({ metadata, status }, now) => [metadata.name, status?.phase ?? '', ageOf(metadata.creationTimestamp, now)]);

/** core/v1 ConfigMap. */
export const configMapPrinter = printer<ConfigMap>(['Name', column('Data'), 'Age'],
  ({ metadata, data, binaryData }, now) => [metadata.name, Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length, ageOf(metadata.creationTimestamp, now)]);

/** core/v1 Secret. */
export const secretPrinter = printer<Secret>(['Name', 'Type', column('Data'), 'Age'],
  ({ metadata, type, data }, now) => [metadata.name, type ?? '', Object.keys(data ?? {}).length, ageOf(metadata.creationTimestamp, now)]);

/** core/v1 ServiceAccount. */
export const serviceAccountPrinter = printer<KubeObject & { secrets?: unknown[] }>(['Name', column('Secrets'), 'Age'],
  ({ metadata, secrets }, now) => [metadata.name, secrets?.length ?? 0, ageOf(metadata.creationTimestamp, now)]);

/** coordination.k8s.io/v1 Lease. */
export const leasePrinter = printer<KubeObject & { spec?: { holderIdentity?: string } }>(['Name', 'Holder', 'Age'],
  ({ metadata, spec }, now) => [metadata.name, spec?.holderIdentity ?? '', ageOf(metadata.creationTimestamp, now)]);

interface Event extends KubeObject {
  involvedObject?: { kind?: string; name?: string; fieldPath?: string };
  /** events.k8s.io names. */
  regarding?: { kind?: string; name?: string; fieldPath?: string };
  note?: string;
  type?: string;
  reason?: string;
  message?: string;
  source?: { component?: string; host?: string };
  reportingComponent?: string;
  reportingController?: string;
  reportingInstance?: string;
  firstTimestamp?: string | null;
  lastTimestamp?: string | null;
  eventTime?: string | null;
  count?: number;
  series?: { count?: number; lastObservedTime?: string };
  deprecatedSource?: Event['source'];
  deprecatedFirstTimestamp?: string | null;
  deprecatedLastTimestamp?: string | null;
  deprecatedCount?: number;
}

function eventSource({ source, reportingComponent, reportingController, reportingInstance }: Event): string {
  const component = source?.component || reportingController || reportingComponent || '';
  const host = source?.host || (source?.component ? '' : reportingInstance) || '';
  return host ? `${component}, ${host}` : component;
}

/** core/v1 and events.k8s.io/v1 Event. */
export const eventPrinter = printer<Event>(
  ['Last Seen', 'Type', 'Reason', 'Object', '+Subobject', '+Source', 'Message', '+First Seen', '+Count', '+Name'],
  (given, now) => {
    const { deprecatedSource: source, deprecatedFirstTimestamp: firstTimestamp, deprecatedLastTimestamp: lastTimestamp, deprecatedCount: count } = given;
    const event: Event = given.regarding ? { ...given, ...(source ? { source } : {}), firstTimestamp, lastTimestamp, ...(count ? { count } : {}) } : given;
    const target = event.involvedObject ?? event.regarding ?? {};
    const kind = (target.kind ?? '').toLowerCase();
    const first = ageOf(event.firstTimestamp || event.eventTime, now);
    const last = event.series ? ageOf(event.series.lastObservedTime, now) : event.lastTimestamp ? ageOf(event.lastTimestamp, now) : first;
    return [
      last, event.type ?? '', event.reason ?? '', target.name ? `${kind}/${target.name}` : kind, target.fieldPath ?? '', eventSource(event),
      (event.message ?? event.note ?? '').trim(), first, event.series?.count ?? (event.count || 1), event.metadata.name,
    ];
  });
