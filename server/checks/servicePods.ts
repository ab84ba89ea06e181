// The pods behind a Service as its own selector and port say, independent of the endpoints that the cluster made of them.
import type { CheckContext, KubeObject } from '../ports/index.ts';
import { seePod } from './pods.ts';
import type { PodSeen } from './pods.ts';

interface ServiceShape { spec?: { selector?: Record<string, string>; ports?: { name?: string; port: number; protocol?: string; targetPort?: number | string }[] } }
interface PodPorts { spec?: { containers?: { ports?: { name?: string; containerPort: number; protocol?: string }[] }[] } }

/** A pod that the Service selects; `listensOn` is the number that the Service's target port means in it, absent when the pod names no such port. */
export type Behind = PodSeen & { listensOn?: number };
/** `hasSelector`: false for a Service whose endpoints are written by hand. `hasPort`: whether it offers the port that was asked for. */
export type ServiceSeen = { name: string; hasSelector: boolean; hasPort: boolean; behind: Behind[] };

/** Looks up a Service and the pods that it selects, leaving ones included; undefined when there is no such Service. */
export async function findServicePods(context: CheckContext, service: { name: string; namespace: string; port: number }): Promise<ServiceSeen | undefined> {
  const { name, namespace } = service;
  const found = await context.cluster.kube.get({ apiVersion: 'v1', resource: 'services', namespace }, name) as KubeObject & ServiceShape | undefined;
  if (!found) return undefined;
  const selector = found.spec?.selector ?? {};
  const entry = found.spec?.ports?.find((one) => one.port === service.port && (one.protocol ?? 'TCP') === 'TCP');
  if (Object.keys(selector).length === 0) return { name, hasSelector: false, hasPort: entry !== undefined, behind: [] };
  const { items } = await context.cluster.kube.list({ apiVersion: 'v1', resource: 'pods', namespace }, { labelSelector: Object.entries(selector).map(([key, value]) => `${key}=${value}`).join(',') });
  const target = entry && (entry.targetPort ?? entry.port);
  const now = context.clock.now();
  return {
    name, hasSelector: true, hasPort: entry !== undefined,
    behind: items.map((pod) => {
      const number = typeof target === 'string' ? namedPort(pod, target) : target;
      return { ...seePod(pod, now), ...(number === undefined ? {} : { listensOn: number }) };
    }).sort((a, b) => a.name.localeCompare(b.name)),
  };
}

function namedPort(pod: KubeObject, name: string): number | undefined {
  return (pod as KubeObject & PodPorts).spec?.containers?.flatMap((container) => container.ports ?? []).find((one) => one.name === name && (one.protocol ?? 'TCP') === 'TCP')?.containerPort;
}
