// The pods of a Job: their indexes, and which of them count as succeeded, failed or active. Pure.
import type { Job, Pod } from '../types/index.ts';
import { podFrom } from './podCreation.ts';

/** Keeps a pod until the Job has counted its end. */
export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';
export const indexKey = 'batch.kubernetes.io/job-completion-index';

/** True while the Job has not counted the pod's end. */
export function isTracked(pod: Pod): boolean {
  return pod.metadata.finalizers?.includes(trackingFinalizer) ?? false;
}

/** The completion index; undefined when it has none or one outside of `completions`. */
export function indexOf(job: Job, pod: Pod): number | undefined {
  const text = pod.metadata.annotations?.[indexKey] ?? '';
  const index = /^\d+$/.test(text) ? Number(text) : undefined;
  return index !== undefined && index < (job.spec.completions ?? 0) ? index : undefined;
}

export function isIndexed(job: Job): boolean {
  return job.spec.completionMode === 'Indexed';
}

/** A pod that is being deleted has failed unless the Job waits for its true end. */
export function hasFailed(job: Job, pod: Pod): boolean {
  if (pod.status?.phase === 'Failed') return true;
  return pod.metadata.deletionTimestamp !== undefined && pod.status?.phase !== 'Succeeded' && job.spec.podReplacementPolicy !== 'Failed';
}

/** Upstream's text of a set of indexes: `0-2,4`. */
export function formatIndexes(indexes: Iterable<number>): string {
  const sorted = [...new Set(indexes)].toSorted((a, b) => a - b);
  const ranges: [number, number][] = [];
  for (const index of sorted) {
    const last = ranges.at(-1);
    if (last && last[1] === index - 1) last[1] = index;
    else ranges.push([index, index]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : to === from + 1 ? `${from},${to}` : `${from}-${to}`)).join(',');
}

/** The reverse of formatIndexes; what it does not understand it leaves out. */
export function parseIndexes(text: string | undefined): Set<number> {
  const indexes = new Set<number>();
  for (const part of text ? text.split(',') : []) {
    const [from, to = from] = part.split('-').map(Number);
    for (let index = from!; index <= to!; index++) indexes.add(index);
  }
  return indexes;
}

/** A new pod of the Job, for a completion index when it has them. */
export function jobPod(job: Job, index: number | undefined): Pod {
  const { name } = job.metadata;
  const { template } = job.spec;
  const finalizers = [...template.metadata?.finalizers ?? [], trackingFinalizer];
  if (index === undefined) return podFrom(job, template, { generateName: `${name}-`, finalizers });
  const marks = { [indexKey]: String(index) };
  const pod = podFrom(job, template, { generateName: `${name}-${index}-`, finalizers, labels: marks, annotations: marks });
  const variable = { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: `metadata.labels['${indexKey}']` } } };
  const withIndex = <T extends { env?: { name: string }[] }>(container: T): T =>
    (container.env?.some((one) => one.name === variable.name) ? container : { ...container, env: [...container.env ?? [], variable] });
  const { containers, initContainers } = pod.spec;
  return {
    ...pod,
    spec: { ...pod.spec, hostname: `${name}-${index}`, containers: containers.map(withIndex), ...(initContainers ? { initContainers: initContainers.map(withIndex) } : {}) },
  };
}

/** The sum of restarts over the given pods, as a Job whose pods restart in place counts its failures. */
export function restartsOf(pods: readonly Pod[]): number {
  return pods.flatMap(({ status }) => [...status?.containerStatuses ?? [], ...status?.initContainerStatuses ?? []]).reduce((sum, { restartCount }) => sum + restartCount, 0);
}

/** When the pod ended, in ms since the epoch; `fallback` when it does not say. */
export function finishedAt(pod: Pod, fallback: number): number {
  const times = (pod.status?.containerStatuses ?? []).map(({ state }) => Date.parse(state?.terminated?.finishedAt ?? '')).filter((time) => !Number.isNaN(time));
  if (times.length > 0) return Math.max(...times);
  return Date.parse(pod.metadata.deletionTimestamp ?? '') || fallback;
}
