// One pod on its node: brings what runs towards what is asked for, one step at a time, whenever something happens.
// Past 300 lines: start, replacement and end of a pod are one state machine.
import { rmSync } from 'node:fs';
import { messageOf } from '../../base/index.ts';
import type { Disposable } from '../../base/index.ts';
import { RuntimeError } from '../runtime/index.ts';
import { isStatus, resources } from '../types/index.ts';
import type { Container, Pod, RuntimeContainer, Sandbox } from '../types/index.ts';
import { ContainerUnit } from './containerUnit.ts';
import { planEnv, planServiceEnv } from './env.ts';
import { nodePath, podLogDirectory } from './nodeContext.ts';
import type { NodeContext } from './nodeContext.ts';
import { podFileMounts, podNames, writePodFiles } from './podFiles.ts';
import { isInitialised, planStatus } from './status.ts';
import { StatusWriter } from './statusWriter.ts';
import { PodVolumes, refersTo } from './volumes.ts';

const sandboxRetryMs = 1000;
const volumeRetryMs = 2000;
const failureRetryMs = 5000;
const defaultGraceSeconds = 30;

/** A pod of this node; `onGone` is called when nothing of it is left. */
export class PodWorker implements Disposable {
  readonly uid: string;
  readonly #context: NodeContext;
  readonly #units: ContainerUnit[];
  readonly #volumes: PodVolumes;
  readonly #writer: StatusWriter;
  readonly #onGone: () => void;
  #pod: Pod;
  #sandbox: Sandbox | undefined;
  #sandboxAttempt = 0;
  #busy = false;
  #again = false;
  #stopped = false;
  #gone = false;
  /** Deleted from the API without waiting for us. */
  #forced = false;
  #failed: { reason: string; message: string } | undefined;
  #timer: Disposable | undefined;
  #retryAt: number | undefined;
  #toldMount = '';
  #killDeadline: number | undefined;

  constructor(context: NodeContext, pod: Pod, onGone: () => void) {
    this.#context = context;
    this.#pod = pod;
    this.uid = pod.metadata.uid!;
    this.#onGone = onGone;
    this.#volumes = new PodVolumes(context, this.uid);
    this.#writer = new StatusWriter(context, pod.status);
    const unit = (kind: ContainerUnit['view']['kind']) => (container: Container) => this.#unit(container, kind === 'init' && container.restartPolicy === 'Always' ? 'sidecar' : kind);
    this.#units = [...(pod.spec.initContainers ?? []).map(unit('init')), ...pod.spec.containers.map(unit('main'))];
    this.#addEphemeral();
  }

  #unit(container: Container, kind: ContainerUnit['view']['kind']): ContainerUnit {
    return new ContainerUnit(this.#context, this.#surroundings(), container, kind);
  }

  /** Ephemeral containers are only ever added. */
  #addEphemeral(): void {
    for (const container of this.#pod.spec.ephemeralContainers ?? []) if (!this.unit(container.name)) this.#units.push(this.#unit(container, 'ephemeral'));
  }

  get pod(): Pod {
    return this.#pod;
  }

  get sandbox(): Sandbox | undefined {
    return this.#sandbox;
  }

  unit(name: string): ContainerUnit | undefined {
    return this.#units.find((unit) => unit.name === name);
  }

  /** Takes over what a restarted engine finds on the node. */
  adopt(sandboxes: readonly Sandbox[], containers: readonly RuntimeContainer[]): void {
    const own = sandboxes.filter((sandbox) => sandbox.spec.podUid === this.uid).sort((a, b) => b.spec.attempt - a.spec.attempt);
    this.#sandbox = own[0];
    this.#sandboxAttempt = (own[0]?.spec.attempt ?? -1) + 1;
    for (const unit of this.#units) {
      const found = containers.filter((container) => container.spec.name === unit.name && own.some((sandbox) => sandbox.id === container.spec.sandboxId));
      unit.adopt(found.sort((a, b) => b.spec.attempt - a.spec.attempt)[0]);
    }
  }

  /** The API's newest state of the pod. */
  update(pod: Pod): void {
    this.#pod = pod;
    this.#writer.observe(pod);
    this.#addEphemeral();
    if (pod.metadata.deletionTimestamp) {
      this.#shortenGrace();
      for (const unit of this.#units) unit.interrupt();
    }
    this.trigger();
  }

  /** The pod is gone from the API: everything of it is removed at once. */
  removed(): void {
    this.#forced = true;
    this.#killDeadline = this.#context.clock.now();
    for (const unit of this.#units) {
      unit.interrupt();
      if (unit.running) void this.#context.runtime.stopContainer(unit.view.current!.id, 0).catch(() => {});
    }
    this.trigger();
  }

  /** A ConfigMap or Secret of the pod's namespace has changed. */
  referenceChanged(name: string): void {
    if (refersTo(this.#pod, name)) this.trigger();
  }

  /** Looks again, after what is being done now. */
  trigger(): void {
    if (this.#stopped || this.#gone) return;
    this.#again = true;
    if (this.#busy) return;
    this.#busy = true;
    void this.#work();
  }

  dispose(): void {
    this.#stopped = true;
    this.#timer?.dispose();
    this.#writer.dispose();
    this.#volumes.dispose();
    for (const unit of this.#units) unit.dispose();
  }

  async #work(): Promise<void> {
    while (this.#again && !this.#stopped && !this.#gone) {
      this.#again = false;
      this.#retryAt = undefined;
      try {
        await this.#look();
        if (this.#forced || this.#pod.metadata.deletionTimestamp) await this.#terminate();
        else await this.#sync();
      } catch (error) {
        this.#context.logger.warn({ pod: this.#name(), error: messageOf(error) }, 'a pod could not be brought forward');
        this.#retryAt = this.#context.clock.now() + failureRetryMs;
      }
    }
    this.#busy = false;
    if (!this.#gone && !this.#stopped) this.#schedule();
  }

  #schedule(): void {
    const times = [this.#retryAt, ...this.#units.map((unit) => unit.retryAt), this.#deadline()].filter((time) => time !== undefined);
    this.#timer?.dispose();
    this.#timer = undefined;
    if (times.length === 0) return;
    const wait = Math.min(Math.max(0, Math.min(...times) - this.#context.clock.now()), 2 ** 31 - 1);
    this.#timer = this.#context.clock.after(wait, () => this.trigger());
  }

  async #look(): Promise<void> {
    const { sandboxes, containers } = await this.#context.runtime.list();
    if (this.#sandbox) this.#sandbox = sandboxes.find((sandbox) => sandbox.id === this.#sandbox!.id) ?? { ...this.#sandbox, ready: false };
    for (const unit of this.#units) unit.look(containers);
  }

  async #sync(): Promise<void> {
    const now = this.#context.clock.now();
    const deadline = this.#deadline();
    if (deadline !== undefined && now >= deadline) this.#failed ??= { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' };
    if (this.#failed || this.#finished()) {
      await this.#stopAll(this.#pod.spec.terminationGracePeriodSeconds ?? defaultGraceSeconds);
      this.#publish();
      await this.#dropSandbox();
      this.#publish();
      return;
    }
    this.#publish();
    if (!(await this.#ensureVolumes())) return;
    if (!(await this.#ensureSandbox())) return;
    if (!(await this.#initialise())) return;
    for (const unit of this.#units) {
      if (unit.view.kind !== 'main' && unit.view.kind !== 'ephemeral') continue;
      await unit.reconcile();
      if (this.#interrupted()) return;
    }
    this.#publish();
    if (this.#finished()) this.#again = true;
  }

  /** Runs init containers in order; true when the pod's own containers may start. */
  async #initialise(): Promise<boolean> {
    const started = this.#units.some((unit) => unit.view.kind === 'main' && unit.view.current);
    for (const unit of this.#units.filter(({ view }) => view.kind === 'init' || view.kind === 'sidecar')) {
      if (unit.view.kind === 'init' && (started || isInitialised(unit.view))) continue;
      await unit.reconcile();
      if (this.#interrupted()) return false;
      if (!started && !isInitialised(unit.view)) {
        this.#publish();
        if (this.#finished()) this.#again = true;
        return false;
      }
    }
    return true;
  }

  #interrupted(): boolean {
    return this.#stopped || this.#forced || this.#pod.metadata.deletionTimestamp !== undefined;
  }

  /** Nothing will run again: all containers have ended for good. */
  #finished(): boolean {
    const status = this.#writer.known?.phase;
    if (status === 'Succeeded' || status === 'Failed') return true;
    const failedInit = this.#units.some((unit) => unit.view.kind === 'init' && unit.exited && unit.view.current!.exitCode !== 0 && !unit.restarts());
    const mains = this.#units.filter((unit) => unit.view.kind === 'main');
    return failedInit || mains.every((unit) => unit.exited && !unit.restarts());
  }

  #deadline(): number | undefined {
    const { activeDeadlineSeconds } = this.#pod.spec;
    const startTime = this.#writer.known?.startTime ?? this.#pod.status?.startTime;
    if (activeDeadlineSeconds === undefined || !startTime || this.#failed || this.#finished()) return undefined;
    return Date.parse(startTime) + activeDeadlineSeconds * 1000;
  }

  async #ensureVolumes(): Promise<boolean> {
    try {
      await this.#volumes.ensure(this.#pod, this.#address(), () => this.trigger());
      this.#toldMount = '';
      return true;
    } catch (error) {
      const message = messageOf(error);
      if (message !== this.#toldMount) this.#event('Warning', 'FailedMount', message);
      this.#toldMount = message;
      // Changes of what is missing trigger at once; the timer is for what the node itself refused.
      this.#retryAt = this.#context.clock.now() + volumeRetryMs * 5;
      return this.#units.some((unit) => unit.view.current !== undefined);
    }
  }

  async #ensureSandbox(): Promise<boolean> {
    if (this.#sandbox?.ready) return true;
    if (this.#sandbox) {
      this.#event('Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.');
      await Promise.all(this.#units.map((unit) => unit.stop(Math.min(this.#pod.spec.terminationGracePeriodSeconds ?? defaultGraceSeconds, defaultGraceSeconds))));
      await this.#dropSandbox();
      this.#publish();
      const never = this.#pod.spec.restartPolicy === 'Never' && this.#units.some((unit) => unit.view.current);
      if (never || this.#interrupted()) {
        this.#again = true;
        return false;
      }
    }
    const { metadata, spec } = this.#pod;
    const { hostname } = podNames(this.#context, this.#pod);
    try {
      this.#sandbox = await this.#context.runtime.runSandbox({
        podUid: this.uid, namespace: metadata.namespace!, name: metadata.name, attempt: this.#sandboxAttempt, hostname, hostNetwork: spec.hostNetwork ?? false,
        hostPorts: spec.hostNetwork ? [] : spec.containers.flatMap((container) => (container.ports ?? []).flatMap((port) => (port.hostPort
          ? [{ protocol: port.protocol ?? 'TCP' as const, containerPort: port.containerPort, hostPort: port.hostPort, ...(port.hostIP && { hostIP: port.hostIP }) }] : []))),
        labels: metadata.labels ?? {},
      });
    } catch (error) {
      const message = messageOf(error);
      if (error instanceof RuntimeError && error.reason === 'NetworkNotReady') this.#event('Warning', 'NetworkNotReady', `network is not ready: container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: ${message}`);
      else this.#event('Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: rpc error: code = Unknown desc = ${message}`);
      this.#retryAt = this.#context.clock.now() + sandboxRetryMs * Math.min(30, 2 ** Math.min(this.#sandboxAttempt, 5));
      return false;
    } finally {
      this.#sandboxAttempt += 1;
    }
    writePodFiles(this.#context, this.#pod, this.#sandbox.ip);
    // The pod's address is known only now.
    return this.#pod.spec.volumes?.some((volume) => volume.downwardAPI || volume.projected) ? this.#ensureVolumes() : true;
  }

  async #dropSandbox(): Promise<void> {
    if (!this.#sandbox) return;
    await this.#context.runtime.removeSandbox(this.#sandbox.id);
    this.#sandbox = undefined;
    for (const unit of this.#units) unit.lost();
  }

  /** Ends the pod's own containers together, then sidecars in reverse order, within one grace. */
  async #stopAll(graceSeconds: number): Promise<void> {
    const deadline = this.#context.clock.now() + graceSeconds * 1000;
    const left = () => Math.max(0, (Math.min(deadline, this.#killDeadline ?? deadline) - this.#context.clock.now()) / 1000);
    const stop = async (unit: ContainerUnit) => {
      await unit.stop(left());
      this.#publish();
    };
    await Promise.all(this.#units.filter((unit) => unit.view.kind !== 'sidecar').map(stop));
    for (const unit of this.#units.filter((candidate) => candidate.view.kind === 'sidecar').toReversed()) await stop(unit);
  }

  /** A second deletion may shorten the grace of the first while containers are being ended. */
  #shortenGrace(): void {
    // The time on the wire has lost its fraction of a second; a grace of one second must not become none.
    const deadline = Date.parse(this.#pod.metadata.deletionTimestamp!) + 999;
    if (this.#killDeadline !== undefined && deadline < this.#killDeadline - 999) {
      const left = Math.max(0, (deadline - this.#context.clock.now()) / 1000);
      for (const unit of this.#units) if (unit.running) void this.#context.runtime.stopContainer(unit.view.current!.id, left).catch(() => {});
    }
    this.#killDeadline = Math.min(this.#killDeadline ?? deadline, deadline);
  }

  async #terminate(): Promise<void> {
    await this.#stopAll(this.#forced ? 0 : this.#pod.metadata.deletionGracePeriodSeconds ?? defaultGraceSeconds);
    this.#publish(true);
    await this.#dropSandbox();
    await this.#volumes.remove(this.#pod);
    for (const unit of this.#units) unit.forget();
    rmSync(nodePath(this.#context, podLogDirectory(this.#pod)), { recursive: true, force: true });
    if (!this.#forced) {
      this.#publish(true);
      await this.#writer.settled();
      await this.#deleteObject();
    }
    this.#gone = true;
    this.dispose();
    this.#onGone();
  }

  async #deleteObject(): Promise<void> {
    const { name, namespace } = this.#pod.metadata;
    try {
      await this.#context.client.delete(resources.pods, { name, namespace }, { gracePeriodSeconds: 0, preconditions: { uid: this.uid } });
    } catch (error) {
      if (!isStatus(error, 'NotFound') && !isStatus(error, 'Conflict')) throw error;
    }
  }

  #publish(ended = false): void {
    if (this.#forced) return;
    const known = this.#writer.known ?? this.#pod.status;
    this.#writer.push(this.#pod, planStatus({
      pod: { ...this.#pod, status: { ...this.#pod.status, ...known, conditions: mergeConditions(this.#pod.status?.conditions, known?.conditions) } },
      views: this.#units.map((unit) => unit.view),
      ...(this.#sandbox && { sandbox: this.#sandbox }),
      hostIP: this.#context.machine.address,
      lastIP: known?.podIP,
      now: this.#context.clock.now(),
      ended: ended || known?.phase === 'Succeeded' || known?.phase === 'Failed',
      ...(this.#failed && { failed: this.#failed }),
    }));
  }

  #name(): string {
    return `${this.#pod.metadata.namespace}/${this.#pod.metadata.name}`;
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#context.events.record(this.#pod, type, reason, message);
  }

  #address(): string {
    return this.#pod.spec.hostNetwork ? this.#context.machine.address : this.#sandbox?.ip ?? '';
  }

  #surroundings() {
    const { informers, allocatable, machine } = this.#context;
    return {
      pod: () => this.#pod,
      sandbox: () => this.#sandbox,
      address: () => this.#address(),
      hostname: () => podNames(this.#context, this.#pod).hostname,
      env: (container: Container) => {
        const { namespace } = this.#pod.metadata;
        const services = planServiceEnv(informers.services.list(), namespace!, this.#pod.spec.enableServiceLinks ?? true);
        return planEnv(container, {
          pod: this.#pod, podIP: this.#address(), hostIP: machine.address, allocatable,
          configMap: (name) => informers.configMaps.get({ name, namespace }),
          secret: (name) => informers.secrets.get({ name, namespace }),
        }, services);
      },
      mounts: (container: Container) => this.#volumes.mounts(this.#pod, container),
      files: () => podFileMounts(this.#pod),
      pidOf: (name: string | undefined) => (name === undefined ? undefined : this.unit(name)?.view.current?.pid),
      publish: () => this.#publish(),
      changed: () => {
        this.#publish();
        this.trigger();
      },
    };
  }
}

/** Our own conditions as last written, those of others as last seen. */
function mergeConditions(seen: NonNullable<Pod['status']>['conditions'] = [], written: NonNullable<Pod['status']>['conditions'] = []) {
  const types = new Set(written.map((condition) => condition.type));
  return [...written, ...seen.filter((condition) => !types.has(condition.type))];
}
