// The host argv that enters a machine: limits first, then the sandbox, then the machine.
import { readFileSync, readlinkSync } from 'node:fs';
import { isHostRoot } from './idMap.ts';
import { insideEnvironment } from './initScript.ts';
import { quoteArgv } from './shellText.ts';

/** What entering needs to know. `join` are cgroup.procs files of the machines' group. */
export interface DoorPlan { initPid: number; join: readonly string[]; limits: { pids: number; openFiles: number } }

function ownCgroupNamespace(initPid: number): boolean {
  try {
    return readlinkSync(`/proc/${initPid}/ns/cgroup`) !== readlinkSync('/proc/self/ns/cgroup');
  } catch {
    return false;
  }
}

/** A limit that this process may still set: not above its own hard limit, which only a more privileged one could raise. */
function atMostOwn(name: 'Max open files' | 'Max processes', wanted: number, text = readFileSync('/proc/self/limits', 'utf8')): number {
  const hard = new RegExp(`^${name}\\s+\\S+\\s+(\\S+)`, 'm').exec(text)?.[1];
  return hard === undefined || hard === 'unlimited' ? wanted : Math.min(wanted, Number(hard));
}

/** With `tty`, script(1) makes a pseudo-terminal inside and passes window sizes on. */
export function planDoorArgv(plan: DoorPlan, machine: string, argv: readonly string[], options: { tty: boolean }): string[] {
  const environment = { ...insideEnvironment, ...(options.tty ? { TERM: 'xterm-256color', COLORTERM: 'truecolor' } : { TERM: 'dumb' }) };
  const inside = options.tty ? ['script', '-qec', quoteArgv(argv), '/dev/null'] : argv;
  const enter = [
    'nsenter', '-t', String(plan.initPid), '-U', '-m', '-u', '-i', '-n', '-p', ...(ownCgroupNamespace(plan.initPid) ? ['-C'] : []),
    // When the host's side is killed, what it started inside ends too.
    '--', 'setpriv', '--pdeathsig', 'KILL', '--', '/bin/sh', '/run/patchbay/boot/door.sh', machine, ...inside,
  ];
  const limited = isHostRoot() && plan.join.length
    ? ['sh', '-c', `${plan.join.map((file) => `echo $$ >${quoteArgv([file])}`).join(' && ')} && exec "$@"`, 'sh']
    : [];
  // Both ways: the process limit by prlimit also holds where the cgroup has none, and counts within the sandbox's own user namespace.
  const files = atMostOwn('Max open files', plan.limits.openFiles);
  const processes = atMostOwn('Max processes', plan.limits.pids);
  const bounded = ['prlimit', `--nofile=${files}:${files}`, `--nproc=${processes}:${processes}`, '--'];
  return ['env', '-i', ...Object.entries(environment).map(([key, value]) => `${key}=${value}`), ...limited, ...bounded, ...enter];
}
