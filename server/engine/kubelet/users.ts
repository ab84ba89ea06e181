// The user of a container's first process, from the pod's security context or the image, by number or by the image's own passwd.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Container, ContainerSpec, Pod } from '../types/index.ts';
import { PodConfigError } from './errors.ts';

/** Reads a file of the image; empty when it is not there. */
export type ImageFiles = (path: string) => string;

/** Files below an image's root. */
export function imageFiles(rootfs: string): ImageFiles {
  return (path) => {
    try {
      return readFileSync(join(rootfs, path), 'utf8');
    } catch {
      return '';
    }
  };
}

/** uid, gid and supplementary groups; throws PodConfigError for an unknown name, or root where runAsNonRoot is set. */
export function planUser(pod: Pod, container: Container, imageUser: string, files: ImageFiles): NonNullable<ContainerSpec['user']> {
  const context = { ...pod.spec.securityContext, ...container.securityContext };
  const [userText = '', groupText] = imageUser.split(':');
  const passwd = files('/etc/passwd').split('\n').map((line) => line.split(':'));
  const entry = passwd.find((fields) => fields[0] === userText || fields[2] === userText);
  const imageUid = userText === '' ? 0 : /^\d+$/.test(userText) ? Number(userText) : entry ? Number(entry[2]) : undefined;
  if (imageUid === undefined && context.runAsUser === undefined) throw new PodConfigError('CreateContainerError', `failed to generate container spec: unable to find user ${userText}: no matching entries in passwd file`);
  const uid = context.runAsUser ?? imageUid!;
  const home = passwd.find((fields) => Number(fields[2]) === uid);
  const imageGid = groupText === undefined || context.runAsUser !== undefined ? undefined
    : /^\d+$/.test(groupText) ? Number(groupText) : Number(files('/etc/group').split('\n').map((line) => line.split(':')).find((fields) => fields[0] === groupText)?.[2] ?? 0);
  const gid = context.runAsGroup ?? imageGid ?? (home ? Number(home[3]) : 0);
  if (context.runAsNonRoot && uid === 0) {
    const what = context.runAsUser === 0 ? "container's runAsUser breaks non-root policy" : 'container has runAsNonRoot and image will run as root';
    throw new PodConfigError('CreateContainerConfigError', `${what} (pod: "${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})", container: ${container.name})`);
  }
  const groups = [...new Set([pod.spec.securityContext?.fsGroup].filter((group) => group !== undefined))];
  return { uid, gid, ...(groups.length > 0 && { additionalGids: groups }) };
}
