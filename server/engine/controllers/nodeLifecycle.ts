// The node lifecycle controller: notices nodes that have fallen silent, and turns conditions and cordons into taints.
import { DisposableStack, type Disposable } from '../../base/index.ts';
import { formatTime, isStatus, resources, type Condition, type KubeObject, type Node } from '../types/index.ts';
import type { ControllerContext } from './context.ts';
import { objectKey, sameJson } from './keys.ts';
import { planTaints } from './nodeTaints.ts';
import { isFinished, readyCondition } from './podState.ts';
import { WorkQueue } from './workQueue.ts';

const leaseNamespace = 'kube-node-lease';
/** Upstream's grace for nodes without a lease that says more. */
const shortestGraceMs = 50_000;
/** A node is looked at twice before it counts as lost: after the machine slept, heartbeats are as late as this check. */
const secondLookMs = 10_000;

interface Lease extends KubeObject { spec?: { leaseDurationSeconds?: number; renewTime?: string } }

/** Starts the controller. */
export function startNodeLifecycle(context: ControllerContext): Disposable {
  const { client, clock, logger } = context;
  const recorder = context.recorder('node-controller');
  const owned = new DisposableStack();
  const nodes = client.informer(resources.nodes);
  const pods = client.informer(resources.pods);
  const leases = client.informer(resources.leases);
  /** By name: when silence was first noticed. */
  const silent = new Map<string, number>();
  const queue = owned.add(new WorkQueue({ name: 'nodes', logger, clock, sync }));

  /** Milliseconds until the node counts as silent; 0 or less when it is. */
  function quietIn(node: Node): number {
    const lease = leases.get({ namespace: leaseNamespace, name: node.metadata.name }) as Lease | undefined;
    const ready = node.status?.conditions?.find(({ type }) => type === 'Ready') as (Condition & { lastHeartbeatTime?: string }) | undefined;
    const heard = [lease?.spec?.renewTime, ready?.lastHeartbeatTime, node.metadata.creationTimestamp].map((time) => Date.parse(time ?? '')).filter((time) => !Number.isNaN(time));
    return Math.max(...heard) + Math.max(shortestGraceMs, (lease?.spec?.leaseDurationSeconds ?? 0) * 1000) - clock.now();
  }

  async function markUnknown(node: Node): Promise<Node> {
    const time = formatTime(clock.now());
    const known = node.status?.conditions ?? [];
    const types = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];
    const conditions = types.map((type): Condition => {
      const before = known.find((one) => one.type === type);
      if (before?.status === 'Unknown') return before;
      const never = before === undefined;
      return {
        ...before, type, status: 'Unknown', reason: never ? 'NodeStatusNeverUpdated' : 'NodeStatusUnknown',
        message: never ? 'Kubelet never posted node status.' : 'Kubelet stopped posting node status.', lastTransitionTime: time,
      };
    });
    const all = [...known.filter(({ type }) => !types.includes(type)), ...conditions];
    if (sameJson(all, known)) return node;
    return client.patch(resources.nodes, objectKey(node), { metadata: { resourceVersion: node.metadata.resourceVersion }, status: { conditions: all } }, 'status');
  }

  async function markPodsNotReady(node: Node): Promise<void> {
    const time = formatTime(clock.now());
    for (const pod of pods.list().filter(({ spec }) => spec.nodeName === node.metadata.name)) {
      if (isFinished(pod) || !readyCondition(pod)) continue;
      const conditions = pod.status!.conditions!.map((one) => (one.type === 'Ready' ? { ...one, status: 'False' as const, lastTransitionTime: time } : one));
      recorder.record(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
      try {
        await client.patch(resources.pods, objectKey(pod), { metadata: { uid: pod.metadata.uid }, status: { conditions } }, 'status');
      } catch (error) {
        if (!isStatus(error, 'NotFound') && !isStatus(error, 'Conflict')) throw error;
      }
    }
  }

  async function sync(name: string): Promise<void> {
    let node = nodes.get({ name });
    if (!node) return void silent.delete(name);
    const left = quietIn(node);
    if (left > 0) {
      silent.delete(name);
      queue.addAfter(name, left);
    } else if (!silent.has(name)) {
      silent.set(name, clock.now());
      queue.addAfter(name, secondLookMs);
    } else if (clock.now() - silent.get(name)! >= secondLookMs) {
      const wasReady = node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
      node = await markUnknown(node);
      if (wasReady) recorder.record(node, 'Normal', 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
      if (wasReady) await markPodsNotReady(node);
    } else queue.addAfter(name, secondLookMs);
    const taints = planTaints(node, formatTime(clock.now()));
    if (taints) await client.patch(resources.nodes, { name }, { metadata: { resourceVersion: node.metadata.resourceVersion }, spec: { taints: taints.length > 0 ? taints : null } });
  }

  const ready = (node: Node) => node.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  owned.add(nodes.onEvent((event) => {
    queue.add(event.object.metadata.name);
    if (event.type === 'modified' && ready(event.previous) === 'True' && ready(event.object) === 'False') {
      markPodsNotReady(event.object).catch(() => queue.add(event.object.metadata.name));
    }
  }));
  for (const { metadata } of nodes.list()) queue.add(metadata.name);
  return owned;
}
