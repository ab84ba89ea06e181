// What the measurements share: summaries of samples, and processes as /proc shows them.
import { readFileSync, readdirSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';

const rounded = (value: number, digits: number) => Number(value.toFixed(digits));

/** The smallest sample that at least `share` (0 to 1) of all do not exceed. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]!;
}

/** Median, extremes and number of samples. */
export function summary(samples: readonly number[], digits = 3): { median: number; min: number; max: number; runs: number } {
  return { median: rounded(quantile(samples, 0.5), digits), min: rounded(Math.min(...samples), digits), max: rounded(Math.max(...samples), digits), runs: samples.length };
}

/** Cores and the load that others put on them when a measurement began: numbers from a busy machine say little. */
export function machine(): { cores: number; loadBefore: number } {
  return { cores: availableParallelism(), loadBefore: rounded(loadavg()[0]!, 2) };
}

function tryFields(pid: number | string): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined; // it ended meanwhile
  }
}

/** All processes below a process id, itself included. */
export function descendants(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const parent = Number(tryFields(name)?.[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = [root];
  for (let at = 0; at < found.length; at += 1) found.push(...(children.get(found[at]!) ?? []));
  return found;
}

/** Their proportional set sizes together, in MiB. */
export function pssMiB(pids: readonly number[]): number {
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

/** Their CPU time in ticks of 10 ms. */
export function cpuTicks(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const fields = tryFields(pid);
    return fields ? sum + Number(fields[11]) + Number(fields[12]) : sum;
  }, 0);
}

/** Prints one measurement as a JSON document. */
export function report(bench: string, found: object): void {
  console.log(JSON.stringify({ bench, ...found }, null, 2));
}
