// Serves pods/exec and pods/attach on an open WebSocket: output on channels 1 and 2, input on 0, the exit code on 3.
import type { WebSocket } from 'ws';
import type { ExecSession, NodeStreams, ContainerRef, Status } from '../../types/index.ts';
import { exitStatus, failureStatus, toStatusError } from '../status.ts';
import { openSession, trySize, type StreamRequest } from './session.ts';
import { channels, holdUntilDrained, messageBytes, onMessage, pumpToChannel, sendFrame } from './webSocket.ts';

/** Runs or joins the command and carries its streams until it ends or the client leaves. Reports failures on channel 3. */
export async function serveSession(socket: WebSocket, streams: NodeStreams, ref: ContainerRef, request: StreamRequest): Promise<void> {
  const waiting: Buffer[] = [];
  const early = (data: Parameters<typeof messageBytes>[0]) => void waiting.push(messageBytes(data));
  socket.on('message', early);
  socket.pause(); // input waits in the client until the command runs; what is already here is kept
  let session: ExecSession;
  try {
    session = await openSession(streams, ref, request);
  } catch (thrown) {
    socket.resume();
    return finish(socket, failureStatus(toStatusError(thrown)));
  }
  socket.off('message', early);
  socket.resume();
  if (socket.readyState !== socket.OPEN) return session.kill();
  sendFrame(socket, request.stdout ? channels.stdout : request.stderr ? channels.stderr : channels.status, '');
  if (request.stdout) pumpToChannel(session.stdout, socket, channels.stdout);
  if (request.stderr) pumpToChannel(session.stderr, socket, channels.stderr);
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
    const size = trySize(payload.toString('utf8'));
    if (size) session.resize(size.cols, size.rows);
  } else if (channel === channels.close && payload[0] === channels.stdin) session.stdin.end();
}

/** Sends the last status and closes. The first version of the protocol, which no name means too, knows only text there, and nothing for success. */
function finish(socket: WebSocket, status: Status): void {
  if (socket.readyState !== socket.OPEN) return;
  if (socket.protocol !== '' && socket.protocol !== 'channel.k8s.io') sendFrame(socket, channels.status, JSON.stringify(status));
  else if (status.status === 'Failure') sendFrame(socket, channels.status, status.message ?? '');
  socket.close(1000);
}
