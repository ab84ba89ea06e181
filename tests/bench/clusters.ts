// Measures embedded clusters: request to ready one by one and thirty at once, `kubectl run` to Ready, memory and CPU of idle ones.
import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterHandle } from '../../server/ports/index.ts';
import { openTestProvider } from '../support/liveProvider.ts';
import { cpuTicks, descendants, machine, pssMiB, report, summary } from '../support/measure.ts';

const RUNS = 7;
const AT_ONCE = 30;
const IDLE = 10;
const IDLE_SECONDS = 10;
const runAndWait = 's=$(date +%s%N); kubectl run probe --image=patchbay/web >/dev/null && kubectl wait --for=condition=Ready pod/probe --timeout=20s >/dev/null && echo $(( ($(date +%s%N) - s) / 1000 ))';

const before = machine();
await using live = await openTestProvider();
const { provider } = live;
const signal = AbortSignal.timeout(200_000);
const make = (name: string): Promise<ClusterHandle> => provider.provision({ name, nodes: 3, egress: false }, { signal, onStage() {} });

const ready: number[] = [];
const runToReady: number[] = [];
for (let run = 0; run <= RUNS; run += 1) {
  const started = performance.now();
  const cluster = await make('bench');
  const seconds = (performance.now() - started) / 1000;
  const asked = await cluster.run('workstation', ['bash', '-c', runAndWait]);
  if (asked.code !== 0) throw new Error(`kubectl run failed: ${asked.stderr}`);
  if (run > 0) { // the first run warms the page cache
    ready.push(seconds);
    runToReady.push(Number(asked.stdout) / 1e6);
  }
  await provider.remove('bench');
}

const names = Array.from({ length: AT_ONCE }, (_, index) => `many-${index}`);
const startedAll = performance.now();
const each = await Promise.all(names.map(async (name) => {
  await make(name);
  return (performance.now() - startedAll) / 1000;
}));
await Promise.all(names.slice(IDLE).map((name) => provider.remove(name)));

await delay(3_000); // the canaries' namespaces go
const pids = (await Promise.all(names.slice(0, IDLE).map((name) => live.initPid(name)))).flatMap(descendants);
const memory = pssMiB(pids);
const ticks = cpuTicks(pids);
await delay(IDLE_SECONDS * 1_000);
const cpuPercent = (cpuTicks(pids) - ticks) / IDLE / IDLE_SECONDS; // 100 ticks a second: ticks per second are percent of a core
await Promise.all(names.slice(0, IDLE).map((name) => provider.remove(name)));

report('clusters', {
  ...before,
  requestToReadySeconds: summary(ready),
  kubectlRunToReadySeconds: summary(runToReady),
  atOnce: { clusters: AT_ONCE, firstReadySeconds: Number(Math.min(...each).toFixed(2)), lastReadySeconds: Number(Math.max(...each).toFixed(2)) },
  idle: { clusters: IDLE, pssMiBPerCluster: Number((memory / IDLE).toFixed(1)), processesPerCluster: pids.length / IDLE, cpuPercentOfACorePerCluster: Number(cpuPercent.toFixed(2)) },
});
