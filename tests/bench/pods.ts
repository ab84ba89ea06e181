// Measures pods: from the write to Ready, a command's round trip, and a hundred replicas.
import type { ClusterHandle, KubeObject } from '../../server/ports/index.ts';
import { openTestProvider } from '../support/liveProvider.ts';
import { machine, report, summary } from '../support/measure.ts';

const RUNS = 9;
const EXECS = 9;
const REPLICAS = 100;

const before = machine();
await using live = await openTestProvider();
const signal = AbortSignal.timeout(90_000);
const cluster: ClusterHandle = await live.provider.provision({ name: 'bench', nodes: 3, egress: false }, { signal, onStage() {} });
const pods = { apiVersion: 'v1', resource: 'pods', namespace: 'default' };

/** Resolves at the first event whose object is as wanted. */
async function seen(resource: typeof pods, wanted: (object: KubeObject) => boolean): Promise<void> {
  const stop = new AbortController();
  try {
    for await (const event of cluster.kube.watch(resource, { signal: AbortSignal.any([stop.signal, signal]) })) if (wanted(event.object)) return;
  } finally {
    stop.abort();
  }
  throw new Error('the watch ended early');
}

async function post(path: string, object: object): Promise<void> {
  const { status, body } = await cluster.kube.request('POST', path, object);
  if (status >= 300) throw new Error(JSON.stringify(body));
}

const isReady = (object: KubeObject) => (object['status'] as { conditions?: { type: string; status: string }[] } | undefined)?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
const container = { name: 'main', image: 'patchbay/web' };

const writeToReady: number[] = [];
for (let run = 0; run <= RUNS; run += 1) {
  const name = `pod-${run}`;
  const waiting = seen(pods, (object) => object.metadata.name === name && isReady(object));
  await cluster.kube.list(pods); // the watch's connection is made by then
  const started = performance.now();
  await post('/api/v1/namespaces/default/pods', { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers: [container] } });
  await waiting;
  if (run > 0) writeToReady.push(performance.now() - started);
}

// Timed on the workstation, so that entering it does not count; kubectl's own start does.
const timed = await cluster.run('workstation', ['bash', '-c', `for i in $(seq ${EXECS + 1}); do s=$(date +%s%N); kubectl exec pod-1 -- true || exit 1; echo $(( ($(date +%s%N) - s) / 1000 )); done`]);
if (timed.code !== 0) throw new Error(`kubectl exec failed: ${timed.stderr}`);
const exec = timed.stdout.trim().split('\n').slice(1).map((microseconds) => Number(microseconds) / 1000);
const bare = await cluster.run('workstation', ['bash', '-c', `for i in $(seq ${EXECS + 1}); do s=$(date +%s%N); kubectl version --client >/dev/null; echo $(( ($(date +%s%N) - s) / 1000 )); done`]);
const kubectlAlone = bare.stdout.trim().split('\n').slice(1).map((microseconds) => Number(microseconds) / 1000);

const started = performance.now();
const deployments = { apiVersion: 'apps/v1', resource: 'deployments', namespace: 'default' };
await post('/apis/apps/v1/namespaces/default/deployments', {
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'many' },
  spec: { replicas: REPLICAS, selector: { matchLabels: { app: 'many' } }, template: { metadata: { labels: { app: 'many' } }, spec: { terminationGracePeriodSeconds: 0, containers: [container] } } },
});
await seen(deployments, (object) => (object['status'] as { readyReplicas?: number } | undefined)?.readyReplicas === REPLICAS);
const replicasSeconds = (performance.now() - started) / 1000;

report('pods', {
  ...before,
  writeToReadyMs: summary(writeToReady, 1),
  execRoundTripMs: { withKubectl: summary(exec, 1), kubectlAlone: summary(kubectlAlone, 1) },
  replicas: { count: REPLICAS, readySeconds: Number(replicasSeconds.toFixed(2)) },
});
