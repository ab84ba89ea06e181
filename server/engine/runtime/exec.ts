// Commands inside running containers, with and without a terminal, and the stdin of containers that were made with one.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { PassThrough } from 'node:stream';
import type { Readable, Writable } from 'node:stream';
import { messageOf } from '../../base/index.ts';
import type { AttachedInput, ExecOptions, ExecSession, Machines } from '../types/index.ts';
import { RuntimeError } from './errors.ts';
import { containerPaths, layout } from './layout.ts';
import type { NodeFiles } from './nodeFiles.ts';

/** Where a command runs. */
export interface ExecPlace { machines: Machines; nodeName: string; files: NodeFiles }

/** One word for a POSIX shell. */
export function quoteWord(word: string): string {
  return /^[A-Za-z0-9_\/:=.,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The argv on the node for a command in a container; `pidFile` gets the command's process id there. */
export function planExec(containerId: string, options: Pick<ExecOptions, 'command' | 'tty' | 'size'>, pidFile: string): string[] {
  const crun = ['crun', `--root=${layout.crunRoot}`, 'exec', `--pid-file=${pidFile}`];
  if (!options.tty) return [...crun, containerId, ...options.command];
  const { cols, rows } = options.size ?? { cols: 80, rows: 24 };
  // crun takes the size of its own terminal; raw from the start, so that early input is not echoed twice.
  const inner = `stty raw -echo cols ${cols} rows ${rows}; exec ${[...crun, '--tty', '--env=TERM=xterm', containerId, ...options.command].map(quoteWord).join(' ')}`;
  return ['script', '-qefc', inner, '/dev/null'];
}

/** Starts a command in a running container. Rejects with RuntimeError when no process can be started (out of processes). */
export function startExec(place: ExecPlace, containerId: string, options: ExecOptions): Promise<ExecSession> {
  const { machines, nodeName, files } = place;
  const pidFile = `/run/pods/exec-${randomUUID()}`;
  const [file, ...args] = machines.argv(nodeName, planExec(containerId, options, pidFile));
  return new Promise((resolve, reject) => {
    let child: ChildProcess;
    try {
      child = spawn(file!, args, { stdio: [options.stdin || options.tty ? 'pipe' : 'ignore', 'pipe', 'pipe'] });
    } catch (cause) {
      reject(new RuntimeError('NotRunning', `failed to exec in container: ${messageOf(cause)}`, { cause }));
      return;
    }
    let killed = false;
    child.once('error', (cause) => reject(new RuntimeError('NotRunning', `failed to exec in container: ${cause.message}`, { cause })));
    const onNode = (script: string) => machines.run(nodeName, ['sh', '-c', script, pidFile]).catch(() => '');
    const done = new Promise<{ exitCode: number }>((finished) => {
      child.once('close', (code, signal) => {
        files.remove(pidFile);
        finished({ exitCode: killed ? 137 : code ?? (signal ? 137 : 1) });
      });
    });
    const resize = serialised(async ({ cols, rows }: { cols: number; rows: number }) => {
      await onNode(`[ -s "$0" ] && stty -F "/proc/$(cat "$0")/fd/0" cols ${cols} rows ${rows}`);
    });
    child.once('spawn', () => {
      resolve({
        stdin: child.stdin ?? discard(),
        stdout: child.stdout!,
        stderr: options.tty ? ended(child.stderr!) : child.stderr!,
        resize: (cols, rows) => {
          if (options.tty && isSize(cols) && isSize(rows)) resize({ cols, rows });
        },
        done,
        kill() {
          if (killed) return;
          killed = true;
          void onNode('[ -s "$0" ] && kill -9 "$(cat "$0")"').finally(() => child.kill('SIGKILL'));
        },
      });
    });
    child.stdin?.on('error', () => {}); // a command may end without reading its input
  });
}

/** Opens the stdin of a container that was made with one, through conmon's attach socket (a packet socket, hence socat). */
export function openAttach(place: ExecPlace, containerId: string): Promise<AttachedInput> {
  const { machines, nodeName, files } = place;
  const paths = containerPaths(containerId);
  const [file, ...args] = machines.argv(nodeName, ['socat', '-u', '-', `UNIX-CONNECT:${paths.attach},type=5`]);
  return new Promise((resolve, reject) => {
    const child = spawn(file!, args, { stdio: ['pipe', 'ignore', 'ignore'] });
    child.once('error', (cause) => reject(new RuntimeError('NotRunning', `failed to attach to container: ${cause.message}`, { cause })));
    child.stdin.on('error', () => {});
    child.once('spawn', () => resolve({
      stdin: child.stdin,
      resize: (cols, rows) => {
        if (isSize(cols) && isSize(rows)) files.tryWriteFifo(paths.resize, `${rows} ${cols}\n`);
      },
      close: () => child.kill(),
    }));
  });
}

function isSize(value: number): boolean {
  return Number.isInteger(value) && value > 0 && value < 10_000;
}

/** Runs one call at a time and, of those that wait, only the latest: a dragged window sends hundreds of sizes. */
function serialised<T>(run: (value: T) => Promise<void>): (value: T) => void {
  let busy = false;
  let next: T | undefined;
  const work = async (value: T) => {
    busy = true;
    await run(value);
    busy = false;
    if (next === undefined) return;
    const waiting = next;
    next = undefined;
    void work(waiting);
  };
  return (value) => {
    if (busy) next = value;
    else void work(value);
  };
}

function discard(): Writable {
  const stream = new PassThrough();
  stream.resume();
  return stream;
}

/** With a terminal only `script` itself could write here; nothing of the command does. */
function ended(stream: Readable): Readable {
  stream.resume();
  const nothing = new PassThrough();
  nothing.end();
  return nothing;
}
