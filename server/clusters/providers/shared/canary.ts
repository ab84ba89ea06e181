// The last stage of every provisioning: two pods, a name, a connection that works and the same one cut by a policy.
import type { ClusterHandle, KubeObject, ProbeResult } from '../../../ports/index.ts';
import { ClusterError } from '../../errors.ts';

const NAMESPACE = 'patchbay-canary';
/** A silent connection inside one cluster's LAN counts as dropped after this long; an open one takes about a millisecond. */
const DROP_MS = 120;
const PORT = 80;

function pod(name: string, image: string): KubeObject {
  return {
    apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: NAMESPACE, labels: { app: name } },
    spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image, imagePullPolicy: 'IfNotPresent' }] },
  };
}

const service: KubeObject = {
  apiVersion: 'v1', kind: 'Service', metadata: { name: 'server', namespace: NAMESPACE },
  spec: { selector: { app: 'server' }, ports: [{ port: PORT }] },
};

const denial: KubeObject = {
  apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'deny', namespace: NAMESPACE },
  spec: { podSelector: { matchLabels: { app: 'server' } }, policyTypes: ['Ingress'] },
};

/** What the canary saw, with the milliseconds of each part. */
export interface CanaryReport { podsMs: number; openMs: number; deniedMs: number; policyEnforced: boolean }

/**
 * Proves that pods start, DNS resolves a Service, the Service reaches its pod, and a deny policy drops what worked before.
 * Throws ClusterError `canary-failed` naming the part; removes its namespace in any case, without waiting for the end.
 */
export async function runCanary(cluster: ClusterHandle, signal: AbortSignal): Promise<CanaryReport> {
  const started = Date.now();
  try {
    await cluster.kube.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
    await Promise.all([pod('server', 'patchbay/web'), pod('client', 'patchbay/web'), service].map((object) => cluster.kube.apply(object)));
    await bothRunning(cluster, signal);
    const podsAt = Date.now();
    await until(cluster, signal, (result) => result.outcome === 'open', 'a pod does not reach a Service by name');
    const openAt = Date.now();
    await cluster.kube.apply(denial);
    await until(cluster, signal, (result) => result.outcome === 'dropped', 'a deny policy does not block');
    return { podsMs: podsAt - started, openMs: openAt - podsAt, deniedMs: Date.now() - openAt, policyEnforced: true };
  } finally {
    await cluster.kube.delete({ apiVersion: 'v1', resource: 'namespaces' }, NAMESPACE).catch(() => {});
  }
}

async function bothRunning(cluster: ClusterHandle, signal: AbortSignal): Promise<void> {
  const resource = { apiVersion: 'v1', resource: 'pods', namespace: NAMESPACE };
  const stop = new AbortController();
  const merged = AbortSignal.any([stop.signal, signal]);
  const running = new Set<string>();
  let last = 'no pod was started';
  try {
    for await (const event of cluster.kube.watch(resource, { signal: merged })) {
      const status = event.object['status'] as { phase?: string; conditions?: { type: string; status: string; message?: string }[] } | undefined;
      const ready = status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True');
      const why = status?.conditions?.find((condition) => condition.status === 'False' && condition.message)?.message;
      if (!ready) last = `pod ${event.object.metadata?.name} is ${status?.phase ?? 'unknown'}${why ? `: ${why}` : ''}`;
      if (ready) running.add(event.object.metadata.name);
      if (running.size === 2) return;
    }
  } catch (error) {
    if (!merged.aborted) throw error;
  } finally {
    stop.abort();
  }
  throw new ClusterError('canary-failed', `The canary's pods did not become ready: ${last}.`);
}

async function until(cluster: ClusterHandle, signal: AbortSignal, wanted: (result: ProbeResult) => boolean, otherwise: string): Promise<void> {
  let last: ProbeResult | undefined;
  // The rule or record may be a few milliseconds behind the API: each probe is itself the wait, bounded by the caller's signal.
  while (!signal.aborted) {
    [last] = await cluster.prober.connect(
      { kind: 'pod', namespace: NAMESPACE, pod: 'client' },
      [{ id: 'canary', host: `server.${NAMESPACE}`, port: PORT, protocol: 'tcp', timeoutMs: DROP_MS }],
      signal,
    );
    if (last && wanted(last)) return;
  }
  throw new ClusterError('canary-failed', `In the new cluster ${otherwise}: the last try was ${last?.outcome ?? 'not made'}${last?.detail ? ` (${last.detail})` : ''}.`);
}
