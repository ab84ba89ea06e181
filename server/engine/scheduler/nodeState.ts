// What the scheduler knows of one node: its object, the pods on it and the resources they asked for.
import type { Container, Node, Pod } from '../types/index.ts';
import { quantityValue } from './quantity.ts';

/** Amounts by resource name, in base units. */
export type Amounts = Map<string, number>;

export interface NodeState { node: Node; pods: Map<string, Pod>; requested: Amounts }

function add(target: Amounts, more: ReadonlyMap<string, number>, sign = 1): void {
  for (const [name, amount] of more) target.set(name, (target.get(name) ?? 0) + sign * amount);
}

function containerRequests({ resources }: Container): Amounts {
  const asked = { ...resources?.limits, ...resources?.requests };
  return new Map(Object.entries(asked).map(([name, text]) => [name, quantityValue(text)]));
}

/** What a pod reserves: the sum of its containers and sidecars, or its largest init container when that is more. */
export function podRequests(pod: Pod): Amounts {
  const total: Amounts = new Map();
  for (const container of pod.spec.containers) add(total, containerRequests(container));
  for (const container of pod.spec.initContainers ?? []) {
    const requests = containerRequests(container);
    if (container.restartPolicy === 'Always') add(total, requests);
    else for (const [name, amount] of requests) total.set(name, Math.max(total.get(name) ?? 0, amount));
  }
  const { overhead } = pod.spec as { overhead?: Record<string, string> };
  for (const [name, text] of Object.entries(overhead ?? {})) total.set(name, (total.get(name) ?? 0) + quantityValue(text));
  return total;
}

/** True when the pod still takes up its node. */
export function occupies(pod: Pod): boolean {
  return pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed';
}

/** Every node with its pods, kept current by put and remove; assumed pods count until their binding is seen. */
export class ClusterState {
  readonly nodes = new Map<string, NodeState>();
  readonly #placed = new Map<string, { pod: Pod; node: string }>();

  putNode(node: Node): void {
    const known = this.nodes.get(node.metadata.name);
    if (known) known.node = node;
    else {
      this.nodes.set(node.metadata.name, { node, pods: new Map(), requested: new Map() });
      for (const { pod, node: name } of this.#placed.values()) if (name === node.metadata.name) this.#account(pod, name, 1);
    }
  }

  removeNode(name: string): void {
    this.nodes.delete(name);
  }

  /** Counts the pod on the node, in place of what was known of it. */
  putPod(pod: Pod, node: string): void {
    this.removePod(pod.metadata.uid!);
    this.#placed.set(pod.metadata.uid!, { pod, node });
    this.#account(pod, node, 1);
  }

  /** Forgets the pod; true when it was counted. */
  removePod(uid: string): boolean {
    const known = this.#placed.get(uid);
    if (!known) return false;
    this.#placed.delete(uid);
    this.#account(known.pod, known.node, -1);
    return true;
  }

  #account(pod: Pod, node: string, sign: 1 | -1): void {
    const state = this.nodes.get(node);
    if (!state) return;
    if (sign === 1) state.pods.set(pod.metadata.uid!, pod);
    else state.pods.delete(pod.metadata.uid!);
    add(state.requested, podRequests(pod), sign);
  }
}
