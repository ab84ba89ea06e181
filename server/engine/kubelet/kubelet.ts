// The kubelet of every node in one object: registers nodes, gives each pod a worker, and answers for their streams.
import { DisposableStack, messageOf, systemClock } from '../../base/index.ts';
import type { Clock, Disposable, Logger } from '../../base/index.ts';
import { createEventRecorder } from '../eventRecorder.ts';
import { resources } from '../types/index.ts';
import type { Client, ContainerRef, EngineConfig, ExecOptions, ImageStore, LogOptions, Machines, NodeStreams, Pod } from '../types/index.ts';
import { readNodeFile } from './nodeContext.ts';
import type { KubeletInformers, KubeletRuntime, NodeContext, TokenIssuer } from './nodeContext.ts';
import { NodeAgent, planCapacity, readNodeFacts } from './nodeStatus.ts';
import { PodWorker } from './podWorker.ts';
import { removeStrayFiles } from './strayFiles.ts';
import { PodStreams } from './streams.ts';

/** What a kubelet is made from: one runtime per node. Without `tokens`, projected service account tokens fail to mount. */
export interface KubeletOptions {
  client: Client;
  machines: Machines;
  runtimes: readonly KubeletRuntime[];
  images: ImageStore;
  config: EngineConfig;
  logger: Logger;
  tokens?: TokenIssuer;
  clock?: Clock;
}

/** All nodes' kubelets. */
export interface Kubelet extends NodeStreams, Disposable {
  /** Registers every node and takes up its pods, those that already run included; resolves when every node is Ready. */
  start(): Promise<void>;
}

/** Starts nothing before `start`; `dispose` leaves pods running. */
export function createKubelet(options: KubeletOptions): Kubelet {
  return new AllNodesKubelet(options);
}

interface NodeState { context: NodeContext; agent: NodeAgent; workers: Map<string, PodWorker> }

class AllNodesKubelet implements Kubelet {
  readonly #options: KubeletOptions;
  readonly #clock: Clock;
  readonly #nodes = new Map<string, NodeState>();
  readonly #owned = new DisposableStack();
  /** Who waits for the end of a container, by its id. */
  readonly #endings = new Map<string, Set<() => void>>();
  readonly #streams: PodStreams;
  #pods: KubeletInformers['pods'] | undefined;

  constructor(options: KubeletOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#streams = new PodStreams({
      tryPod: (namespace, name) => this.#pods?.get({ namespace, name }),
      tryWorker: (pod) => {
        const node = this.#nodes.get(pod.spec.nodeName ?? '');
        const worker = node?.workers.get(pod.metadata.uid!);
        return node && worker && { worker, context: node.context };
      },
      ended: (context, id, signal) => this.#ended(context, id, signal),
    });
  }

  async start(): Promise<void> {
    const { client, config, images, machines, logger } = this.#options;
    const informers: KubeletInformers = {
      pods: client.informer(resources.pods), services: client.informer(resources.services),
      configMaps: client.informer(resources.configMaps), secrets: client.informer(resources.secrets),
    };
    this.#pods = informers.pods;
    const runtimeVersion = this.#runtimeVersion();
    for (const runtime of this.#options.runtimes) {
      const machine = machines.get(runtime.nodeName);
      const facts = readNodeFacts(machine, runtimeVersion);
      const nodeLogger = logger.child({ node: machine.name });
      const context: NodeContext = {
        client, config, machines, machine, runtime, images, informers, tokens: this.#options.tokens, allocatable: planCapacity(facts), logger: nodeLogger, clock: this.#clock,
        events: createEventRecorder(client, 'kubelet', { logger: nodeLogger, host: machine.name, clock: this.#clock }),
      };
      const agent = new NodeAgent({ client, config, machine, facts, images: () => images.list(), clock: this.#clock, logger: nodeLogger });
      this.#nodes.set(machine.name, { context, agent, workers: new Map() });
      this.#owned.add(agent);
    }
    await Promise.all([...this.#nodes.values()].map((node) => node.agent.register()));
    await Promise.all([...this.#nodes.values()].map((node) => this.#takeUp(node)));
    this.#watch(informers);
  }

  dispose(): void {
    this.#owned.dispose();
    for (const node of this.#nodes.values()) for (const worker of node.workers.values()) worker.dispose();
    this.#nodes.clear();
  }

  exec(ref: ContainerRef, options: ExecOptions) {
    return this.#streams.exec(ref, options);
  }

  attach(ref: ContainerRef, options: Omit<ExecOptions, 'command'>) {
    return this.#streams.attach(ref, options);
  }

  logs(ref: ContainerRef, options: LogOptions) {
    return this.#streams.logs(ref, options);
  }

  connect(ref: ContainerRef, port: number) {
    return this.#streams.connect(ref, port);
  }

  #runtimeVersion(): string {
    const [first] = this.#options.runtimes;
    if (!first) return 'crun://unknown';
    // Asked of the package list: starting crun would hold up every node's registration.
    const packages = readNodeFile({ machine: this.#options.machines.get(first.nodeName) }, '/var/lib/dpkg/status');
    return `crun://${/^Package: crun\n(?:.+\n)*?Version: ([^\s-]+)/m.exec(packages)?.[1] ?? 'unknown'}`;
  }

  /** Pods that the API knows get a worker that adopts what runs; what no pod asks for any more is removed. */
  async #takeUp(node: NodeState): Promise<void> {
    const { sandboxes, containers } = await node.context.runtime.list();
    for (const pod of node.context.informers.pods.list()) {
      if (pod.spec.nodeName !== node.context.machine.name) continue;
      const worker = this.#addWorker(node, pod);
      worker.adopt(sandboxes, containers);
      worker.trigger();
    }
    removeStrayFiles(node.context, new Set(node.workers.keys())).catch((error: unknown) => node.context.logger.warn({ error: messageOf(error) }, 'files of a pod that is gone were not removed'));
    for (const sandbox of sandboxes) {
      const worker = node.workers.get(sandbox.spec.podUid);
      if (worker && worker.sandbox?.id === sandbox.id) continue;
      void node.context.runtime.removeSandbox(sandbox.id).catch((error: unknown) => node.context.logger.warn({ error: messageOf(error) }, 'a left sandbox was not removed'));
    }
  }

  #watch(informers: KubeletInformers): void {
    this.#owned.add(informers.pods.onEvent((event) => {
      const pod = event.object;
      const node = this.#nodes.get(pod.spec.nodeName ?? '');
      if (!node) return;
      const worker = node.workers.get(pod.metadata.uid!);
      if (event.type === 'deleted') worker?.removed();
      else if (worker) worker.update(pod);
      else this.#addWorker(node, pod).trigger();
    }));
    for (const informer of [informers.configMaps, informers.secrets]) {
      this.#owned.add(informer.onEvent(({ object: { metadata } }: { object: { metadata: Pod['metadata'] } }) => {
        for (const node of this.#nodes.values()) for (const worker of node.workers.values()) {
          if (worker.pod.metadata.namespace === metadata.namespace) worker.referenceChanged(metadata.name);
        }
      }));
    }
    for (const node of this.#nodes.values()) this.#owned.add(node.context.runtime.onChange((change) => void this.#changed(node, change)));
  }

  async #changed(node: NodeState, change: { kind: 'container' | 'sandbox'; id: string }): Promise<void> {
    const { sandboxes, containers } = await node.context.runtime.list();
    if (change.kind === 'container') {
      for (const settle of this.#endings.get(change.id) ?? []) settle();
      this.#endings.delete(change.id);
    }
    const sandboxId = change.kind === 'sandbox' ? change.id : containers.find((container) => container.id === change.id)?.spec.sandboxId;
    const uid = sandboxes.find((sandbox) => sandbox.id === sandboxId)?.spec.podUid;
    if (uid !== undefined) node.workers.get(uid)?.trigger();
  }

  #addWorker(node: NodeState, pod: Pod): PodWorker {
    const uid = pod.metadata.uid!;
    const worker = new PodWorker(node.context, pod, () => node.workers.delete(uid));
    node.workers.set(uid, worker);
    return worker;
  }

  async #ended(context: NodeContext, id: string, signal: AbortSignal): Promise<void> {
    const { containers } = await context.runtime.list();
    if (signal.aborted || containers.find((container) => container.id === id)?.state !== 'running') return;
    const waiting = this.#endings.get(id) ?? new Set();
    this.#endings.set(id, waiting);
    await new Promise<void>((resolve) => {
      waiting.add(resolve);
      signal.addEventListener('abort', () => {
        waiting.delete(resolve);
        if (waiting.size === 0 && this.#endings.get(id) === waiting) this.#endings.delete(id);
        resolve();
      }, { once: true });
    });
  }
}
