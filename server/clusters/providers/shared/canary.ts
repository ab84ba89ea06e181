// The last stage of every provisioning: two pods, a name, a connection that works and the same one cut by a policy.
import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterHandle, KubeObject, ProbeResult } from '../../../ports/index.ts';
import { ClusterError } from '../../errors.ts';

const NAMESPACE = 'patchbay-canary';
/**
 * A silent connection counts as dropped after this many times what the same connection took when it was open (a few
 * milliseconds), within these bounds: a busy machine answers late, and a late answer is no drop.
 */
const DROP_FACTOR = 20;
const DROP_MS = { least: 50, most: 1_000 };
/** Until a connection is open, a try that is silent is given up after this long. */
const OPEN_MS = 500;
/** Between two tries, so that trying does not slow down what it waits for. */
const PAUSE_MS = 5;
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
    await create(cluster, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
    await Promise.all([
      ...['server', 'client'].map((name) => create(cluster, `/api/v1/namespaces/${NAMESPACE}/pods`, pod(name, 'patchbay/web'))),
      create(cluster, `/api/v1/namespaces/${NAMESPACE}/services`, service),
    ]);
    await bothRunning(cluster, signal);
    const podsAt = Date.now();
    await until(cluster, signal, 'open', OPEN_MS, 'a pod does not reach a Service by name');
    // Once more for its time, which the first try spends on starting.
    const open = await until(cluster, signal, 'open', OPEN_MS, 'a pod does not reach a Service twice');
    const openAt = Date.now();
    await create(cluster, `/apis/networking.k8s.io/v1/namespaces/${NAMESPACE}/networkpolicies`, denial);
    await until(cluster, signal, 'dropped', Math.min(DROP_MS.most, Math.max(DROP_MS.least, open.ms * DROP_FACTOR)), 'a deny policy does not block');
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

async function create(cluster: ClusterHandle, path: string, object: KubeObject): Promise<void> {
  const { status, body } = await cluster.kube.request('POST', path, object);
  if (status >= 300) throw new ClusterError('canary-failed', `The canary's ${object.kind} was refused: ${(body as { message?: string }).message ?? `HTTP ${status}`}.`);
}

/** Tries the same connection until it ends as wanted; rules and records may be some milliseconds behind the API. */
async function until(cluster: ClusterHandle, signal: AbortSignal, wanted: ProbeResult['outcome'], timeoutMs: number, otherwise: string): Promise<ProbeResult> {
  let last: ProbeResult | undefined;
  while (!signal.aborted) {
    [last] = await cluster.prober.connect(
      { kind: 'pod', namespace: NAMESPACE, pod: 'client' },
      [{ id: 'canary', host: `server.${NAMESPACE}`, port: PORT, protocol: 'tcp', timeoutMs: Math.ceil(timeoutMs) }],
      signal,
    );
    if (last?.outcome === wanted) return last;
    await delay(PAUSE_MS);
  }
  throw new ClusterError('canary-failed', `In the new cluster ${otherwise}: the last try was ${last?.outcome ?? 'not made'}${last?.detail ? ` (${last.detail})` : ''}.`);
}
