// A pod's volumes on its node: made before the first container, kept up to date, removed with the pod.
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf } from '../../base/index.ts';
import type { Disposable } from '../../base/index.ts';
import type { Container, Mount, Pod, Volume } from '../types/index.ts';
import { PodConfigError, VolumeError } from './errors.ts';
import { nodePath, podDirectory } from './nodeContext.ts';
import type { NodeContext } from './nodeContext.ts';
import { tryParseQuantity } from './quantity.ts';
import { planPayload, tokenSources } from './volumePayload.ts';
import type { Payload, PayloadSources, TokenSource } from './volumePayload.ts';

const defaultTokenSeconds = 3607;
/** Bytes of a memory volume that names no size. */
const defaultMemoryBytes = 64 * 1024 * 1024;

/** The volumes of one pod. */
export class PodVolumes implements Disposable {
  readonly #context: NodeContext;
  readonly #uid: string;
  /** Volume name to its path on the node, once it is there. */
  readonly #paths = new Map<string, string>();
  /** What was last written, to write only what has changed. */
  readonly #written = new Map<string, string>();
  readonly #tokens = new Map<string, { token: string; renewAt: number }>();
  #renewal: Disposable | undefined;

  constructor(context: NodeContext, uid: string) {
    this.#context = context;
    this.#uid = uid;
  }

  /** Makes what is missing and rewrites files whose sources have changed; throws VolumeError. `onExpiry` asks for another call when a token must be renewed. */
  async ensure(pod: Pod, podIP: string, onExpiry: () => void): Promise<void> {
    for (const volume of pod.spec.volumes ?? []) {
      const sources = tokenSources(volume);
      for (const source of sources) await this.#ensureToken(pod, source, onExpiry);
      try {
        await this.#ensureVolume(pod, volume, podIP);
      } catch (error) {
        if (error instanceof VolumeError) throw error;
        throw new VolumeError(volume.name, messageOf(error), error);
      }
    }
  }

  /** The mounts of a container; throws PodConfigError when a mount names no volume of the pod. */
  mounts(pod: Pod, container: Container): Mount[] {
    return (container.volumeMounts ?? []).map((mount) => {
      const base = this.#paths.get(mount.name);
      if (base === undefined) throw new PodConfigError('CreateContainerConfigError', `cannot find volume "${mount.name}" to mount into container "${container.name}"`);
      const source = mount.subPath ? this.#ensureSubPath(pod, base, mount.subPath, mount.name) : base;
      return { source, target: mount.mountPath, readOnly: mount.readOnly ?? false };
    });
  }

  /** Removes every file and mount of the pod on its node. */
  async remove(pod: Pod): Promise<void> {
    this.dispose();
    const mounted = (pod.spec.volumes ?? []).some((volume) => volume.emptyDir?.medium === 'Memory');
    if (mounted) await unmountBelow(this.#context, [podDirectory(this.#uid)]);
    rmSync(nodePath(this.#context, podDirectory(this.#uid)), { recursive: true, force: true });
  }

  dispose(): void {
    this.#renewal?.dispose();
    this.#renewal = undefined;
  }

  #directory(plugin: string, name: string): string {
    return `${podDirectory(this.#uid)}/volumes/kubernetes.io~${plugin}/${name}`;
  }

  async #ensureVolume(pod: Pod, volume: Volume, podIP: string): Promise<void> {
    if (volume.emptyDir) return this.#ensureEmptyDir(pod, volume);
    if (volume.hostPath) {
      this.#paths.set(volume.name, this.#ensureHostPath(volume.name, volume.hostPath));
      return;
    }
    const payload = planPayload(volume, this.#sources(pod, podIP));
    if (!payload) throw new VolumeError(volume.name, 'no volume plugin matched');
    const plugin = volume.configMap ? 'configmap' : volume.secret ? 'secret' : volume.downwardAPI ? 'downward-api' : 'projected';
    const directory = this.#directory(plugin, volume.name);
    const digest = digestOf(payload);
    if (this.#written.get(volume.name) !== digest) {
      writePayload(nodePath(this.#context, directory), payload, pod.spec.securityContext?.fsGroup);
      this.#written.set(volume.name, digest);
    }
    this.#paths.set(volume.name, directory);
  }

  async #ensureEmptyDir(pod: Pod, volume: Volume): Promise<void> {
    if (this.#paths.has(volume.name)) return;
    const directory = this.#directory('empty-dir', volume.name);
    const path = nodePath(this.#context, directory);
    const fresh = !existsSync(path);
    mkdirSync(path, { recursive: true });
    if (fresh && volume.emptyDir?.medium === 'Memory') {
      await this.#context.machines.run(this.#context.machine.name, ['mount', '-t', 'tmpfs', '-o', `size=${memoryLimit(volume.emptyDir.sizeLimit)}`, 'tmpfs', directory]);
    }
    const group = pod.spec.securityContext?.fsGroup;
    if (group !== undefined) chownSync(path, 0, group);
    chmodSync(path, group === undefined ? 0o777 : 0o2777);
    this.#paths.set(volume.name, directory);
  }

  #ensureHostPath(name: string, { path, type = '' }: { path: string; type?: string }): string {
    const real = nodePath(this.#context, path);
    const found = existsSync(real) ? statSync(real) : undefined;
    if (!found && type === 'DirectoryOrCreate') mkdirSync(real, { recursive: true });
    else if (!found && type === 'FileOrCreate') writeFileSync(real, '');
    else if (!found && type === '') mkdirSync(real, { recursive: true });
    else if (!found) throw new VolumeError(name, `hostPath type check failed: ${path} is not a ${type.toLowerCase()}`);
    else if (type === 'Directory' && !found.isDirectory()) throw new VolumeError(name, `hostPath type check failed: ${path} is not a directory`);
    else if (type === 'File' && !found.isFile()) throw new VolumeError(name, `hostPath type check failed: ${path} is not a file`);
    return path;
  }

  #ensureSubPath(pod: Pod, base: string, subPath: string, name: string): string {
    if (subPath.startsWith('/') || subPath.split('/').includes('..')) throw new PodConfigError('CreateContainerConfigError', `failed to prepare subPath for volumeMount "${name}" of container`);
    const isFiles = (pod.spec.volumes ?? []).find((volume) => volume.name === name);
    const joined = join(base, subPath);
    const real = nodePath(this.#context, joined);
    if (!existsSync(real)) {
      if (!isFiles?.emptyDir && !isFiles?.hostPath) throw new PodConfigError('CreateContainerConfigError', `failed to prepare subPath for volumeMount "${name}" of container`);
      mkdirSync(real, { recursive: true });
    }
    // A file of a configMap is a link into the current version; a mount must not follow later versions half way.
    const data = join(nodePath(this.#context, base), '..data');
    return existsSync(data) ? join(base, readlinkSync(data), subPath) : joined;
  }

  #sources(pod: Pod, podIP: string): PayloadSources {
    const { informers, allocatable, machine } = this.#context;
    const namespace = pod.metadata.namespace;
    return {
      pod, podIP, hostIP: machine.address, allocatable,
      configMap: (name) => informers.configMaps.get({ name, namespace }),
      secret: (name) => informers.secrets.get({ name, namespace }),
      token: (source) => this.#tokens.get(tokenKey(source))?.token,
    };
  }

  async #ensureToken(pod: Pod, source: TokenSource, onExpiry: () => void): Promise<void> {
    const { tokens, clock } = this.#context;
    const known = this.#tokens.get(tokenKey(source));
    if (!tokens || (known && clock.now() < known.renewAt)) return;
    const expirationSeconds = source.expirationSeconds ?? defaultTokenSeconds;
    const { token, expiresAt } = await tokens.issue({
      namespace: pod.metadata.namespace!, serviceAccount: pod.spec.serviceAccountName ?? 'default', audience: source.audience, expirationSeconds,
      pod: { name: pod.metadata.name, uid: this.#uid },
    });
    // As kubelet: renewed after four fifths of its life.
    const renewAt = clock.now() + 0.8 * (expiresAt - clock.now());
    this.#tokens.set(tokenKey(source), { token, renewAt });
    this.#renewal?.dispose();
    this.#renewal = clock.after(Math.min(renewAt - clock.now(), 2 ** 31 - 1), onExpiry);
  }
}

/** True when a change of the named ConfigMap or Secret may change the pod's volumes or variables. */
export function refersTo(pod: Pod, name: string): boolean {
  return JSON.stringify([pod.spec.volumes, pod.spec.containers, pod.spec.initContainers]).includes(JSON.stringify(name));
}

function tokenKey(source: TokenSource): string {
  return `${source.audience ?? ''} ${source.path}`;
}

function digestOf(payload: Payload): string {
  const hash = createHash('sha256');
  for (const [path, { data, mode }] of [...payload].sort()) hash.update(`${path}\0${mode}\0${data.length}\0`).update(data);
  return hash.digest('hex');
}

/**
 * Writes a volume's files so that a reader sees all of one version or all of another, as upstream's AtomicWriter:
 * a dated folder, the link ..data to it, and a link per top-level name.
 */
export function writePayload(directory: string, payload: Payload, group: number | undefined): void {
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  const version = `..${new Date().toISOString().replaceAll(/[-:T]/g, '_').replace('Z', '')}${process.hrtime.bigint() % 1_000_000n}`;
  for (const [path, { data, mode }] of payload) {
    const file = join(directory, version, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, data);
    chmodSync(file, group === undefined ? mode : mode | 0o040);
    if (group !== undefined) chownSync(file, 0, group);
  }
  mkdirSync(join(directory, version), { recursive: true });
  const current = join(directory, '..data');
  const old = linkTarget(current);
  symlinkSync(version, `${current}_tmp`);
  renameSync(`${current}_tmp`, current);
  const names = new Set([...payload.keys()].map((path) => path.split('/')[0]!));
  for (const name of names) if (linkTarget(join(directory, name)) === undefined) symlinkSync(join('..data', name), join(directory, name));
  if (old === undefined) return;
  for (const name of readdirSync(join(directory, old))) if (!names.has(name)) rmSync(join(directory, name), { force: true });
  rmSync(join(directory, old), { recursive: true, force: true });
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function memoryLimit(sizeLimit: string | undefined): number {
  const bytes = tryParseQuantity(sizeLimit ?? '');
  return bytes && bytes > 0 ? Math.ceil(bytes) : defaultMemoryBytes;
}

/** Unmounts what is mounted below the folders of a node. */
export async function unmountBelow(context: Pick<NodeContext, 'machine' | 'machines'>, folders: readonly string[]): Promise<void> {
  const script = 'while read -r _ _ _ _ at _; do for f; do case $at in "$f"/*) umount "$at";; esac; done; done </proc/self/mountinfo';
  await context.machines.run(context.machine.name, ['sh', '-c', script, 'unmount', ...folders]);
}
