// What exec and attach ask for, and the running command they get, whatever carries its streams.
import { StatusError, type ContainerRef, type ExecSession, type NodeStreams } from '../../types/index.ts';
import { flag } from '../query.ts';

/** What the query of an exec or attach asks for; `command` is empty for attach. */
export interface StreamRequest { command: string[]; stdin: boolean; stdout: boolean; stderr: boolean; tty: boolean }

/** PodExecOptions or PodAttachOptions from the query. Throws BadRequest. */
export function streamRequest(query: URLSearchParams, exec: boolean): StreamRequest {
  const tty = flag(query, 'tty');
  const asked = { stdin: flag(query, 'stdin'), stdout: flag(query, 'stdout'), stderr: flag(query, 'stderr') && !tty };
  if (!asked.stdin && !asked.stdout && !asked.stderr) throw new StatusError('BadRequest', 'you must specify at least 1 of stdin, stdout, stderr');
  const command = exec ? query.getAll('command') : [];
  if (exec && command.length === 0) throw new StatusError('BadRequest', 'you must specify a command');
  return { ...asked, tty, command };
}

/** Runs or joins the command; input that is not asked for is at its end. Throws StatusError. */
export async function openSession(streams: NodeStreams, ref: ContainerRef, request: StreamRequest): Promise<ExecSession> {
  const { command, stdin, tty } = request;
  const session = command.length > 0 ? await streams.exec(ref, { command, stdin, tty }) : await streams.attach(ref, { stdin, tty });
  for (const stream of [session.stdin, session.stdout, session.stderr]) stream.on('error', () => {}); // a command may end without reading its input; `done` says how
  if (!request.stdout) session.stdout.resume();
  if (!request.stderr) session.stderr.resume();
  if (!stdin) session.stdin.end();
  return session;
}

/** The size in a resize message; undefined for anything else than two numbers from 1 to 65535. */
export function trySize(payload: string): { cols: number; rows: number } | undefined {
  let value: { Width?: unknown; Height?: unknown } | null;
  try {
    value = JSON.parse(payload);
  } catch {
    return undefined;
  }
  const fits = (one: unknown): one is number => Number.isInteger(one) && (one as number) > 0 && (one as number) <= 65_535;
  return fits(value?.Width) && fits(value?.Height) ? { cols: value.Width, rows: value.Height } : undefined;
}
