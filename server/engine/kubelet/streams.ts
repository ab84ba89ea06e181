// exec, attach, logs and port-forward: from a pod's name to the streams of its container.
import { statSync } from 'node:fs';
import type { Duplex, Readable } from 'node:stream';
import { PassThrough } from 'node:stream';
import { messageOf } from '../../base/index.ts';
import { StatusError } from '../types/index.ts';
import type { ContainerRef, ExecOptions, ExecSession, LogOptions, NodeStreams, Pod } from '../types/index.ts';
import type { ContainerUnit } from './containerUnit.ts';
import { openLog, readLines } from './logs.ts';
import { nodePath, podLogDirectory } from './nodeContext.ts';
import type { NodeContext } from './nodeContext.ts';
import { openPipe } from './pipe.ts';
import type { PodWorker } from './podWorker.ts';

const defaultContainerAnnotation = 'kubectl.kubernetes.io/default-container';

/** How the streams find a pod. */
export interface PodFinder {
  tryPod(namespace: string, name: string): Pod | undefined;
  /** Undefined while no node has taken the pod up. */
  tryWorker(pod: Pod): { worker: PodWorker; context: NodeContext } | undefined;
  /** Resolves when the container's attempt `id` is not running any more, or nobody wants to know. */
  ended(context: NodeContext, id: string, signal: AbortSignal): Promise<void>;
}

/** The NodeStreams of all nodes. */
export class PodStreams implements NodeStreams {
  readonly #pods: PodFinder;

  constructor(pods: PodFinder) {
    this.#pods = pods;
  }

  async exec(ref: ContainerRef, options: ExecOptions): Promise<ExecSession> {
    const { context, unit } = this.#running(ref);
    try {
      return await context.runtime.exec(unit.view.current!.id, options);
    } catch (error) {
      throw new StatusError('InternalError', `error executing command in container: ${messageOf(error)}`);
    }
  }

  async attach(ref: ContainerRef, options: Omit<ExecOptions, 'command'>): Promise<ExecSession> {
    const { context, unit, pod } = this.#running(ref, `container ${ref.container ?? ''} not found in pod ${ref.pod}_${ref.namespace}`);
    const current = unit.view.current!;
    const tty = unit.view.container.tty ?? false;
    const path = nodePath(context, this.#logPath(pod, unit, current.spec.attempt));
    // Taken before any input can be answered.
    const from = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    const input = options.stdin && unit.view.container.stdin ? await context.runtime.attach(current.id) : undefined;
    const stop = new AbortController();
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    const over = new AbortController();
    const ended = this.#pods.ended(context, current.id, over.signal);
    const copy = async () => {
      for await (const line of readLines({ path, ended }, { follow: true, from, signal: stop.signal })) {
        const target = line.stream === 'stderr' && !tty ? stderr : stdout;
        const more = target.write(line.partial ? line.content : Buffer.concat([line.content, Buffer.from('\n')]));
        if (!more) await new Promise<void>((resolve) => {
          target.once('drain', resolve);
          stop.signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
    };
    const done = copy().finally(() => over.abort()).then(() => {
      input?.close();
      stdout.end();
      stderr.end();
      // As upstream, an attach that saw the container's end is a success whatever its exit code.
      return { exitCode: stop.signal.aborted ? 137 : 0 };
    });
    if (options.size) input?.resize(options.size.cols, options.size.rows);
    return { stdin: input?.stdin ?? new PassThrough().resume(), stdout, stderr, resize: (cols, rows) => input?.resize(cols, rows), done, kill: () => stop.abort() };
  }

  async logs(ref: ContainerRef, options: LogOptions): Promise<Readable> {
    const { pod, context, unit } = this.#find(ref);
    const { view } = unit;
    const started = view.current !== undefined && view.current.state !== 'created';
    const attempt = options.previous ? view.restartCount - 1 : view.restartCount;
    const path = nodePath(context, this.#logPath(pod, unit, attempt));
    if (options.previous && (attempt < 0 || !isFile(path))) {
      throw new StatusError('BadRequest', `previous terminated container "${unit.name}" in pod "${pod.metadata.name}" not found`);
    }
    if (!started && !options.previous) {
      const reason = view.waiting?.reason ?? (pod.spec.initContainers?.length ? 'PodInitializing' : 'ContainerCreating');
      throw new StatusError('BadRequest', `container "${unit.name}" in pod "${pod.metadata.name}" is waiting to start: ${waitingWords(reason)}`);
    }
    const running = !options.previous && view.current!.state === 'running';
    const follow = options.follow && running;
    const over = new AbortController();
    const stream = openLog({ path, ended: follow ? this.#pods.ended(context, view.current!.id, over.signal) : Promise.resolve() }, { ...options, follow });
    return stream.once('close', () => over.abort());
  }

  async connect(ref: ContainerRef, port: number): Promise<Duplex> {
    const pod = this.#pod(ref);
    const found = this.#pods.tryWorker(pod);
    const sandbox = found?.worker.sandbox;
    if (!found || !sandbox?.ready) throw new StatusError('BadRequest', `unable to forward port because pod is not running. Current status=${pod.status?.phase ?? 'Pending'}`);
    const { machines, machine } = found.context;
    // Each side's end is passed on by itself (Node's pipes are sockets, hence shut-down), and after one the other may take its time (-t).
    const [file, ...args] = machines.argv(machine.name, ['socat', '-t', '86400', 'STDIN!!STDOUT,shut-down', `TCP4:127.0.0.1:${port}`], { netOnly: true, netns: sandbox.netns });
    const refused = (why: string) => new StatusError('InternalError', `error forwarding port ${port} to pod ${pod.metadata.name}, uid ${pod.metadata.uid}: failed to connect to localhost:${port} inside namespace "${sandbox.netns.split('/').at(-1)}", IPv4: dial tcp4 127.0.0.1:${port}: connect: ${why}`);
    return openPipe(file!, args, refused);
  }

  #pod({ namespace, pod }: ContainerRef): Pod {
    const found = this.#pods.tryPod(namespace, pod);
    if (!found) throw new StatusError('NotFound', `pods "${pod}" not found`, { name: pod, kind: 'pods' });
    return found;
  }

  #find(ref: ContainerRef): { pod: Pod; context: NodeContext; unit: ContainerUnit } {
    const pod = this.#pod(ref);
    const name = ref.container || pod.metadata.annotations?.[defaultContainerAnnotation] || pod.spec.containers[0]!.name;
    if (![...pod.spec.containers, ...(pod.spec.initContainers ?? []), ...(pod.spec.ephemeralContainers ?? [])].some((container) => container.name === name)) {
      throw new StatusError('BadRequest', `container ${name} is not valid for pod ${ref.pod}`);
    }
    if (!pod.spec.nodeName) throw new StatusError('BadRequest', `pod ${ref.pod} does not have a host assigned`);
    const found = this.#pods.tryWorker(pod);
    const unit = found?.worker.unit(name);
    if (!found || !unit) throw new StatusError('BadRequest', `container "${name}" in pod "${ref.pod}" is waiting to start: ContainerCreating`);
    return { pod, context: found.context, unit };
  }

  /** kubectl itself refuses pods that it sees completed; what ends later is met here, in the kubelet's words. */
  #running(ref: ContainerRef, absent = `container not found ("${ref.container ?? ''}")`): { pod: Pod; context: NodeContext; unit: ContainerUnit } {
    const found = this.#find(ref);
    if (!found.unit.running) throw new StatusError('BadRequest', `unable to upgrade connection: ${absent}`);
    return found;
  }

  #logPath(pod: Pod, unit: ContainerUnit, attempt: number): string {
    return `${podLogDirectory(pod)}/${unit.name}/${attempt}.log`;
  }
}

function waitingWords(reason: string): string {
  const words: Record<string, string> = {
    ErrImagePull: 'image can\'t be pulled', ImagePullBackOff: 'trying and failing to pull image', InvalidImageName: 'image name is invalid', ErrImageNeverPull: 'image is not present with pull policy of Never',
  };
  return words[reason] ?? reason;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
