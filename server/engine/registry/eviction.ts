// POST pods/NAME/eviction: a deletion that a PodDisruptionBudget may refuse.
import type { StoredEntry } from '../storage/storage.ts';
import { StatusError } from '../types/index.ts';
import type { DeleteOptions, KubeObject, Pod, PodDisruptionBudget } from '../types/index.ts';
import { decodeBody } from './bodies.ts';
import { kindOf, prefixOf, requireEntry, timeNow } from './context.ts';
import type { Context } from './context.ts';
import { deleteObject } from './deletes.ts';
import { copyJson } from './json.ts';
import { podDisruptionBudgets } from './kinds/policy.ts';
import type { Kind } from './kinds/rules.ts';
import type { Target, WriteOptions } from './registry.ts';
import { selectorPredicate } from './selectors/labels.ts';
import { commitUpdate } from './writes.ts';

type Entry = StoredEntry & { value: PodDisruptionBudget };

/** How long a client is told to wait for a budget that its controller has not looked at yet. */
const retrySeconds = 10;

const isReady = (pod: Pod): boolean => pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;

function refusal(cause: string, retryAfterSeconds?: number): StatusError {
  return new StatusError('TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }), causes: [{ reason: 'DisruptionBudget', message: cause }],
  });
}

function budgetsOf(context: Context, pod: Pod): Entry[] {
  const listed = context.storage.list(prefixOf(podDisruptionBudgets as unknown as Kind, pod.metadata.namespace));
  const entries = listed.outcome === 'listed' ? listed.entries as Entry[] : [];
  return entries.filter(({ value }) => value.spec?.selector && selectorPredicate(value.spec.selector)(pod.metadata.labels));
}

/** Takes one disruption from the budget; throws TooManyRequests when there is none. */
function spend(context: Context, entry: Entry, pod: Pod, options: WriteOptions): void {
  const { metadata, status, spec } = entry.value;
  const { name } = metadata;
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) throw refusal(`The disruption budget ${name} is still being processed by the server.`, retrySeconds);
  const { currentHealthy = 0, desiredHealthy = 0, disruptionsAllowed = 0 } = status ?? {};
  if (!isReady(pod)) {
    if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return;
    if (currentHealthy >= desiredHealthy && desiredHealthy > 0) return;
  }
  if (disruptionsAllowed <= 0) throw refusal(`The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`);
  const next = copyJson(entry.value);
  next.status = { ...next.status!, disruptionsAllowed: disruptionsAllowed - 1, disruptedPods: { ...next.status?.disruptedPods, [pod.metadata.name]: timeNow(context) } };
  commitUpdate(context, podDisruptionBudgets as unknown as Kind, entry, next, { ...options, subresource: 'status' });
}

/** Evicts a pod; answers Status Success. Throws NotFound, TooManyRequests (a budget forbids it), InternalError (several budgets). */
export function evictPod(context: Context, target: Target, body: unknown, options: WriteOptions): KubeObject {
  const { object } = decodeBody(body, { group: 'policy', version: 'v1', kind: 'Eviction' }, options);
  const { dryRun: dry, ...deletion }: DeleteOptions & { dryRun?: string[] } = (object as KubeObject & { deleteOptions?: DeleteOptions & { dryRun?: string[] } }).deleteOptions ?? {};
  const dryRun = options.dryRun === true || dry?.includes('All') === true;
  const where = { resource: target.resource, namespace: target.namespace!, name: target.name! };
  const kind = kindOf(context, where);
  const live = requireEntry(context, kind, where) as StoredEntry & { value: Pod };
  const pod = live.value;
  const phase = pod.status?.phase;
  const free = phase === 'Succeeded' || phase === 'Failed' || phase === 'Pending' || pod.metadata.deletionTimestamp !== undefined;
  if (!free) {
    const budgets = budgetsOf(context, pod);
    if (budgets.length > 1) throw new StatusError('InternalError', 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.');
    if (budgets[0]) spend(context, budgets[0], pod, { ...options, dryRun });
    if (!dryRun) markDisrupted(context, kind, live, options);
  }
  deleteObject(context, where, { ...deletion, dryRun });
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } as unknown as KubeObject;
}

function markDisrupted(context: Context, kind: Kind, live: StoredEntry & { value: Pod }, options: WriteOptions): void {
  const next = copyJson(live.value);
  const others = (next.status?.conditions ?? []).filter(({ type }) => type !== 'DisruptionTarget');
  next.status = { ...next.status, conditions: [...others, { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting', lastTransitionTime: timeNow(context) }] };
  commitUpdate(context, kind, live, next, { ...options, subresource: 'status' });
}
