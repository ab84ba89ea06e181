// What the endpoints and endpointslice controllers share: which pods a Service selects and where its ports lead on each.
import { matchesLabels, type InformerEvent, type Pod, type Protocol, type Service, type ServicePort } from '../types/index.ts';
import type { Informer } from '../types/index.ts';
import { keyOf } from './keys.ts';
import { isFinished, readyCondition } from './podState.ts';

/** A port of a Service as one pod serves it. */
export interface ResolvedPort { name?: string; port: number; protocol: Protocol; appProtocol?: string }

/** True when endpoints of this Service are made from its selector. */
export function hasSelector(service: Service): boolean {
  return service.spec.type !== 'ExternalName' && Object.keys(service.spec.selector ?? {}).length > 0;
}

/** True for `clusterIP: None`. */
export function isHeadless(service: Service): boolean {
  return service.spec.clusterIP === 'None';
}

/** The pods that the Service selects, terminating ones included; finished ones and those without address left out. */
export function selectedPods(service: Service, pods: readonly Pod[]): Pod[] {
  return pods.filter((pod) => matchesLabels(service.spec.selector!, pod.metadata.labels)
    && !isFinished(pod) && pod.status?.podIP !== undefined && pod.status.podIP !== '');
}

/** The number of a Service port on a pod; undefined when the pod has no container port of the target's name and protocol. */
export function tryResolvePort(pod: Pod, { targetPort, port, protocol = 'TCP' }: ServicePort): number | undefined {
  if (typeof targetPort !== 'string') return targetPort ?? port;
  if (targetPort === '') return port;
  const sidecars = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  for (const container of [...pod.spec.containers, ...sidecars]) {
    const found = container.ports?.find((candidate) => candidate.name === targetPort && (candidate.protocol ?? 'TCP') === protocol);
    if (found) return found.containerPort;
  }
  return undefined;
}

/** The Service's ports that the pod serves; an unnamed port keeps the empty name. */
export function resolvePorts(service: Service, pod: Pod): ResolvedPort[] {
  const resolved: ResolvedPort[] = [];
  for (const port of service.spec.ports ?? []) {
    const number = tryResolvePort(pod, port);
    if (number === undefined) continue;
    resolved.push({
      ...(port.name ? { name: port.name } : {}), port: number, protocol: port.protocol ?? 'TCP',
      ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }),
    });
  }
  return resolved;
}

/** The pod's host name when its subdomain is this Service. */
export function endpointHostname(service: Service, pod: Pod): string | undefined {
  return pod.spec.hostname && pod.spec.subdomain === service.metadata.name ? pod.spec.hostname : undefined;
}

/** Labels of the Service as its endpoints carry them: with the headless mark, without a stale one. */
export function endpointLabels(service: Service): Record<string, string> {
  const { 'service.kubernetes.io/headless': _stale, ...labels } = service.metadata.labels ?? {};
  return isHeadless(service) ? { ...labels, 'service.kubernetes.io/headless': '' } : labels;
}

function fingerprint(pod: Pod): string {
  const { metadata, spec, status } = pod;
  return JSON.stringify([
    metadata.labels, metadata.deletionTimestamp !== undefined, spec.nodeName, spec.hostname, spec.subdomain,
    status?.podIP, isFinished(pod), readyCondition(pod) !== undefined,
  ]);
}

/** The keys of Services whose endpoints a change of a pod may touch; none for changes that cannot matter. */
export function servicesTouched(services: Informer<Service>, event: InformerEvent<Pod>): string[] {
  if (event.type === 'modified' && fingerprint(event.object) === fingerprint(event.previous)) return [];
  const seen = event.type === 'modified' ? [event.object, event.previous] : [event.object];
  return services.list(event.object.metadata.namespace)
    .filter((service) => hasSelector(service) && seen.some((pod) => matchesLabels(service.spec.selector!, pod.metadata.labels)))
    .map(keyOf);
}
