// One node's runtime: sandboxes and containers, known from their files at the start and from the kernel's notices afterwards.
import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { DisposableStack, messageOf, silentLogger } from '../../base/index.ts';
import type { Disposable, Logger } from '../../base/index.ts';
import type { AttachedInput, ContainerSpec, ExecOptions, ExecSession, Machines, NodeRuntime, RuntimeAttach, RuntimeContainer, RuntimeEvents, Sandbox, SandboxSpec } from '../types/index.ts';
import { ContainerRunner } from './containers.ts';
import { RuntimeError } from './errors.ts';
import { endStrayExecs, openAttach, startExec } from './exec.ts';
import { layout, sandboxPaths } from './layout.ts';
import { NodeFiles } from './nodeFiles.ts';
import { SandboxMaker } from './sandboxes.ts';

/** What a runtime is made from. `imageStore` is the store's path on the node. */
export interface NodeRuntimeOptions { machines: Machines; nodeName: string; imageStore: string; logger?: Logger }

type Change = { node: string; kind: 'container' | 'sandbox'; id: string };

/** A node's runtime. Starts nothing before it is asked; `dispose` stops watching and leaves every pod running. */
export function createNodeRuntime(options: NodeRuntimeOptions): NodeRuntime & RuntimeEvents & RuntimeAttach & Disposable {
  return new LocalNodeRuntime(options);
}

class LocalNodeRuntime implements NodeRuntime, RuntimeEvents, RuntimeAttach, Disposable {
  readonly nodeName: string;
  readonly #machines: Machines;
  readonly #logger: Logger;
  readonly #files: NodeFiles;
  readonly #maker: SandboxMaker;
  readonly #runner: ContainerRunner;
  readonly #owned = new DisposableStack();
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #sandboxes = new Map<string, Sandbox>();
  readonly #containers = new Map<string, RuntimeContainer>();
  readonly #pauseWatches = new Map<string, Disposable>();
  readonly #monitorWatches = new Map<string, Disposable>();
  readonly #exitWaiters = new Map<string, (() => void)[]>();
  /** Settles when what an earlier engine left half done is gone. */
  readonly #tidied: Promise<void>;

  constructor({ machines, nodeName, imageStore, logger = silentLogger }: NodeRuntimeOptions) {
    this.nodeName = nodeName;
    this.#machines = machines;
    this.#logger = logger.child({ node: nodeName });
    this.#files = new NodeFiles(machines.get(nodeName).root);
    this.#maker = new SandboxMaker(machines, nodeName, this.#files);
    this.#runner = new ContainerRunner(machines, nodeName, this.#files, (imageId) => `${imageStore}/${imageId}/rootfs`);
    for (const folder of [layout.sandboxes, layout.containers, layout.exits, layout.attach, layout.execs, layout.netns]) this.#files.ensureDir(folder);
    this.#files.ensureLink('/usr/bin/catatonit', layout.pause);
    this.#owned.add(this.#watchExits());
    for (const sandbox of this.#maker.readBack()) {
      this.#sandboxes.set(sandbox.id, sandbox);
      if (sandbox.ready) this.#watchPause(sandbox.id);
    }
    for (const container of this.#runner.readBack()) {
      if (container.state === 'created') continue;
      this.#containers.set(container.id, container);
      if (container.state === 'running') this.#watchMonitor(container);
    }
    this.#tidied = this.#tidy();
  }

  async #tidy(): Promise<void> {
    for (const step of [() => this.#runner.removeHalfMade(), () => this.#maker.removeHalfMade(), () => endStrayExecs(this.#place())]) {
      await step().catch((error: unknown) => this.#logger.error({ error: messageOf(error) }, 'something half made was not removed'));
    }
  }

  async runSandbox(spec: SandboxSpec): Promise<Sandbox> {
    await this.#tidied;
    const sandbox = await this.#maker.make(spec);
    this.#sandboxes.set(sandbox.id, sandbox);
    this.#watchPause(sandbox.id);
    return sandbox;
  }

  async removeSandbox(id: string): Promise<void> {
    const sandbox = this.#sandboxes.get(id);
    if (!sandbox) return;
    this.#pauseWatches.get(id)?.dispose();
    this.#pauseWatches.delete(id);
    const ids = [...this.#containers.values()].filter((container) => container.spec.sandboxId === id).map((container) => container.id);
    await this.#runner.remove(ids);
    for (const container of ids) this.#forget(container);
    await this.#maker.remove(sandbox);
    this.#sandboxes.delete(id);
  }

  async createContainer(spec: ContainerSpec): Promise<RuntimeContainer> {
    const sandbox = this.#sandboxes.get(spec.sandboxId);
    if (!sandbox?.ready) throw new RuntimeError('CreateContainerError', `sandbox "${spec.sandboxId}" is not ready`);
    const container = this.#runner.create(spec, sandbox);
    this.#containers.set(container.id, container);
    return container;
  }

  async startContainer(id: string): Promise<RuntimeContainer> {
    const container = this.#container(id);
    if (container.state !== 'created') return container;
    try {
      const started = await this.#runner.start(container);
      this.#containers.set(id, started);
      if (started.state === 'exited') this.#settleExit(id);
      else this.#watchMonitor(started);
      return started;
    } catch (error) {
      this.#containers.set(id, this.#runner.readState({ ...container, state: 'exited', exitCode: 128, finishedAt: new Date().toISOString() }));
      throw error;
    }
  }

  async stopContainer(id: string, graceSeconds: number): Promise<void> {
    const container = this.#containers.get(id);
    if (container?.state !== 'running') return;
    const exited = this.#exit(id);
    if (graceSeconds > 0) {
      await this.#runner.signal(container, 'TERM');
      if (await settlesWithin(exited, graceSeconds * 1000)) return;
    }
    await this.#runner.signal(container, 'KILL');
    await exited;
  }

  async removeContainer(id: string): Promise<void> {
    if (!this.#containers.has(id)) return;
    await this.#runner.remove([id]);
    this.#forget(id);
  }

  exec(containerId: string, options: ExecOptions): Promise<ExecSession> {
    this.#running(containerId);
    return startExec(this.#place(), containerId, options);
  }

  attach(containerId: string): Promise<AttachedInput> {
    this.#running(containerId);
    return openAttach(this.#place(), containerId);
  }

  async list(): Promise<{ sandboxes: Sandbox[]; containers: RuntimeContainer[] }> {
    await this.#tidied;
    return { sandboxes: [...this.#sandboxes.values()], containers: [...this.#containers.values()] };
  }

  onChange(listener: (change: Change) => void): Disposable {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }

  dispose(): void {
    for (const watched of this.#pauseWatches.values()) watched.dispose();
    this.#pauseWatches.clear();
    for (const watched of this.#monitorWatches.values()) watched.dispose();
    this.#monitorWatches.clear();
    this.#owned.dispose();
    this.#listeners.clear();
  }

  #place() {
    return { machines: this.#machines, nodeName: this.nodeName, files: this.#files };
  }

  #container(id: string): RuntimeContainer {
    const container = this.#containers.get(id);
    if (!container) throw new RuntimeError('NotFound', `container "${id}" was not found`);
    return container;
  }

  #running(id: string): void {
    const { state } = this.#container(id);
    if (state !== 'running') throw new RuntimeError('NotRunning', `container "${id}" is in state ${state}`);
  }

  #emit(kind: Change['kind'], id: string): void {
    for (const listener of this.#listeners) listener({ node: this.nodeName, kind, id });
  }

  #watchExits(): FSWatcher & Disposable {
    const watcher = watch(this.#files.path(layout.exits), { persistent: false }, (_kind, name) => {
      const container = name ? this.#containers.get(name) : undefined;
      // conmon tells the end of a container that was removed while it ran.
      if (name && !container && /^[0-9a-f]{64}$/.test(name)) this.#files.remove(`${layout.exits}/${name}`);
      // A container that is being started is read by startContainer itself.
      if (container?.state !== 'running') return;
      const now = this.#runner.readState(container);
      if (now.state !== 'exited') return;
      this.#containers.set(now.id, now);
      this.#settleExit(now.id);
    });
    watcher.on('error', (error) => this.#logger.error({ error: messageOf(error) }, 'exits of containers are no longer seen'));
    return Object.assign(watcher, { dispose: () => watcher.close() });
  }

  #watchPause(id: string): void {
    this.#pauseWatches.set(id, this.#files.watchFifo(sandboxPaths(id).alive, () => {
      const sandbox = this.#sandboxes.get(id);
      this.#pauseWatches.delete(id);
      if (!sandbox) return;
      this.#sandboxes.set(id, { ...sandbox, ready: false });
      this.#emit('sandbox', id);
    }));
  }

  #watchMonitor(container: RuntimeContainer): void {
    const ended = () => void this.#monitorEnded(container.id).catch((error: unknown) => {
      this.#logger.error({ container: container.id, error: messageOf(error) }, 'a container without its monitor was not ended');
    });
    this.#monitorWatches.set(container.id, this.#runner.watchMonitor(container, ended));
    // A fifo whose only writer was gone before it was opened says nothing.
    if (!this.#runner.hasMonitor(container)) ended();
  }

  async #monitorEnded(id: string): Promise<void> {
    this.#monitorWatches.get(id)?.dispose();
    this.#monitorWatches.delete(id);
    const container = this.#containers.get(id);
    if (container?.state !== 'running') return;
    let now = this.#runner.readState(container);
    if (now.state === 'running') {
      this.#logger.warn({ container: id, name: container.spec.name }, 'the monitor of a container died; the container is ended');
      now = await this.#runner.abandon(container);
    }
    if (this.#containers.get(id)?.state !== 'running') return;
    this.#containers.set(id, now);
    this.#settleExit(id);
  }

  #exit(id: string): Promise<void> {
    return new Promise((resolve) => {
      this.#exitWaiters.set(id, [...(this.#exitWaiters.get(id) ?? []), resolve]);
    });
  }

  #settleExit(id: string): void {
    for (const settle of this.#exitWaiters.get(id) ?? []) settle();
    this.#exitWaiters.delete(id);
    this.#emit('container', id);
  }

  #forget(id: string): void {
    this.#monitorWatches.get(id)?.dispose();
    this.#monitorWatches.delete(id);
    this.#containers.delete(id);
    for (const settle of this.#exitWaiters.get(id) ?? []) settle();
    this.#exitWaiters.delete(id);
    this.#emit('container', id);
  }
}

function settlesWithin(promise: Promise<void>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.min(ms, 2 ** 31 - 1), false);
    void promise.finally(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
