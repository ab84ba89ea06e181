// One container of a pod over all its attempts: image, start, hooks, probes, restarts, stop. Over 300 lines' worth of states kept in one place on purpose.
import { chmodSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '../../base/index.ts';
import type { Disposable } from '../../base/index.ts';
import { fullName, RuntimeError, tryParseReference } from '../runtime/index.ts';
import type { Container, Mount, Pod, Probe, ResolvedImage, RuntimeContainer, Sandbox } from '../types/index.ts';
import { formatDuration, nextBackOff, planRestart } from './backOff.ts';
import { planContainer } from './containerPlan.ts';
import { PodConfigError } from './errors.ts';
import { readLines } from './logs.ts';
import { nodePath, podDirectory, podLogDirectory } from './nodeContext.ts';
import type { NodeContext } from './nodeContext.ts';
import { ProbeRunner } from './probeRunner.ts';
import { runProbe } from './probes.ts';
import type { ProbeTarget } from './probes.ts';
import { terminatedOf } from './status.ts';
import type { ContainerView } from './status.ts';
import { imageFiles } from './users.ts';

const maxTerminationMessage = 4096;
const maxFallbackMessage = 2048;
const minimumGraceSeconds = 2;

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
  /** Something changed: the pod's status is to be told, and its containers looked at again. */
  changed(): void;
}

/** The container's life on this node. All methods but `look` and `dispose` are called by its pod's worker, one at a time. */
export class ContainerUnit implements Disposable {
  readonly view: ContainerView;
  /** When the worker should look again, in ms since the epoch. */
  retryAt: number | undefined;
  readonly #context: NodeContext;
  readonly #pod: PodSurroundings;
  #probes: ProbeRunner | undefined;
  #backOffMs: number | undefined;
  #imageBackOff: { ms: number; until: number } | undefined;
  #toldBackOff = false;
  #killReason: { message: string; graceSeconds?: number } | undefined;
  #settledId: string | undefined;

  constructor(context: NodeContext, pod: PodSurroundings, container: Container, kind: ContainerView['kind']) {
    this.#context = context;
    this.#pod = pod;
    this.view = { container, kind, restartCount: 0, ready: false, started: false };
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
    const known = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find((status) => status.name === this.name);
    if (known) {
      this.view.restartCount = known.restartCount;
      this.view.last = known.lastState.terminated;
      this.view.image = known.image;
      this.view.imageId = known.imageID;
    }
    if (!found) {
      // It ran before and is not there any more: what the API knows of its end stands for it.
      const ended = known?.state.terminated;
      if (ended?.containerID) {
        this.view.current = {
          id: ended.containerID.replace('containerd://', ''), spec: { attempt: known!.restartCount } as RuntimeContainer['spec'], state: 'exited', createdAt: ended.startedAt ?? '',
          startedAt: ended.startedAt, finishedAt: ended.finishedAt, exitCode: ended.exitCode,
        };
        this.view.message = ended.message;
        this.#settledId = this.view.current.id;
      }
      return;
    }
    this.view.current = found;
    this.view.restartCount = found.spec.attempt;
    if (found.state === 'running') this.#startProbes();
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
      const image = await this.#image();
      const pod = this.#pod.pod();
      const { container } = this.view;
      const spec = planContainer({
        pod, container, attempt, sandboxId: sandbox.id, hostname: this.#pod.hostname(), image, imageFiles: imageFiles(image.rootfs),
        env: this.#pod.env(container), mounts: this.#pod.mounts(container), files: [...this.#pod.files(), this.#terminationLog(attempt)],
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
      this.#pod.changed();
      return;
    }
    this.view.waiting = undefined;
    this.#event('Normal', 'Started', `Started container ${this.name}`);
    this.#linkLog(created);
    if (!(await this.#postStart())) return;
    this.#startProbes();
    this.#pod.changed();
  }

  async #image(): Promise<ResolvedImage> {
    const { image, imagePullPolicy } = this.view.container;
    const reference = tryParseReference(image);
    if (!reference) throw new PodConfigError('InvalidImageName', `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`);
    const policy = imagePullPolicy ?? (reference.tag === 'latest' && !reference.digest ? 'Always' : 'IfNotPresent');
    const now = this.#context.clock.now();
    if (this.#imageBackOff && now < this.#imageBackOff.until) {
      this.retryAt = this.#imageBackOff.until;
      throw new PodConfigError('ImagePullBackOff', `Back-off pulling image "${image}": ErrImagePull: ${this.#pullFailure(image)}`);
    }
    const found = await this.#context.images.tryResolve(image);
    if (found) {
      this.#imageBackOff = undefined;
      const words = found.aliasOf === undefined ? `Container image "${image}" already present on machine` : `Container image "${image}" is answered by ${found.name} on this machine, since no registry is in reach`;
      this.#event('Normal', 'Pulled', words);
      return found;
    }
    if (policy === 'Never') throw new PodConfigError('ErrImageNeverPull', `Container image "${image}" is not present with pull policy of Never`);
    this.#event('Normal', 'Pulling', `Pulling image "${image}"`);
    const ms = nextBackOff(this.#imageBackOff?.ms);
    this.#imageBackOff = { ms, until: now + ms };
    this.retryAt = now + 1;
    this.#event('Warning', 'Failed', `Failed to pull image "${image}": ${this.#pullFailure(image)}`);
    throw new PodConfigError('ErrImagePull', this.#pullFailure(image));
  }

  #pullFailure(image: string): string {
    const full = fullName(tryParseReference(image)!);
    return `failed to pull and unpack image "${full}": failed to resolve reference "${full}": no registry is in reach; images of this machine: patchbay image list`;
  }

  #refuse(error: unknown): void {
    const known = error instanceof PodConfigError;
    const reason = known ? error.reason : 'CreateContainerError';
    const message = messageOf(error);
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
    this.#pod.changed();
  }

  /** True when there is no hook or it went well; otherwise the container is being ended. */
  async #postStart(): Promise<boolean> {
    const hook = this.view.container.lifecycle?.postStart;
    if (!hook) return true;
    const result = await runProbe({ ...hook, timeoutSeconds: 24 * 3600 }, this.#target());
    if (result.ok) return true;
    this.#event('Warning', 'FailedPostStartHook', `PostStartHook failed: ${result.message}`);
    await this.stop(this.#pod.pod().spec.terminationGracePeriodSeconds ?? 30, 'FailedPostStartHook');
    if (this.restarts()) this.view.waiting = { reason: 'PostStartHookError', message: result.message };
    this.#pod.changed();
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
        onStarted: () => update({ started: true }),
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
    this.view.message = this.#terminationMessage(current!);
    if (this.view.message !== undefined || current!.exitCode === 0 || this.view.container.terminationMessagePolicy !== 'FallbackToLogsOnError') return;
    void this.#lastLog(current!).then((text) => {
      if (this.view.current?.id !== current!.id || text === '') return;
      this.view.message = text;
      this.#pod.changed();
    }, () => {});
  }

  #terminationPath(attempt: number): string {
    return `${podDirectory(this.#pod.pod().metadata.uid!)}/containers/${this.name}/${attempt}`;
  }

  #terminationLog(attempt: number): Mount {
    const path = this.#terminationPath(attempt);
    const real = nodePath(this.#context, path);
    mkdirSync(dirname(real), { recursive: true });
    writeFileSync(real, '');
    chmodSync(real, 0o666);
    return { source: path, target: this.view.container.terminationMessagePath ?? '/dev/termination-log', readOnly: false };
  }

  #terminationMessage(current: RuntimeContainer): string | undefined {
    try {
      const text = readFileSync(nodePath(this.#context, this.#terminationPath(current.spec.attempt)));
      return text.length === 0 ? undefined : text.subarray(-maxTerminationMessage).toString('utf8');
    } catch {
      return undefined;
    }
  }

  async #lastLog(current: RuntimeContainer): Promise<string> {
    let text = '';
    for await (const line of readLines({ path: nodePath(this.#context, current.spec.logPath), ended: Promise.resolve() }, { follow: false, signal: new AbortController().signal })) {
      text = `${text}${line.content.toString('utf8')}${line.partial ? '' : '\n'}`.slice(-maxFallbackMessage);
    }
    return text;
  }

  #linkName(container: RuntimeContainer): string {
    const { metadata } = this.#pod.pod();
    return nodePath(this.#context, `/var/log/containers/${metadata.name}_${metadata.namespace}_${this.name}-${container.id}.log`);
  }

  #linkLog(container: RuntimeContainer): void {
    const link = this.#linkName(container);
    try {
      mkdirSync(dirname(link), { recursive: true });
      if (!lstatSync(link, { throwIfNoEntry: false })) symlinkSync(container.spec.logPath, link);
    } catch (error) {
      this.#context.logger.debug({ error: messageOf(error) }, 'no link to a log');
    }
  }

  /** Removes what is left of an attempt when the next has begun; its log stays for `logs --previous`, older ones go. */
  async #collect(previous: RuntimeContainer, attempt: number): Promise<void> {
    rmSync(nodePath(this.#context, `${podLogDirectory(this.#pod.pod())}/${this.name}/${attempt - 2}.log`), { force: true });
    rmSync(this.#linkName(previous), { force: true });
    await this.#context.runtime.removeContainer(previous.id).catch((error: unknown) => {
      this.#context.logger.debug({ error: messageOf(error) }, 'an ended container was not removed');
    });
  }

  /** Removes the links of this container's log. */
  forget(): void {
    if (this.view.current) rmSync(this.#linkName(this.view.current), { force: true });
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    const list = this.view.kind === 'main' ? 'containers' : this.view.kind === 'ephemeral' ? 'ephemeralContainers' : 'initContainers';
    this.#context.events.record(this.#pod.pod(), type, reason, message, `spec.${list}{${this.name}}`);
  }
}
