// Finds the pod and container that a stream is about, and refuses as upstream does.
import type { Registry } from '../../registry/registry.ts';
import { StatusError, type ContainerRef, type Pod } from '../../types/index.ts';
import type { ResourcePath } from '../requestInfo.ts';

const defaultContainer = 'kubectl.kubernetes.io/default-container';

/** The pod of a path. Throws NotFound. */
export function podOf(registry: Registry, path: ResourcePath): Pod {
  return registry.get({ resource: { group: '', version: 'v1', resource: 'pods' }, namespace: path.namespace!, name: path.name! }) as Pod;
}

/**
 * The container that is asked for. `strict` (logs) demands a name when there are several; otherwise the annotated
 * default or the first is taken. Throws BadRequest for an unknown name.
 */
export function containerOf(pod: Pod, container: string | undefined, strict: boolean): ContainerRef {
  const { name, namespace } = pod.metadata;
  const names = (list: { name: string }[] | undefined) => (list ?? []).map((one) => one.name);
  const main = names(pod.spec.containers);
  const init = names(pod.spec.initContainers);
  const ephemeral = names(pod.spec.ephemeralContainers);
  let chosen = container;
  if (!chosen) {
    const annotated = pod.metadata.annotations?.[defaultContainer];
    if (main.length > 1 && strict) throw new StatusError('BadRequest', severalContainers(name, main, init, ephemeral));
    chosen = annotated && main.includes(annotated) && !strict ? annotated : main[0];
  } else if (![...main, ...init, ...ephemeral].includes(chosen)) {
    throw new StatusError('BadRequest', `container ${chosen} is not valid for pod ${name}`);
  }
  return { namespace: namespace!, pod: name, ...(chosen && { container: chosen }) };
}

function severalContainers(pod: string, main: string[], init: string[], ephemeral: string[]): string {
  const others = (what: string, names: string[]) => (names.length > 0 ? ` or one of the ${what} containers: [${names.join(' ')}]` : '');
  return `a container name must be specified for pod ${pod}, choose one of: [${main.join(' ')}]${others('init', init)}${others('ephemeral', ephemeral)}`;
}

/** Refuses a pod that no node runs. Throws BadRequest. */
export function requireNode(pod: Pod): void {
  if (!pod.spec.nodeName) throw new StatusError('BadRequest', `pod ${pod.metadata.name} does not have a host assigned`);
}
