// Containers: a bundle beside the sandbox, conmon and crun to run it, the exit file to know its end.
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { CommandError, messageOf } from '../../base/index.ts';
import type { Disposable } from '../../base/index.ts';
import type { ContainerSpec, Machines, RuntimeContainer, Sandbox } from '../types/index.ts';
import { parseStart, planStart } from './conmon.ts';
import { RuntimeError } from './errors.ts';
import { containerPaths, layout } from './layout.ts';
import { endMakers, killDirectly } from './leftovers.ts';
import type { NodeFiles } from './nodeFiles.ts';
import { planOciConfig } from './ociConfig.ts';

const commandTimeoutMs = 60_000;

// Removal works on many containers in one shell: the runtime's own record, the mount, the bundle, what conmon left.
const removeScript = `
for id; do
  crun --root=${layout.crunRoot} delete --force "$id" 2>/dev/null
  umount "${layout.containers}/$id/rootfs" 2>/dev/null
  rm -rf "${layout.containers}/$id" "${layout.exits}/$id" "${layout.attach}/$id"
done
`;

/** Runs the containers of one node; keeps no state of its own but what lies in the bundles. */
export class ContainerRunner {
  readonly #machines: Machines;
  readonly #nodeName: string;
  readonly #files: NodeFiles;
  /** The root file system of an image, as a path on the node. */
  readonly #rootOf: (imageId: string) => string;

  constructor(machines: Machines, nodeName: string, files: NodeFiles, rootOf: (imageId: string) => string) {
    this.#machines = machines;
    this.#nodeName = nodeName;
    this.#files = files;
    this.#rootOf = rootOf;
  }

  /** Every container found on the node, with the state that its files tell. */
  readBack(): RuntimeContainer[] {
    return this.#files.list(layout.containers).flatMap((id) => {
      const kept = this.#files.tryReadJson<RuntimeContainer>(containerPaths(id).state);
      return kept ? [this.readState(kept)] : [];
    });
  }

  /** The container as its exit file and process say it is now. */
  readState(container: RuntimeContainer): RuntimeContainer {
    if (container.state === 'exited') return container;
    const paths = containerPaths(container.id);
    const exit = this.#files.tryRead(paths.exit);
    const at = this.#files.tryModifiedAt(paths.exit);
    if (exit !== undefined && exit !== '' && at !== undefined) return this.#exited(container, Number(exit), at);
    // conmon died with its container: nobody will write an exit code. While conmon lives, it still will.
    const gone = !container.pid || !this.#files.exists(`/proc/${container.pid}`);
    if (container.state === 'running' && gone && !this.hasMonitor(container)) return this.#exited(container, 137, Date.now());
    return container;
  }

  /** Whether the container's conmon lives. */
  hasMonitor(container: RuntimeContainer): boolean {
    const pid = Number(this.#files.tryRead(containerPaths(container.id).conmonPid));
    return pid > 0 && this.#files.tryRead(`/proc/${pid}/comm`)?.trim() === 'conmon';
  }

  /** Calls `onEnd` once the container's conmon is not there any more: after the container's end, or because it was killed itself. */
  watchMonitor(container: RuntimeContainer, onEnd: () => void): Disposable {
    return this.#files.watchFifo(containerPaths(container.id).alive, onEnd);
  }

  /** A container that nobody watches has lost its log and its exit code: it is ended and counts as killed. */
  async abandon(container: RuntimeContainer): Promise<RuntimeContainer> {
    await this.signal(container, 'KILL');
    return this.#exited(container, 137, Date.now());
  }

  /** Removes containers whose start was cut off by the end of the engine; whoever asked for them was never told of them. */
  async removeHalfMade(): Promise<void> {
    const ids = this.#files.list(layout.containers).filter((id) => (this.#files.tryReadJson<RuntimeContainer>(containerPaths(id).state)?.state ?? 'created') === 'created');
    if (ids.length === 0) return;
    await endMakers(this.#machines, this.#nodeName, this.#files, ids);
    await this.remove(ids);
  }

  #exited(container: RuntimeContainer, exitCode: number, at: number): RuntimeContainer {
    const { pid: _pid, ...rest } = container;
    const ended: RuntimeContainer = { ...rest, state: 'exited', exitCode, finishedAt: new Date(at).toISOString() };
    return this.#keep(ended);
  }

  #keep(container: RuntimeContainer): RuntimeContainer {
    try {
      this.#files.write(containerPaths(container.id).state, JSON.stringify(container));
    } catch {
      // The bundle is being removed while its end is told; what is kept here would be removed with it.
    }
    return container;
  }

  /** Writes the bundle; starts nothing. */
  create(spec: ContainerSpec, sandbox: Sandbox): RuntimeContainer {
    const id = randomBytes(32).toString('hex');
    const paths = containerPaths(id);
    try {
      for (const folder of [paths.upper, paths.work, paths.rootfs, dirname(spec.logPath)]) this.#files.ensureDir(folder);
      this.#files.write(paths.config, JSON.stringify(planOciConfig(spec, sandbox)));
      const container: RuntimeContainer = { id, spec, state: 'created', createdAt: new Date().toISOString() };
      this.#files.write(paths.state, JSON.stringify(container));
      return container;
    } catch (cause) {
      this.#files.remove(paths.dir);
      throw new RuntimeError('CreateContainerError', `failed to create containerd container: ${messageOf(cause)}`, { cause });
    }
  }

  /** Mounts, creates and starts; throws RuntimeError StartError, after which the container is `exited` with 128. */
  async start(container: RuntimeContainer): Promise<RuntimeContainer> {
    const { id, spec } = container;
    try {
      const stdout = await this.#machines.run(this.#nodeName, planStart(id, spec, this.#rootOf(spec.imageId)), { timeoutMs: commandTimeoutMs });
      const pid = parseStart(stdout);
      return this.readState(this.#keep({ ...container, state: 'running', pid, startedAt: new Date().toISOString() }));
    } catch (error) {
      this.#exited(container, 128, Date.now());
      if (error instanceof RuntimeError) throw error;
      await this.#stopHalfStarted(id).catch(() => {});
      const said = error instanceof CommandError ? error.result?.stderr.trim() || error.message : messageOf(error);
      throw new RuntimeError('StartError', `failed to start container: ${said}`, { exitCode: 128, cause: error });
    }
  }

  /** What was created but could not be started would wait for ever. */
  async #stopHalfStarted(id: string): Promise<void> {
    await endMakers(this.#machines, this.#nodeName, this.#files, [id]);
    await this.#machines.run(this.#nodeName, ['crun', `--root=${layout.crunRoot}`, 'delete', '--force', id], { timeoutMs: commandTimeoutMs });
  }

  /** Sends a signal to the container's first process; an ended one is fine. KILL also works on a node that can start no process any more. */
  async signal(container: RuntimeContainer, signal: 'TERM' | 'KILL'): Promise<void> {
    try {
      await this.#signalByRuntime(container, signal);
    } catch (error) {
      if (signal !== 'KILL' || !container.pid || !killDirectly(this.#files, container.pid)) throw error;
    }
  }

  async #signalByRuntime(container: RuntimeContainer, signal: 'TERM' | 'KILL'): Promise<void> {
    await this.#machines.run(this.#nodeName, ['sh', '-c', `crun --root=${layout.crunRoot} kill "$0" ${signal} 2>/dev/null || :`, container.id], { timeoutMs: commandTimeoutMs });
  }

  /** Removes containers and what they left; absent ones are fine. */
  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.#machines.run(this.#nodeName, ['sh', '-c', removeScript, 'remove-containers', ...ids], { timeoutMs: commandTimeoutMs });
  }
}
