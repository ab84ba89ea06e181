// The scheduler: gives every pending pod a node through the binding subresource, or says why it cannot.
import { DisposableStack, messageOf, systemClock, type Clock, type Disposable, type Logger } from '../../base/index.ts';
import { createEventRecorder } from '../eventRecorder.ts';
import { formatTime, isStatus, resources, type Client, type Condition, type KubeObject, type Node, type Pod } from '../types/index.ts';
import { tryRefuse, unschedulableMessage, type Refusal } from './filters.ts';
import { ClusterState, occupies, type NodeState } from './nodeState.ts';
import { bestNode } from './scores.ts';

const schedulerName = 'default-scheduler';
const bindRetryMs = 100;

export interface SchedulerOptions { client: Client; logger: Logger; clock?: Clock }

type Decision = { node: NodeState } | { refusals: Refusal[] };

/** True when a change of a node could make room for a waiting pod; heartbeats cannot. */
function nodeMatters(before: Node, after: Node): boolean {
  const part = ({ metadata, spec, status }: Node) => JSON.stringify([
    metadata.labels, spec.unschedulable, spec.taints, status?.allocatable, status?.conditions?.find(({ type }) => type === 'Ready')?.status,
  ]);
  return part(before) !== part(after);
}

function isOurs(pod: Pod): boolean {
  return !pod.spec.nodeName && pod.metadata.deletionTimestamp === undefined && occupies(pod)
    && (pod.spec.schedulerName ?? schedulerName) === schedulerName;
}

function gates(pod: Pod): unknown[] {
  return (pod.spec as { schedulingGates?: unknown[] }).schedulingGates ?? [];
}

/** Starts scheduling; one pod takes well under a millisecond of decision and one write. */
export function startScheduler({ client, logger, clock = systemClock }: SchedulerOptions): Disposable {
  const owned = new DisposableStack();
  const recorder = createEventRecorder(client, schedulerName, { logger, clock });
  const pods = client.informer(resources.pods);
  const nodes = client.informer(resources.nodes);
  const namespaces = client.informer(resources.namespaces);
  const cluster = new ClusterState();
  const waiting = new Map<string, Pod>();
  const unschedulable = new Map<string, Pod>();
  const binding = new Set<string>();
  let scheduled = false;
  const namespaceLabels = (name: string) => namespaces.get({ name })?.metadata.labels;

  function wake(): void {
    if (scheduled || waiting.size === 0 || owned.disposed) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      const batch = [...waiting.values()];
      waiting.clear();
      for (const pod of batch) place(pod);
    });
  }

  function wakeUnschedulable(): void {
    for (const [uid, pod] of unschedulable) waiting.set(uid, pod);
    unschedulable.clear();
    wake();
  }

  function decide(pod: Pod): Decision {
    const refusals: Refusal[] = [];
    const candidates: NodeState[] = [];
    for (const state of cluster.nodes.values()) {
      const refusal = tryRefuse(pod, state, cluster, namespaceLabels);
      if (refusal) refusals.push(refusal);
      else candidates.push(state);
    }
    return candidates.length > 0 ? { node: bestNode(pod, candidates, cluster, namespaceLabels) } : { refusals };
  }

  async function report(pod: Pod, reason: string, message: string): Promise<void> {
    const { namespace, name, uid } = pod.metadata;
    const current = pods.get({ namespace, name })?.status?.conditions ?? [];
    const known = current.find(({ type }) => type === 'PodScheduled');
    if (known?.reason === reason && known.message === message) return;
    if (reason === 'Unschedulable') recorder.record(pod, 'Warning', 'FailedScheduling', message);
    const condition: Condition = { type: 'PodScheduled', status: 'False', reason, message, lastProbeTime: null, lastTransitionTime: known?.lastTransitionTime ?? formatTime(clock.now()) };
    const conditions = [...current.filter(({ type }) => type !== 'PodScheduled'), condition];
    try {
      await client.patch(resources.pods, { namespace, name }, { metadata: { uid }, status: { conditions } }, 'status');
    } catch (error) {
      if (!isStatus(error, 'NotFound') && !isStatus(error, 'Conflict')) throw error;
    }
  }

  async function bind(pod: Pod, node: string): Promise<void> {
    const { namespace, name, uid } = pod.metadata;
    const object = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, uid }, target: { apiVersion: 'v1', kind: 'Node', name: node } };
    try {
      await client.updateSubresource(resources.pods, 'binding', object as KubeObject as Pod);
      recorder.record(pod, 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${node}`);
    } catch (error) {
      cluster.removePod(uid!);
      if (isStatus(error, 'NotFound')) return;
      logger.debug({ pod: `${namespace}/${name}`, node, error: messageOf(error) }, 'a pod was not bound');
      owned.add(clock.after(bindRetryMs, () => {
        const now = pods.get({ namespace, name });
        if (now) enqueue(now);
      }));
    } finally {
      binding.delete(uid!);
    }
  }

  function place(pod: Pod): void {
    const { uid } = pod.metadata;
    const failed = (error: unknown) => logger.warn({ pod: pod.metadata.name, error: messageOf(error) }, 'a pod could not be marked unschedulable');
    if (gates(pod).length > 0) {
      report(pod, 'SchedulingGated', 'Scheduling is blocked due to non-empty scheduling gates').catch(failed);
      return;
    }
    const decision = decide(pod);
    if ('node' in decision) {
      // Counted at once: the next pod must not be put where this one is going.
      binding.add(uid!);
      cluster.putPod(pod, decision.node.node.metadata.name);
      void bind(pod, decision.node.node.metadata.name);
    } else {
      unschedulable.set(uid!, pod);
      report(pod, 'Unschedulable', unschedulableMessage(decision.refusals)).catch(failed);
    }
  }

  function enqueue(pod: Pod): void {
    const { uid } = pod.metadata;
    if (!isOurs(pod) || binding.has(uid!)) return;
    waiting.set(uid!, pod);
    wake();
  }

  function forget(pod: Pod): boolean {
    const { uid } = pod.metadata;
    waiting.delete(uid!);
    unschedulable.delete(uid!);
    return cluster.removePod(uid!);
  }

  owned.add(nodes.onEvent((event) => {
    if (event.type === 'deleted') cluster.removeNode(event.object.metadata.name);
    else cluster.putNode(event.object);
    if (event.type !== 'modified' || nodeMatters(event.previous, event.object)) wakeUnschedulable();
  }));
  owned.add(pods.onEvent((event) => {
    const pod = event.object;
    if (event.type === 'deleted' || !occupies(pod)) {
      if (forget(pod)) wakeUnschedulable();
    } else if (pod.spec.nodeName) {
      waiting.delete(pod.metadata.uid!);
      unschedulable.delete(pod.metadata.uid!);
      cluster.putPod(pod, pod.spec.nodeName);
      const relabelled = event.type === 'modified' && JSON.stringify(event.previous.metadata.labels) !== JSON.stringify(pod.metadata.labels);
      if (event.type === 'added' || relabelled || (event.type === 'modified' && !event.previous.spec.nodeName)) wakeUnschedulable();
    } else if (unschedulable.has(pod.metadata.uid!) && event.type === 'modified' && JSON.stringify(event.previous.spec) === JSON.stringify(pod.spec)
      && JSON.stringify(event.previous.metadata.labels) === JSON.stringify(pod.metadata.labels)) {
      unschedulable.set(pod.metadata.uid!, pod); // our own condition, or another that cannot matter
    } else enqueue(pod);
  }));
  for (const node of nodes.list()) cluster.putNode(node);
  for (const pod of pods.list()) {
    if (pod.spec.nodeName && occupies(pod)) cluster.putPod(pod, pod.spec.nodeName);
    else enqueue(pod);
  }
  return owned;
}
