// Commands inside running containers, with and without a terminal, and the stdin of containers that were made with one.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { PassThrough } from 'node:stream';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../base/index.ts';
import type { AttachedInput, ExecOptions, ExecSession, Machines } from '../types/index.ts';
import { RuntimeError } from './errors.ts';
import { containerPaths, layout } from './layout.ts';
import type { NodeFiles } from './nodeFiles.ts';

/** A terminal's size waits for its command for so many times 20 ms. */
const startPolls = 250;

/** conmon takes only the first of two sizes that it reads at once; kubectl sends two to make a program redraw. In ms. */
const resizeGapMs = 50;
/** On a machine too busy for that gap, the size that holds is told once more, in ms. */
const resizeAgainMs = 500;

/** Where a command runs. */
export interface ExecPlace { machines: Machines; nodeName: string; files: NodeFiles }

/** One word for a POSIX shell. */
export function quoteWord(word: string): string {
  return /^[A-Za-z0-9_/:=.,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Files on the node of one running command: its OCI process, its process id, and what the runtime says of it. */
export interface ExecFiles { process: string; pid: string; said: string }

/** The OCI process of a command: as the container's own, but for command and terminal. */
export function planExecProcess(own: { env?: string[] } & Record<string, unknown>, options: Pick<ExecOptions, 'command' | 'tty'>): object {
  const env = own.env ?? [];
  const terminal = options.tty && !env.some((line) => line.startsWith('TERM=')) ? [...env, 'TERM=xterm'] : env;
  return { ...own, args: options.command, terminal: options.tty, env: terminal };
}

/** For sed: drops escape sequences and leading times. */
const plainly = 's/\\x1b\\[[0-9;]*m//g; s/^([0-9][0-9T:.-]+Z: )+//';

/** The argv on the node for a command in a container. */
export function planExec(containerId: string, options: Pick<ExecOptions, 'tty' | 'size'>, files: ExecFiles): string[] {
  const crun = ['crun', `--root=${layout.crunRoot}`, 'exec', `--pid-file=${files.pid}`, `--process=${files.process}`, ...(options.tty ? ['--tty'] : []), containerId];
  if (!options.tty) return crun;
  const { cols, rows } = options.size ?? { cols: 80, rows: 24 };
  // crun takes the size of its own terminal; that one never echoes, so that early input is shown once, by the container's.
  // What crun itself says of a terminal's command has colours and the time, which nobody asked for.
  const run = `stty raw -echo cols ${cols} rows ${rows}; ${crun.map(quoteWord).join(' ')} 2>${files.said}; code=$?; [ -s ${files.said} ] && printf '%s\\r\\n' "$(sed -E '${plainly}' ${files.said})"; exit $code`;
  return ['script', '--quiet', '--return', '--flush', '--echo=never', '--command', run, '/dev/null'];
}

/** Ends the commands whose engine died before them: nobody can read what they say any more. */
export async function endStrayExecs({ machines, nodeName, files }: ExecPlace): Promise<void> {
  const left = files.list(layout.execs);
  if (left.length === 0) return;
  const pids = left.filter((name) => name.endsWith('.pid')).map((name) => files.tryRead(`${layout.execs}/${name}`)?.trim() ?? '').filter((pid) => /^\d+$/.test(pid));
  if (pids.length > 0) await machines.run(nodeName, ['sh', '-c', 'kill -9 "$@" 2>/dev/null; :', 'kill', ...pids]);
  for (const name of left) files.remove(`${layout.execs}/${name}`);
}

/** Starts a command in a running container; 127 is its exit code when it could not be started there. Rejects with RuntimeError when no process can be made at all. */
export async function startExec(place: ExecPlace, containerId: string, options: ExecOptions): Promise<ExecSession> {
  const { machines, nodeName, files } = place;
  const base = `${layout.execs}/${randomUUID()}`;
  const paths: ExecFiles = { process: `${base}.json`, pid: `${base}.pid`, said: `${base}.said` };
  const config = files.tryReadJson<{ process: Record<string, unknown> }>(containerPaths(containerId).config);
  if (!config) throw new RuntimeError('NotFound', `container "${containerId}" was not found`);
  files.write(paths.process, JSON.stringify(planExecProcess(config.process, options)));
  const forget = () => {
    files.remove(paths.process);
    files.remove(paths.pid);
    files.remove(paths.said);
  };
  let child: ChildProcess;
  try {
    child = await spawned(machines.argv(nodeName, planExec(containerId, options, paths)), options.stdin || options.tty);
  } catch (cause) {
    forget();
    throw new RuntimeError('NotRunning', `failed to exec in container: ${messageOf(cause)}`, { cause });
  }
  let killed = false;
  const done = new Promise<{ exitCode: number }>((finished) => {
    child.once('close', (code, signal) => {
      const started = files.exists(paths.pid);
      forget();
      finished({ exitCode: killed || signal ? 137 : started || code === 0 ? code ?? 1 : 127 });
    });
  });
  const onNode = (script: string) => machines.run(nodeName, ['sh', '-c', `[ -s "$0" ] && ${script}`, paths.pid]).catch(() => '');
  const resize = serialised(async ({ cols, rows }: { cols: number; rows: number }) => {
    // A client's first size may come before the command runs.
    const started = `i=0; while [ ! -s "$0" ] && [ $i -lt ${startPolls} ]; do sleep 0.02; i=$((i + 1)); done`;
    await machines.run(nodeName, ['sh', '-c', `${started}; stty -F "/proc/$(cat "$0")/fd/0" cols ${cols} rows ${rows}`, paths.pid]).catch(() => '');
  });
  return {
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
      void onNode('kill -9 "$(cat "$0")"').finally(() => child.kill('SIGKILL'));
    },
  };
}

/** Opens the stdin of a container that was made with one, through conmon's attach socket (a packet socket, hence socat). */
export async function openAttach(place: ExecPlace, containerId: string): Promise<AttachedInput> {
  const { machines, nodeName, files } = place;
  const paths = containerPaths(containerId);
  let child: ChildProcess;
  try {
    child = await spawned(machines.argv(nodeName, ['socat', '-u', '-', `UNIX-CONNECT:${paths.attach},type=5`]), true);
  } catch (cause) {
    throw new RuntimeError('NotRunning', `failed to attach to container: ${messageOf(cause)}`, { cause });
  }
  child.stdout!.resume();
  child.stderr!.resume();
  let again: NodeJS.Timeout | undefined;
  const resize = serialised(async ({ cols, rows }: { cols: number; rows: number }) => {
    const tell = () => void files.tryWriteFifo(paths.resize, `${rows} ${cols}\n`);
    tell();
    clearTimeout(again);
    again = setTimeout(tell, resizeAgainMs);
    again.unref();
    await sleep(resizeGapMs, undefined, { ref: false });
  });
  return {
    stdin: child.stdin!,
    resize: (cols, rows) => {
      if (isSize(cols) && isSize(rows)) resize({ cols, rows });
    },
    close() {
      clearTimeout(again);
      child.kill();
    },
  };
}

/** A process that has really started; rejects when none can be made (EAGAIN, EMFILE), where spawn may also throw. */
function spawned(argv: readonly string[], stdin: boolean): Promise<ChildProcess> {
  const [file, ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(file!, args, { stdio: [stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'] });
    child.once('error', reject);
    child.once('spawn', () => resolve(child));
    child.stdin?.on('error', () => {}); // a command may end without reading its input
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
