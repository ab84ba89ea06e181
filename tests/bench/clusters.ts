// Measures embedded clusters: request to ready, memory and CPU of idle ones, `kubectl run` to Ready. Prints JSON.
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterHandle } from '../../server/ports/index.ts';
import { openTestProvider } from '../support/liveProvider.ts';

const RUNS = 7;
const TOGETHER = 10;
const IDLE_SECONDS = 10;

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const summary = (values: number[], digits = 3) => ({ median: Number(median(values).toFixed(digits)), min: Number(Math.min(...values).toFixed(digits)), max: Number(Math.max(...values).toFixed(digits)), runs: values.length });

/** All processes below a process id, itself included. */
function descendants(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      continue; // it ended meanwhile
    }
  }
  const found = [root];
  for (let at = 0; at < found.length; at += 1) found.push(...(children.get(found[at]!) ?? []));
  return found;
}

function pssMiB(pids: number[]): number {
  let kib = 0;
  for (const pid of pids) {
    try {
      kib += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
    } catch {
      continue;
    }
  }
  return kib / 1024;
}

function cpuTicks(pids: number[]): number {
  return pids.reduce((sum, pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return sum + Number(fields[11]) + Number(fields[12]);
    } catch {
      return sum;
    }
  }, 0);
}

await using live = await openTestProvider();
const { provider } = live;
const signal = AbortSignal.timeout(280_000);
const make = (name: string): Promise<ClusterHandle> => provider.provision({ name, nodes: 3, egress: false }, { signal, onStage() {} });

const ready: number[] = [];
const runToReady: number[] = [];
for (let run = 0; run <= RUNS; run += 1) {
  const started = performance.now();
  const cluster = await make('bench');
  const seconds = (performance.now() - started) / 1000;
  const asked = await cluster.run('workstation', ['bash', '-c', 's=$(date +%s%N); kubectl run probe --image=patchbay/web >/dev/null && kubectl wait --for=condition=Ready pod/probe --timeout=20s >/dev/null && echo $(( ($(date +%s%N) - s) / 1000 ))']);
  if (asked.code !== 0) throw new Error(`kubectl run failed: ${asked.stderr}`);
  if (run > 0) { // the first run warms the page cache
    ready.push(seconds);
    runToReady.push(Number(asked.stdout) / 1e6);
  }
  await provider.remove('bench');
}

const inits: number[] = [];
const names = Array.from({ length: TOGETHER }, (_, index) => `idle-${index}`);
for (const name of names) {
  await make(name);
  inits.push(await live.initPid(name));
}
await delay(3_000);
const pids = inits.flatMap(descendants);
const memory = pssMiB(pids);
const before = cpuTicks(pids);
await delay(IDLE_SECONDS * 1_000);
const cpuPercent = (cpuTicks(pids) - before) / TOGETHER / IDLE_SECONDS; // 100 ticks a second: ticks per second are percent of a core
await Promise.all(names.map((name) => provider.remove(name)));

console.log(JSON.stringify({
  bench: 'clusters',
  cores: (await import('node:os')).availableParallelism(),
  requestToReadySeconds: summary(ready),
  kubectlRunToReadySeconds: summary(runToReady),
  idle: { clusters: TOGETHER, pssMiBPerCluster: Number((memory / TOGETHER).toFixed(1)), processesPerCluster: pids.length / TOGETHER, cpuPercentOfACorePerCluster: Number(cpuPercent.toFixed(2)) },
}, null, 2));
