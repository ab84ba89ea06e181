// Runs a host command to its end and returns what it said; the one place that buffers a child's output.
import { spawn } from 'node:child_process';
import { PatchbayError } from './errors.ts';

/** What a finished command said. `code` is null when a signal ended it. */
export interface CommandResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Options: `input` is text, bytes, or an open file to read from; `timeoutMs` kills with SIGKILL; `maxBytes` bounds each of stdout and stderr (default 8 MiB, the rest is dropped). */
export interface CommandOptions {
  input?: string | Uint8Array | { fd: number };
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  signal?: AbortSignal;
  timeoutMs?: number;
  maxBytes?: number;
}

/** A command that could not be started or ended with a non-zero code; carries command, output and cause. */
export class CommandError extends PatchbayError {
  readonly argv: readonly string[];
  readonly result: CommandResult | undefined;

  constructor(argv: readonly string[], result: CommandResult | undefined, cause?: unknown) {
    const said = result ? (result.stderr.trim() || result.stdout.trim() || `exit code ${result.code ?? result.signal}`) : String(cause);
    super('command-failed', `${argv.join(' ')}: ${said.slice(-2000)}`, { cause });
    this.argv = argv;
    this.result = result;
  }
}

/** Runs `argv` and resolves with its result whatever its exit code; rejects with CommandError only when it cannot be started. */
export function tryCommand(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [file, ...args] = argv;
  const fromFile = typeof options.input === 'object' && 'fd' in options.input ? options.input.fd : undefined;
  const limit = options.maxBytes ?? 8 * 1024 * 1024;
  return new Promise((resolve, reject) => {
    const child = spawn(file!, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: [fromFile ?? 'pipe', 'pipe', 'pipe'],
      signal: options.signal,
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
    });
    // First of all: a child that could not be started for want of descriptors has no streams.
    child.on('error', (error) => reject(new CommandError(argv, undefined, error)));
    const collect = (stream: NodeJS.ReadableStream) => {
      const chunks: Buffer[] = [];
      let size = 0;
      stream.on('data', (chunk: Buffer) => {
        if (size < limit) chunks.push(chunk.subarray(0, limit - size));
        size += chunk.length;
      });
      return () => Buffer.concat(chunks).toString('utf8');
    };
    const stdout = collect(child.stdout!);
    const stderr = collect(child.stderr!);
    child.on('close', (code, signal) => resolve({ code, signal, stdout: stdout(), stderr: stderr() }));
    if (fromFile !== undefined) return;
    child.stdin!.on('error', () => {}); // a command may end without reading its input
    child.stdin!.end((options.input as string | Uint8Array | undefined) ?? '');
  });
}

/** Runs `argv` and returns its stdout; throws CommandError on a non-zero exit. */
export async function runCommand(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const result = await tryCommand(argv, options);
  if (result.code !== 0) throw new CommandError(argv, result);
  return result.stdout;
}
