// From a pod's container to what the runtime is asked for: pure but for the image's passwd.
import type { Container, ContainerSpec, Mount, Pod, ResolvedImage } from '../types/index.ts';
import { expand } from './env.ts';
import { PodConfigError } from './errors.ts';
import { podLogDirectory } from './nodeContext.ts';
import type { ImageFiles } from './users.ts';
import { planUser } from './users.ts';

/** What a container is made from besides its own part of the pod. `mounts` are volumes; `files` the pod's hosts, resolver and so on. */
export interface ContainerPlanInput {
  pod: Pod;
  container: Container;
  attempt: number;
  sandboxId: string;
  hostname: string;
  image: ResolvedImage;
  imageFiles: ImageFiles;
  /** For an ephemeral container: the process of the container whose processes it sees. */
  targetPid?: number;
  env: ReadonlyMap<string, string>;
  mounts: Mount[];
  files: Mount[];
}

/** The runtime's container; throws PodConfigError for a user that cannot be, or when nothing says what to run. */
export function planContainer(input: ContainerPlanInput): ContainerSpec {
  const { pod, container, image, env } = input;
  const security = container.securityContext ?? {};
  const words = (list: string[]) => list.map((word) => expand(word, env));
  const entrypoint = container.command?.length ? words(container.command) : image.config.entrypoint;
  const args = container.args?.length ? words(container.args) : container.command?.length ? [] : image.config.cmd;
  if (entrypoint.length + args.length === 0) throw new PodConfigError('CreateContainerError', 'failed to generate container spec: no command specified');
  const user = planUser(pod, container, image.config.user, input.imageFiles);
  const taken = new Set(input.mounts.map((mount) => mount.target));
  return {
    sandboxId: input.sandboxId,
    name: container.name,
    attempt: input.attempt,
    imageId: image.id,
    argv: [...entrypoint, ...args],
    env: planEnvLines(image.config.env, env, input.hostname, user.uid === 0 ? '/root' : '/'),
    cwd: container.workingDir || image.config.workingDir || '/',
    mounts: [...input.files.filter((mount) => !taken.has(mount.target)), ...input.mounts],
    user,
    privileged: security.privileged ?? false,
    readOnlyRoot: security.readOnlyRootFilesystem ?? false,
    addCapabilities: security.capabilities?.add ?? [],
    dropCapabilities: security.capabilities?.drop ?? [],
    ...(security.allowPrivilegeEscalation === false && { noNewPrivileges: true }),
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    pidNamespace: pod.spec.hostPID ? 'node' : pod.spec.shareProcessNamespace ? 'pod' : 'container',
    ...(input.targetPid && { targetPid: input.targetPid }),
    logPath: `${podLogDirectory(pod)}/${container.name}/${input.attempt}.log`,
  };
}

function planEnvLines(image: readonly string[], own: ReadonlyMap<string, string>, hostname: string, home: string): string[] {
  const env = new Map([['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], ['HOSTNAME', hostname]]);
  for (const line of image) {
    const at = line.indexOf('=');
    if (at > 0) env.set(line.slice(0, at), line.slice(at + 1));
  }
  for (const [name, value] of own) env.set(name, value);
  if (!env.has('HOME')) env.set('HOME', home);
  return [...env].map(([name, value]) => `${name}=${value}`);
}
