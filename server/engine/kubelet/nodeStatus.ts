// The Node object of a machine and its lease: registered at the start, kept fresh at a calm pace.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { messageOf } from '../../base/index.ts';
import type { Clock, Disposable, Logger } from '../../base/index.ts';
import { formatTime, isStatus, resources } from '../types/index.ts';
import type { Client, Condition, EngineConfig, KubeObject, Machine, Node, ResolvedImage } from '../types/index.ts';
import { readNodeFile } from './nodeContext.ts';

/** The Kubernetes release whose behaviour this kubelet follows. */
export const kubeletVersion = 'v1.32.3+patchbay';

const heartbeatMs = 40_000;
const leaseRetryMs = 500;
const leaseSeconds = 120;
const leaseNamespace = 'kube-node-lease';
const maxPods = 110;

type NodeStatus = NonNullable<Node['status']>;
interface Lease extends KubeObject { spec: { holderIdentity: string; leaseDurationSeconds: number; renewTime: string; acquireTime?: string } }

/** What a node says of itself that does not change while it runs. */
export interface NodeFacts { machineId: string; bootId: string; osImage: string; kernelVersion: string; architecture: string; cpus: number; memoryBytes: number; runtimeVersion: string }

/** Reads the facts from the node's files and the machine underneath. */
export function readNodeFacts(machine: Machine, runtimeVersion: string): NodeFacts {
  const osRelease = readNodeFile({ machine }, '/etc/os-release');
  const hash = createHash('md5').update(machine.name).digest('hex');
  return {
    machineId: readNodeFile({ machine }, '/etc/machine-id').trim() || hash,
    bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    osImage: /^PRETTY_NAME="?([^"\n]*)"?/m.exec(osRelease)?.[1] ?? 'Linux',
    kernelVersion: os.release(),
    architecture: { x64: 'amd64', arm64: 'arm64' }[process.arch as string] ?? process.arch,
    cpus: os.cpus().length,
    memoryBytes: os.totalmem(),
    runtimeVersion,
  };
}

/** Capacity and, since nothing is reserved, allocatable. */
export function planCapacity(facts: Pick<NodeFacts, 'cpus' | 'memoryBytes'>): Record<string, string> {
  return { cpu: String(facts.cpus), memory: `${Math.floor(facts.memoryBytes / 1024)}Ki`, pods: String(maxPods) };
}

/** The Node object that a kubelet registers. */
export function planNode(machine: Machine, config: Pick<EngineConfig, 'name' | 'machines'>, facts: Pick<NodeFacts, 'architecture'>): Node {
  const controlPlane = machine.role === 'control-plane';
  // A cluster of one node runs its pods there, as kind does.
  const tainted = controlPlane && config.machines.some((other) => other.role === 'worker');
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: machine.name,
      labels: {
        'beta.kubernetes.io/arch': facts.architecture, 'beta.kubernetes.io/os': 'linux', 'kubernetes.io/arch': facts.architecture,
        'kubernetes.io/hostname': machine.name, 'kubernetes.io/os': 'linux',
        ...(controlPlane && { 'node-role.kubernetes.io/control-plane': '', 'node.kubernetes.io/exclude-from-external-load-balancers': '' }),
      },
      annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    },
    spec: {
      ...(machine.podCidr && { podCIDR: machine.podCidr, podCIDRs: [machine.podCidr] }),
      providerID: `embedded://${config.name}/${machine.name}`,
      ...(tainted && { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] }),
    },
  };
}

/** The status of a healthy node; transition times are kept from `before`. */
export function planNodeStatus(machine: Machine, facts: NodeFacts, images: readonly ResolvedImage[], before: NodeStatus | undefined, now: number): NodeStatus {
  const time = formatTime(now);
  const condition = (type: string, status: 'True' | 'False', reason: string, message: string): Condition & { lastHeartbeatTime: string } => {
    const previous = before?.conditions?.find((candidate) => candidate.type === type);
    return { type, status, lastHeartbeatTime: time, lastTransitionTime: previous?.status === status && previous.lastTransitionTime ? previous.lastTransitionTime : time, reason, message };
  };
  const capacity = planCapacity(facts);
  return {
    addresses: [{ type: 'InternalIP', address: machine.address }, { type: 'Hostname', address: machine.name }],
    capacity,
    allocatable: capacity,
    conditions: [
      condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
      condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
      condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
      condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    images: images.map((image) => ({ names: [image.name] })),
    nodeInfo: {
      architecture: facts.architecture, bootID: facts.bootId, containerRuntimeVersion: facts.runtimeVersion, kernelVersion: facts.kernelVersion, kubeProxyVersion: kubeletVersion,
      kubeletVersion, machineID: facts.machineId, operatingSystem: 'linux', osImage: facts.osImage, systemUUID: facts.machineId,
    },
  };
}

/** Registers a node and keeps its status and lease fresh until disposed. */
export class NodeAgent implements Disposable {
  readonly #client: Client;
  readonly #config: EngineConfig;
  readonly #machine: Machine;
  readonly #facts: NodeFacts;
  readonly #images: () => Promise<readonly ResolvedImage[]>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #timer: Disposable | undefined;
  #stopped = false;

  constructor(options: { client: Client; config: EngineConfig; machine: Machine; facts: NodeFacts; images(): Promise<readonly ResolvedImage[]>; clock: Clock; logger: Logger }) {
    this.#client = options.client;
    this.#config = options.config;
    this.#machine = options.machine;
    this.#facts = options.facts;
    this.#images = options.images;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  /** Resolves when the node is registered and Ready. */
  async register(): Promise<void> {
    const wanted = planNode(this.#machine, this.#config, this.#facts);
    let node: Node;
    try {
      node = await this.#client.create(resources.nodes, wanted);
    } catch (error) {
      if (!isStatus(error, 'AlreadyExists')) throw error;
      // Labels, taints and cordons of before are the student's own.
      node = await this.#client.patch(resources.nodes, { name: wanted.metadata.name }, { metadata: { labels: wanted.metadata.labels } });
    }
    await this.#writeStatus(node.status);
    void this.#renewLease();
    this.#schedule();
  }

  dispose(): void {
    this.#stopped = true;
    this.#timer?.dispose();
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = this.#clock.after(heartbeatMs, () => void this.#beat());
  }

  async #beat(): Promise<void> {
    await this.#renewLease();
    try {
      const node = await this.#client.get(resources.nodes, { name: this.#machine.name });
      await this.#writeStatus(node.status);
    } catch (error) {
      // A deleted Node comes back, as with an upstream kubelet that restarts.
      if (isStatus(error, 'NotFound')) await this.register().catch((cause: unknown) => this.#failed(cause));
      else this.#failed(error);
      if (isStatus(error, 'NotFound')) return;
    }
    this.#schedule();
  }

  async #writeStatus(before: NodeStatus | undefined): Promise<void> {
    const status = planNodeStatus(this.#machine, this.#facts, await this.#images(), before, this.#clock.now());
    await this.#client.patch(resources.nodes, { name: this.#machine.name }, { status }, 'status');
  }

  async #renewLease(): Promise<void> {
    const key = { name: this.#machine.name, namespace: leaseNamespace };
    const renewTime = new Date(this.#clock.now()).toISOString().replace('Z', '000Z');
    try {
      await this.#client.patch(resources.leases, key, { spec: { holderIdentity: key.name, leaseDurationSeconds: leaseSeconds, renewTime } });
    } catch (error) {
      if (!isStatus(error, 'NotFound')) return this.#failed(error);
      const lease: Lease = {
        apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: key, spec: { holderIdentity: key.name, leaseDurationSeconds: leaseSeconds, renewTime },
      };
      await this.#client.create(resources.leases, lease as KubeObject).catch((cause: unknown) => {
        // At the very start of a cluster the namespace may be a moment behind.
        if (isStatus(cause, 'NotFound') && !this.#stopped) this.#clock.after(leaseRetryMs, () => void this.#renewLease());
        else this.#failed(cause);
      });
    }
  }

  #failed(error: unknown): void {
    this.#logger.debug({ node: this.#machine.name, error: messageOf(error) }, 'a heartbeat was not taken');
  }
}
