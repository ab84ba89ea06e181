// Runs the prober's program at places; one that has just answered is kept for the next question from the same place.
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { messageOf } from '../../base/errors.ts';
import type { ControlProbeResult, ControlResolveAnswer } from '../types/control.ts';
import { sandboxPaths } from '../types/insidePaths.ts';
import { ControlRequestError } from './errors.ts';
import { eachLine } from './lines.ts';
import type { ProberAnswer, ProberJob } from './proberMain.ts';
import type { ProbePlace } from './sources.ts';

/** Longer than any single probe may take, so that only a stuck prober is killed. */
const graceMs = 5000;
/** Starting a prober takes a tenth of what a page may wait for a verdict; a check asks again within this time, a person does not. */
const idleMs = 2000;
/** Idle probers at once: each holds about 10 MiB. */
const maxIdle = 4;

type Job = Pick<ProberJob, 'targets' | 'questions'>;

/** Throws ControlRequestError `engine-probe-failed` when the program does not answer. */
export interface Probers { run(place: ProbePlace, job: Job): Promise<{ results: ControlProbeResult[]; answers: ControlResolveAnswer[] }> }

interface Running {
  child: ChildProcessByStdio<Writable, Readable, Readable>;
  jobs: Map<number, { resolve(answer: ProberAnswer): void; reject(error: Error): void }>;
  idle?: NodeJS.Timeout;
  stderr: string;
}

/** One program for each place (by its network namespace); `program` is replaceable for tests. */
export function createProbers(program: readonly string[] = [sandboxPaths.node, sandboxPaths.start, sandboxPaths.prober]): Probers {
  const running = new Map<string, Running>();
  let last = 0;

  function start(key: string, argv: readonly string[]): Running {
    const [file, ...args] = argv;
    const child = spawn(file!, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const one: Running = { child, jobs: new Map(), stderr: '' };
    const ended = (why: string) => {
      if (running.get(key) === one) running.delete(key);
      clearTimeout(one.idle);
      for (const job of one.jobs.values()) job.reject(new ControlRequestError('engine-probe-failed', 500, `The prober did not finish: ${one.stderr.trim() || why}.`));
      one.jobs.clear();
    };
    child.once('error', (error) => ended(messageOf(error)));
    child.once('close', (code, signal) => ended(String(code ?? signal)));
    child.stdin.on('error', () => {}); // told by close
    child.stderr.setEncoding('utf8').on('data', (text: string) => { one.stderr = (one.stderr + text).slice(-500); });
    eachLine(child.stdout, (line) => {
      const answer = JSON.parse(line) as ProberAnswer;
      one.jobs.get(answer.id)?.resolve(answer);
      one.jobs.delete(answer.id);
      if (one.jobs.size === 0) rest(key, one);
    });
    running.set(key, one);
    return one;
  }

  /** Its program ends when its input does. */
  function end(key: string, one: Running): void {
    clearTimeout(one.idle);
    running.delete(key);
    one.child.stdin.end();
  }

  function rest(key: string, one: Running): void {
    if (running.get(key) !== one) return;
    one.idle = setTimeout(() => end(key, one), idleMs);
    const idle = [...running].filter(([, other]) => other.jobs.size === 0);
    for (const [otherKey, other] of idle.slice(0, Math.max(0, idle.length - maxIdle))) end(otherKey, other);
  }

  return {
    async run(place, job) {
      const argv = place.argv(program);
      const key = argv.join('\0');
      const one = running.get(key) ?? start(key, argv);
      clearTimeout(one.idle);
      const id = ++last;
      const longest = Math.max(3000, ...(job.targets ?? []).map(({ timeoutMs }) => timeoutMs)) + graceMs;
      const timer = setTimeout(() => one.child.kill('SIGKILL'), longest);
      try {
        const { results, answers } = await new Promise<ProberAnswer>((resolve, reject) => {
          one.jobs.set(id, { resolve, reject });
          one.child.stdin.write(`${JSON.stringify({ id, ...job, resolvConf: place.resolvConf, hosts: place.hosts } satisfies ProberJob)}\n`);
        });
        return { results, answers };
      } finally {
        clearTimeout(timer);
      }
    },
  } satisfies Probers;
}
