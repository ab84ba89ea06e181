// Serves pods/exec and pods/attach on an open WebSocket: output on channels 1 and 2, input on 0, the exit code on 3.
import type { WebSocket } from 'ws';
import { StatusError, type ExecSession, type NodeStreams, type ContainerRef, type Status } from '../../types/index.ts';
import { flag } from '../query.ts';
import { exitStatus, failureStatus, toStatusError } from '../status.ts';
import { channels, holdUntilDrained, messageBytes, onMessage, pumpToChannel, sendFrame } from './webSocket.ts';

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

/** Runs or joins the command and carries its streams until it ends or the client leaves. Reports failures on channel 3. */
export async function serveSession(socket: WebSocket, streams: NodeStreams, ref: ContainerRef, request: StreamRequest): Promise<void> {
  const waiting: Buffer[] = [];
  const early = (data: Parameters<typeof messageBytes>[0]) => void waiting.push(messageBytes(data));
  socket.on('message', early);
  socket.pause(); // input waits in the client until the command runs; what is already here is kept
  let session: ExecSession;
  try {
    const { command, stdin, tty } = request;
    session = command.length > 0 ? await streams.exec(ref, { command, stdin, tty }) : await streams.attach(ref, { stdin, tty });
  } catch (thrown) {
    socket.resume();
    return finish(socket, failureStatus(toStatusError(thrown)));
  }
  socket.off('message', early);
  socket.resume();
  if (socket.readyState !== socket.OPEN) return session.kill();
  sendFrame(socket, request.stdout ? channels.stdout : request.stderr ? channels.stderr : channels.status, '');
  if (request.stdout) pumpToChannel(session.stdout, socket, channels.stdout);
  else session.stdout.resume();
  if (request.stderr) pumpToChannel(session.stderr, socket, channels.stderr);
  else session.stderr.resume();
  for (const stream of [session.stdin, session.stdout, session.stderr]) stream.on('error', () => {}); // a command may end without reading its input; `done` says how
  if (!request.stdin) session.stdin.end();
  let ended = false;
  socket.on('close', () => {
    if (!ended) session.kill();
  });
  const receive = (message: Buffer) => receiveFrame(session, request, message, socket);
  onMessage(socket, receive);
  try {
    for (const message of waiting) receive(message);
    const { exitCode } = await session.done;
    ended = true;
    finish(socket, exitStatus(exitCode));
  } catch (thrown) {
    ended = true;
    finish(socket, failureStatus(toStatusError(thrown)));
  }
}

function receiveFrame(session: ExecSession, request: StreamRequest, message: Buffer, socket: WebSocket): void {
  const channel = message[0];
  const payload = message.subarray(1);
  if (channel === channels.stdin && request.stdin && session.stdin.writable && payload.length > 0) {
    if (!session.stdin.write(payload)) holdUntilDrained(socket, session.stdin);
  } else if (channel === channels.resize && request.tty) {
    const size = trySize(payload);
    if (size) session.resize(size.cols, size.rows);
  } else if (channel === channels.close && payload[0] === channels.stdin) session.stdin.end();
}

/** The size in a resize message; undefined for anything else than two numbers from 1 to 65535. */
function trySize(payload: Buffer): { cols: number; rows: number } | undefined {
  let value: { Width?: unknown; Height?: unknown } | null;
  try {
    value = JSON.parse(payload.toString('utf8'));
  } catch {
    return undefined;
  }
  const fits = (one: unknown): one is number => Number.isInteger(one) && (one as number) > 0 && (one as number) <= 65_535;
  return fits(value?.Width) && fits(value?.Height) ? { cols: value.Width, rows: value.Height } : undefined;
}

/** Sends the last status and closes. The first version of the protocol, which no name means too, knows only text there, and nothing for success. */
function finish(socket: WebSocket, status: Status): void {
  if (socket.readyState !== socket.OPEN) return;
  if (socket.protocol !== '' && socket.protocol !== 'channel.k8s.io') sendFrame(socket, channels.status, JSON.stringify(status));
  else if (status.status === 'Failure') sendFrame(socket, channels.status, status.message ?? '');
  socket.close(1000);
}
