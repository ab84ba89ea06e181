// One container of a pod over all its attempts: start, hooks, probes, restarts, stop. Past 300 lines since these share one state.
import { messageOf } from '../../base/index.ts';
import type { Disposable } from '../../base/index.ts';
import { fullName, RuntimeError, tryParseReference } from '../runtime/index.ts';
import type { Container, ContainerStatus, Mount, Pod, Probe, RuntimeContainer, Sandbox } from '../types/index.ts';
import { formatDuration, nextBackOff, planRestart } from './backOff.ts';
import { ContainerFiles } from './containerFiles.ts';
import { planContainer } from './containerPlan.ts';
import { PodConfigError } from './errors.ts';
import { ImageGate } from './imageGate.ts';
import type { NodeContext } from './nodeContext.ts';
import { ProbeRunner } from './probeRunner.ts';
import { runProbe } from './probes.ts';
import type { ProbeTarget } from './probes.ts';
import { terminatedOf } from './status.ts';
import type { ContainerView } from './status.ts';
import { imageFiles } from './users.ts';

const minimumGraceSeconds = 2;
/** What kubelet shows for a container whose end nobody saw. */
const lostExitCode = 255;

/** What the pod gives its containers. */
export interface PodSurroundings {
  pod(): Pod;
  sandbox(): Sandbox | undefined;
  /** The address that probes and hooks go to. */
  address(): string;
  hostname(): string;
  env(container: Container): ReadonlyMap<string, string>;
  mounts(container: Container): Mount[];
  files(): Mount[];
  /** The process id of a running container of the pod, by its name. */
  pidOf(name: string | undefined): number | undefined;
  /** Tells the pod's status. */
  publish(): void;
  /** Something changed by itself: tells the status and has the worker look again. Never called from within the worker's own calls. */
  changed(): void;
}

/** The container's life on this node. All methods but `look` and `dispose` are called by its pod's worker, one at a time. */
export class ContainerUnit implements Disposable {
  readonly view: ContainerView;
  /** When the worker should look again, in ms since the epoch. */
  retryAt: number | undefined;
  readonly #context: NodeContext;
  readonly #pod: PodSurroundings;
  readonly #files: ContainerFiles;
  readonly #image: ImageGate;
  #probes: ProbeRunner | undefined;
  #backOffMs: number | undefined;
  #toldBackOff = false;
  #killReason: { message: string; graceSeconds?: number } | undefined;
  #settledId: string | undefined;
  #interruptHook: (() => void) | undefined;

  constructor(context: NodeContext, pod: PodSurroundings, container: Container, kind: ContainerView['kind']) {
    this.#context = context;
    this.#pod = pod;
    this.view = { container, kind, restartCount: 0, ready: false, started: false };
    this.#files = new ContainerFiles(context, () => pod.pod(), container.name);
    this.#image = new ImageGate(context.images, context.clock, (type, reason, message) => this.#event(type, reason, message));
  }

  get name(): string {
    return this.view.container.name;
  }

  get running(): boolean {
    return this.view.current?.state === 'running';
  }

  get exited(): boolean {
    return this.view.current?.state === 'exited';
  }

  /** Takes over an attempt found on the node after a restart of the engine, and what the API remembers of those before. */
  adopt(found: RuntimeContainer | undefined): void {
    const pod = this.#pod.pod();
    const known = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.ephemeralContainerStatuses ?? [])].find((status) => status.name === this.name);
    if (known) {
      this.view.restartCount = known.restartCount;
      this.view.last = known.lastState.terminated;
      this.view.image = known.image;
      this.view.imageId = known.imageID;
    }
    if (!found) return this.#adoptLost(known);
    this.view.current = found;
    this.view.restartCount = found.spec.attempt;
    if (found.state !== 'running') return;
    this.#startProbes();
    // What probes had found before the restart holds until they find otherwise.
    if (known?.containerID === `crun://${found.id}`) Object.assign(this.view, { ready: known.ready || this.view.ready, started: known.started || this.view.started });
  }

  /** It ran before and is not there any more: what the API knows of its end stands for it; of one that ran when its machine died nobody knows more than that. */
  #adoptLost(known: ContainerStatus | undefined): void {
    const { running, waiting } = known?.state ?? {};
    // While the next attempt waits, the one before it is told as the last state, under its own number.
    const terminated = known?.state.terminated ?? (waiting && known!.lastState.terminated);
    if (waiting) this.view.last = undefined;
    const id = terminated?.containerID ?? (running && known!.containerID);
    if (!id) return;
    const startedAt = terminated?.startedAt ?? running?.startedAt;
    this.view.current = {
      id: id.replace(/^\w+:\/\//, ''), spec: { attempt: known!.restartCount } as RuntimeContainer['spec'], state: 'exited', createdAt: startedAt ?? '', startedAt,
      finishedAt: terminated?.finishedAt ?? new Date(this.#context.clock.now()).toISOString(), exitCode: terminated?.exitCode ?? lostExitCode,
    };
    if (!terminated) this.view.failure = { reason: 'Unknown', message: '' };
    this.view.message = terminated?.message;
    this.#settledId = this.view.current.id;
  }

  /** Reads the newest state of the current attempt. */
  look(containers: readonly RuntimeContainer[]): void {
    const { current } = this.view;
    const now = current && containers.find((container) => container.id === current.id);
    if (now) this.view.current = now;
    if (this.exited && this.#settledId !== this.view.current!.id) this.#settle();
  }

  /** The sandbox is gone with whatever ran in it. */
  lost(): void {
    const { current } = this.view;
    if (!current || current.state === 'exited') return;
    this.view.current = { ...current, state: 'exited', exitCode: 137, finishedAt: new Date(this.#context.clock.now()).toISOString() };
    this.#settle();
  }

  /** True when an ended attempt is to be followed by another. */
  restarts(): boolean {
    const policy = this.view.kind === 'sidecar' ? 'Always' : this.#pod.pod().spec.restartPolicy ?? 'Always';
    const failed = this.view.current?.exitCode !== 0;
    if (this.view.kind === 'ephemeral') return false;
    if (this.view.kind === 'init') return failed && policy !== 'Never';
    return policy === 'Always' || (policy === 'OnFailure' && failed);
  }

  /** Brings the container towards running: starts it when it should run and may now, stops it when a probe asked for that. */
  async reconcile(): Promise<void> {
    this.retryAt = undefined;
    if (this.running) {
      if (!this.#killReason) return;
      const { message, graceSeconds } = this.#killReason;
      this.#killReason = undefined;
      await this.stop(graceSeconds ?? this.#pod.pod().spec.terminationGracePeriodSeconds ?? 30, message);
    }
    const { current } = this.view;
    if (current?.state === 'exited') {
      if (!this.restarts()) {
        this.view.waiting = undefined;
        return;
      }
      if (this.#waitsForBackOff(current)) return;
    }
    await this.#start();
  }

  /** Ends the container: preStop hook, TERM, KILL after what is left of the grace. */
  async stop(graceSeconds: number, message = `Stopping container ${this.name}`): Promise<void> {
    const { current } = this.view;
    this.#stopProbes();
    if (current?.state !== 'running') return;
    this.#event('Normal', 'Killing', message);
    const deadline = this.#context.clock.now() + graceSeconds * 1000;
    const hook = this.view.container.lifecycle?.preStop;
    if (hook && graceSeconds > 0) await this.#preStop(hook, graceSeconds);
    // Upstream leaves at least two seconds after a hook.
    const left = graceSeconds === 0 ? 0 : Math.max(hook ? minimumGraceSeconds : 0, (deadline - this.#context.clock.now()) / 1000);
    await this.#context.runtime.stopContainer(current.id, left);
    this.look((await this.#context.runtime.list()).containers);
  }

  dispose(): void {
    this.#stopProbes();
  }

  /** The pod is being deleted: nobody waits for a postStart hook any more. */
  interrupt(): void {
    this.#interruptHook?.();
  }

  #waitsForBackOff(current: RuntimeContainer): boolean {
    const finishedAt = Date.parse(current.finishedAt ?? current.createdAt);
    const ranMs = current.startedAt ? finishedAt - Date.parse(current.startedAt) : 0;
    const plan = planRestart({ backOffMs: this.#backOffMs, ranMs, finishedAt, now: this.#context.clock.now() });
    if (plan.startNow) {
      this.#toldBackOff = false;
      return false;
    }
    const { metadata } = this.#pod.pod();
    const who = `container=${this.name} pod=${metadata.name}_${metadata.namespace}(${metadata.uid})`;
    this.retryAt = this.#context.clock.now() + plan.waitMs;
    this.view.waiting = { reason: 'CrashLoopBackOff', message: `back-off ${formatDuration(plan.backOffMs)} restarting failed ${who}` };
    if (!this.#toldBackOff) this.#event('Warning', 'BackOff', `Back-off restarting failed container ${this.name} in pod ${metadata.name}_${metadata.namespace}(${metadata.uid})`);
    this.#toldBackOff = true;
    return true;
  }

  async #start(): Promise<void> {
    const sandbox = this.#pod.sandbox();
    if (!sandbox?.ready) return;
    const attempt = this.view.current ? this.view.restartCount + 1 : this.view.restartCount;
    const previous = this.view.current;
    let created: RuntimeContainer;
    try {
      const image = await this.#image.resolve(this.view.container);
      const pod = this.#pod.pod();
      const { container } = this.view;
      const spec = planContainer({
        pod, container, attempt, sandboxId: sandbox.id, hostname: this.#pod.hostname(), image, imageFiles: imageFiles(image.rootfs),
        targetPid: this.#pod.pidOf(container.targetContainerName), env: this.#pod.env(container), mounts: this.#pod.mounts(container), files: [...this.#pod.files(), this.#files.makeTerminationLog(attempt, this.view.container.terminationMessagePath)],
      });
      created = await this.#context.runtime.createContainer(spec);
      this.view.image = fullName(tryParseReference(image.name)!);
      this.view.imageId = `sha256:${image.id}`;
    } catch (error) {
      this.#refuse(error);
      return;
    }
    this.view.last = terminatedOf(this.view) ?? this.view.last;
    this.view.restartCount = attempt;
    if (previous) this.#backOffMs = nextBackOff(this.#backOffMs);
    Object.assign(this.view, { current: created, failure: undefined, message: undefined, ready: false, started: false });
    this.#settledId = undefined;
    this.#event('Normal', 'Created', `Created container: ${this.name}`);
    await this.#run(created);
    if (previous) void this.#collect(previous, attempt);
  }

  async #run(created: RuntimeContainer): Promise<void> {
    try {
      this.view.current = await this.#context.runtime.startContainer(created.id);
      if (this.exited) this.#settle();
    } catch (error) {
      const message = error instanceof RuntimeError ? error.message : messageOf(error);
      this.view.failure = { reason: error instanceof RuntimeError ? error.reason : 'ContainerCannotRun', message };
      this.look((await this.#context.runtime.list()).containers);
      this.view.waiting = this.restarts() ? { reason: 'RunContainerError', message } : undefined;
      this.#event('Warning', 'Failed', `Error: ${message}`);
      this.retryAt = this.#context.clock.now();
      this.#pod.publish();
      return;
    }
    this.view.waiting = undefined;
    this.#event('Normal', 'Started', `Started container ${this.name}`);
    try {
      this.#files.ensureLogLink(created);
    } catch (error) {
      this.#context.logger.debug({ error: messageOf(error) }, 'a log got no link');
    }
    if (!(await this.#postStart())) return;
    this.#startProbes();
    this.#pod.publish();
  }

  #refuse(error: unknown): void {
    const known = error instanceof PodConfigError;
    const reason = known ? error.reason : 'CreateContainerError';
    const message = messageOf(error);
    if (reason === 'ErrImagePull') this.retryAt = this.#context.clock.now();
    if (reason === 'ImagePullBackOff') this.retryAt = this.#image.retryAt;
    const same = this.view.waiting?.reason === reason && this.view.waiting.message === message;
    this.view.waiting = { reason, message };
    if (reason === 'ImagePullBackOff') {
      if (!same) this.#event('Normal', 'BackOff', `Back-off pulling image "${this.view.container.image}"`);
      if (!same) this.#event('Warning', 'Failed', 'Error: ImagePullBackOff');
    } else if (reason === 'ErrImagePull' || reason === 'ErrImageNeverPull') this.#event('Warning', 'Failed', `Error: ${reason}`);
    else if (reason === 'InvalidImageName') {
      if (!same) this.#event('Warning', 'InspectFailed', message);
    } else if (!same) this.#event('Warning', 'Failed', `Error: ${message}`);
    if (reason === 'CreateContainerError') this.retryAt = this.#context.clock.now() + nextBackOff(undefined);
    this.#pod.publish();
  }

  /** True when there is no hook or it went well; otherwise the container is being ended. */
  async #postStart(): Promise<boolean> {
    const hook = this.view.container.lifecycle?.postStart;
    if (!hook) return true;
    const interrupted = new Promise<undefined>((resolve) => {
      this.#interruptHook = () => resolve(undefined);
    });
    const result = await Promise.race([runProbe({ ...hook, timeoutSeconds: 24 * 3600 }, this.#target()), interrupted]);
    this.#interruptHook = undefined;
    if (!result) return false;
    if (result.ok) return true;
    this.#event('Warning', 'FailedPostStartHook', `PostStartHook failed: ${result.message}`);
    await this.stop(this.#pod.pod().spec.terminationGracePeriodSeconds ?? 30, 'FailedPostStartHook');
    if (this.restarts()) this.view.waiting = { reason: 'PostStartHookError', message: result.message };
    this.retryAt = this.#context.clock.now();
    this.#pod.publish();
    return false;
  }

  async #preStop(hook: NonNullable<NonNullable<Container['lifecycle']>['preStop']>, graceSeconds: number): Promise<void> {
    if (hook.sleep) {
      const { seconds } = hook.sleep;
      await new Promise<void>((resolve) => this.#context.clock.after(Math.min(seconds, graceSeconds) * 1000, resolve));
      return;
    }
    const result = await runProbe({ ...hook, timeoutSeconds: graceSeconds }, this.#target());
    if (!result.ok) this.#event('Warning', 'FailedPreStopHook', 'PreStopHook failed');
  }

  #target(): ProbeTarget {
    const { config, runtime } = this.#context;
    return {
      address: this.#pod.address(),
      container: this.view.container,
      localAddress: config.probeAddress || undefined,
      exec: (command) => runtime.exec(this.view.current!.id, { command, stdin: false, tty: false }),
    };
  }

  #startProbes(): void {
    const { container } = this.view;
    this.#stopProbes();
    this.view.ready = !container.readinessProbe;
    this.view.started = !container.startupProbe;
    if (!container.readinessProbe && !container.livenessProbe && !container.startupProbe) return;
    const update = (change: Partial<ContainerView>) => {
      Object.assign(this.view, change);
      this.#pod.changed();
    };
    this.#probes = new ProbeRunner(container, {
      clock: this.#context.clock,
      run: (probe) => runProbe(probe, this.#target()),
      listener: {
        onStarted: () => {
          if (!this.view.started) update({ started: true });
        },
        onReady: (ready) => {
          if (this.view.ready !== ready) update({ ready });
        },
        onUnhealthy: (kind, message) => this.#event('Warning', 'Unhealthy', `${kind[0]!.toUpperCase()}${kind.slice(1)} probe failed: ${message}`),
        onDead: (kind, probe: Probe) => {
          this.#killReason = { message: `Container ${container.name} failed ${kind} probe, will be restarted`, graceSeconds: probe.terminationGracePeriodSeconds };
          this.#pod.changed();
        },
      },
    });
  }

  #stopProbes(): void {
    this.#probes?.dispose();
    this.#probes = undefined;
    this.#killReason = undefined;
  }

  #settle(): void {
    const { current } = this.view;
    this.#settledId = current!.id;
    this.#stopProbes();
    Object.assign(this.view, { ready: false, started: false });
    this.view.message = this.#files.tryTerminationMessage(current!.spec.attempt);
    if (this.view.message !== undefined || current!.exitCode === 0 || this.view.container.terminationMessagePolicy !== 'FallbackToLogsOnError') return;
    void this.#files.readLastLog(current!).then((text) => {
      if (this.view.current?.id !== current!.id || text === '') return;
      this.view.message = text;
      this.#pod.changed();
    }, () => {});
  }

  /** Removes what is left of an attempt when the next has begun; its log stays for `logs --previous`, older ones go. */
  async #collect(previous: RuntimeContainer, attempt: number): Promise<void> {
    try {
      this.#files.removeLog(attempt - 2);
      this.#files.removeLogLink(previous);
      await this.#context.runtime.removeContainer(previous.id);
    } catch (error) {
      this.#context.logger.debug({ error: messageOf(error) }, 'an ended container was not removed');
    }
  }

  /** Removes the links of this container's log. */
  forget(): void {
    if (this.view.current) this.#files.removeLogLink(this.view.current);
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    const list = this.view.kind === 'main' ? 'containers' : this.view.kind === 'ephemeral' ? 'ephemeralContainers' : 'initContainers';
    this.#context.events.record(this.#pod.pod(), type, reason, message, `spec.${list}{${this.name}}`);
  }
}
