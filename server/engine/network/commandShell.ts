// Runs the engine's short commands from one small shell: forking the engine itself copies its page tables, which costs more than most of these commands do.
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { CommandError } from '../../base/command.ts';

/** One command: `join` names files that the command's process writes a 0 into before it starts (cgroup.procs). */
export interface ShellJob { argv: readonly string[]; join?: readonly string[]; input?: string; timeoutMs?: number }

/** `run` resolves with stdout; throws CommandError on a non-zero exit, a timeout (after SIGKILL), or when no process can be made. */
export interface CommandShell { run(job: ShellJob): Promise<string> }

type Shell = ChildProcessByStdio<Writable, Readable, null>;

interface Pending { shell?: Shell; settle(code: number): void; fail(cause: Error): void; timer: NodeJS.Timeout | undefined; pid?: number }

/** One word for a POSIX shell. */
function quoteWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * What the shell is told for a job: two lines come back, `N pid PID` with the process to wait for and `N end CODE`.
 * Inputs and outputs are files at `files`, since a shell has no other way to keep many apart.
 */
export function planJob(id: number, { argv, join = [], input }: ShellJob, files: string): string {
  const command = argv.map(quoteWord).join(' ');
  const joined = join.length === 0 ? command : `( ${join.map((file) => `echo 0 >${quoteWord(file)}`).join('; ')}; exec ${command} )`;
  return `{ ${joined} <${input === undefined ? '/dev/null' : `${files}.in`} >${files}.out 2>${files}.err; echo "${id} end $?"; } & echo "${id} pid $!"\n`;
}

function tryRead(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function tryUnlink(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // The command had not begun.
  }
}

/** `folder` is emptied and holds the files of running commands; the shell starts with the first job and anew when it has died. */
export function createCommandShell(folder: string): CommandShell {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const pending = new Map<number, Pending>();
  let shell: Shell | undefined;
  let last = 0;

  function start(): Shell {
    const child = spawn('sh', [], { stdio: ['pipe', 'pipe', 'inherit'] });
    let rest = '';
    const leave = () => {
      if (shell === child) shell = undefined;
    };
    const ended = (cause: Error) => {
      leave();
      for (const one of pending.values()) if (one.shell === child) one.fail(cause);
    };
    child.once('error', ended);
    child.once('exit', leave);
    // Commands that were running when their shell died still tell their end; only then is its output closed.
    child.once('close', (code, signal) => ended(new Error(`the shell ended (${code ?? signal})`)));
    child.stdin.on('error', () => {}); // told by close
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      for (const line of lines) hear(child.stdin, line.split(' '));
    });
    return child;
  }

  function hear(stdin: Writable, [id, word, value]: string[]): void {
    const one = pending.get(Number(id));
    if (word === 'pid' && one) one.pid = Number(value);
    // The shell keeps what ended until it is asked for; both lines come from different processes and in any order.
    if (word === 'pid' && !one) stdin.write(`wait ${value}\n`);
    if (word !== 'end' || !one) return;
    if (one.pid !== undefined) stdin.write(`wait ${one.pid}\n`);
    one.settle(Number(value));
  }

  /** The command itself, which is the child of the process that the shell waits for. */
  function kill({ pid }: Pending): void {
    try {
      for (const child of readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean)) process.kill(Number(child), 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  }

  return {
    run(job) {
      const id = ++last;
      const files = `${folder}/${id}`;
      return new Promise((resolve, reject) => {
        const forget = () => {
          clearTimeout(one.timer);
          pending.delete(id);
          const said = { stdout: tryRead(`${files}.out`), stderr: tryRead(`${files}.err`) };
          for (const kind of job.input === undefined ? ['out', 'err'] : ['in', 'out', 'err']) tryUnlink(`${files}.${kind}`);
          return said;
        };
        const one: Pending = {
          timer: job.timeoutMs === undefined ? undefined : setTimeout(() => kill(one), job.timeoutMs),
          settle(code) {
            const said = forget();
            if (code === 0) resolve(said.stdout);
            else reject(new CommandError(job.argv, { code, signal: null, ...said }));
          },
          fail(cause) {
            forget();
            reject(new CommandError(job.argv, undefined, cause));
          },
        };
        pending.set(id, one);
        try {
          if (job.input !== undefined) writeFileSync(`${files}.in`, job.input);
          one.shell = shell ??= start();
          shell.stdin.write(planJob(id, job, files));
        } catch (cause) {
          one.fail(cause as Error); // EAGAIN, ENOSPC
        }
      });
    },
  } satisfies CommandShell;
}
