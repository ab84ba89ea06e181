// The two ends of a connection: a spec's places and targets as probe sources and addresses.
import type { CheckContext, ProbeSource } from '../ports/index.ts';
import { labelOf } from '../labs/index.ts';
import type { Place, Target } from '../labs/index.ts';
import { pickPods } from './pods.ts';
import type { PodSeen } from './pods.ts';

/** A source as found: one entry of `members` for each pod, or one for a machine. `absent` says that the machine does not exist. */
export type SourceSeen = { label: string; any: boolean; members: { name: string; address?: string; pod?: PodSeen }[]; absent?: boolean };

/** A target as found: `members` are what is tried. `absent` says what is missing, when something is. */
export type TargetSeen = { label: string; any: boolean; members: { name: string; host: string; pod?: PodSeen }[]; pods: PodSeen[]; absent?: string };

/** True when a connection can be tried from or to this pod. */
function isUp(pod: PodSeen): boolean {
  return pod.ip !== undefined && pod.condition !== 'leaving' && pod.containers.some((container) => container.running);
}

/** Finds the pods or the machine of a place. Pods that are not up stay listed without being tried. */
export async function findSource(place: Place, context: CheckContext, namespace: string): Promise<SourceSeen> {
  const label = labelOf(place);
  if (place.machine !== undefined) {
    const machine = context.cluster.machines.find((one) => one.name === place.machine);
    return machine ? { label, any: place.any, members: [{ name: machine.name, address: machine.address }] } : { label, any: place.any, members: [], absent: true };
  }
  const pods = await pickPods(place, context, namespace);
  return { label, any: place.any, members: pods.map((pod) => ({ name: pod.name, pod, ...(pod.ip ? { address: pod.ip } : {}) })) };
}

/** Finds what a target stands for. */
export async function findTarget(target: Target, context: CheckContext, namespace: string): Promise<TargetSeen> {
  const base = { label: labelOf(target), any: target.any, pods: [] as PodSeen[] };
  if (target.host !== undefined) return { ...base, members: [{ name: target.host, host: target.host }] };
  if (target.machine !== undefined) {
    const machine = context.cluster.machines.find((one) => one.name === target.machine);
    return machine ? { ...base, members: [{ name: machine.name, host: machine.address }] } : { ...base, members: [], absent: `there is no machine ${target.machine}` };
  }
  if (target.service !== undefined) {
    const home = target.namespace ?? namespace;
    const service = await context.cluster.kube.get({ apiVersion: 'v1', resource: 'services', namespace: home }, target.service);
    const address = (service as { spec?: { clusterIP?: string } } | undefined)?.spec?.clusterIP;
    if (!service) return { ...base, members: [], absent: `there is no Service ${target.service} in ${home}` };
    if (target.by === 'address' && (!address || address === 'None')) return { ...base, members: [], absent: `Service ${target.service} has no cluster address` };
    return { ...base, members: [{ name: target.service, host: target.by === 'name' ? `${target.service}.${home}.svc.cluster.local` : address! }] };
  }
  const pods = await pickPods(target, context, namespace);
  return { ...base, pods, members: pods.filter(isUp).map((pod) => ({ name: pod.name, host: pod.ip!, pod })) };
}

/** The members of a source that can be entered, with how to enter them. */
export function enterable(source: SourceSeen): { name: string; address?: string; pod?: PodSeen; probe: ProbeSource }[] {
  return source.members.filter((member) => !member.pod || isUp(member.pod)).map((member) => ({
    ...member,
    probe: member.pod ? { kind: 'pod', namespace: member.pod.namespace, pod: member.pod.name } : { kind: 'machine', name: member.name },
  }));
}

/** Why an end cannot take part: a sentence and whether waiting helps; undefined when it can. */
export function endMissing(end: SourceSeen | TargetSeen, what: string): { kind: 'waiting' | 'failed' | 'broken'; finding: string; direction: string } | undefined {
  if (end.absent === true) return { kind: 'broken', finding: `This cluster has no machine ${end.label}.`, direction: 'This is not your fault. Tell your instructor.' };
  if (typeof end.absent === 'string') return { kind: 'failed', finding: `${end.absent[0]!.toUpperCase()}${end.absent.slice(1)}.`, direction: 'Create it, or compare its name and namespace with the text.' };
  const pods = 'pods' in end ? end.pods : end.members.flatMap((member) => (member.pod ? [member.pod] : []));
  const isPods = 'pods' in end ? end.pods.length > 0 || end.members.length === 0 : end.members.length === 0 || pods.length > 0;
  if (!isPods) return undefined;
  const staying = pods.filter((pod) => pod.condition !== 'leaving');
  if (staying.length === 0 && pods.length > 0) return { kind: 'waiting', finding: `Pod ${pods[0]!.name} is being deleted.`, direction: 'Nothing to do: this runs again by itself.' };
  if (staying.length === 0) return { kind: 'failed', finding: `There is no pod to ${what} (${end.label}).`, direction: 'List the pods of this lab\'s namespace and compare them with the text.' };
  return undefined;
}
