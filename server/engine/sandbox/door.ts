// The host argv that enters a machine: limits first, then the sandbox, then the machine.
import { readlinkSync } from 'node:fs';
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
  const bounded = ['prlimit', `--nofile=${plan.limits.openFiles}:${plan.limits.openFiles}`, `--nproc=${plan.limits.pids}:${plan.limits.pids}`, '--'];
  return ['env', '-i', ...Object.entries(environment).map(([key, value]) => `${key}=${value}`), ...limited, ...bounded, ...enter];
}
