// A NodeStreams without nodes: commands run on this machine, logs are canned; what the API does with the streams is real.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { connect as connectTo } from 'node:net';
import { PassThrough, Readable, Writable } from 'node:stream';
import { StatusError, type ContainerRef, type ExecOptions, type ExecSession, type NodeStreams } from '../../../server/engine/types/index.ts';

/** What the fake was asked, newest last. */
export interface FakeNodes extends NodeStreams {
  readonly killed: string[];
  /** Lines that `logs` serves; a follower gets later ones as they are pushed by `log`. */
  log(line: string): void;
  /** Serves the in-pod port that `connect` reaches. */
  readonly echoPort: Promise<number>;
  close(): void;
}

/** A fresh fake. `connect` reaches an echo server whatever port is asked for, except port 1, which is refused. */
export function fakeNodes(): FakeNodes {
  const lines: string[] = ['line 1\n', 'line 2\n', 'line 3\n'];
  const followers = new Set<PassThrough>();
  const killed: string[] = [];
  const echo = createServer((socket) => socket.pipe(socket));
  const echoPort = new Promise<number>((resolve) => {
    echo.listen(0, '127.0.0.1', () => resolve((echo.address() as { port: number }).port));
  });
  echo.unref();
  return {
    killed, echoPort,
    log(line) {
      lines.push(line);
      for (const follower of followers) follower.write(line);
    },
    async exec(ref, options) {
      return startCommand(options.command, options, () => killed.push(`${ref.pod}/${ref.container}`));
    },
    async attach(_ref, options) {
      return startCommand(['cat'], options, () => {});
    },
    async logs(ref: ContainerRef, options) {
      if (options.previous) throw new StatusError('BadRequest', `previous terminated container "${ref.container}" in pod "${ref.pod}" not found`);
      const shown = options.tailLines === undefined ? lines : lines.slice(lines.length - options.tailLines);
      if (!options.follow) return Readable.from(shown);
      const stream = new PassThrough();
      for (const line of shown) stream.write(line);
      followers.add(stream);
      stream.once('close', () => followers.delete(stream));
      return stream;
    },
    async connect(_ref, port) {
      if (port === 1) throw new StatusError('BadRequest', 'connection refused');
      return connectTo(await echoPort, '127.0.0.1');
    },
    close: () => void echo.close(),
  };
}

function startCommand(argv: string[], { tty }: Pick<ExecOptions, 'tty'>, onKill: () => void): ExecSession {
  const child = spawn(argv[0]!, argv.slice(1), { stdio: 'pipe' });
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  child.stdout.pipe(stdout, { end: false });
  child.stderr.pipe(tty ? stdout : stderr, { end: false });
  const ended = (stream: Readable) => new Promise<void>((resolve) => stream.once('end', resolve));
  const done = new Promise<{ exitCode: number }>((resolve, reject) => {
    child.once('error', (error) => reject(new StatusError('InternalError', `exec: "${argv[0]}": ${error.message}`)));
    child.once('close', (code) => {
      stdout.end();
      stderr.end();
      void Promise.all([ended(stdout), ended(stderr)]).then(() => resolve({ exitCode: code ?? 137 }));
    });
  });
  const stdin = new Writable({
    write: (chunk, _encoding, callback) => void child.stdin.write(chunk, () => callback()),
    final: (callback) => void child.stdin.end(() => callback()),
  });
  child.stdin.on('error', () => {});
  return {
    stdin, stdout, stderr, done,
    resize: (cols, rows) => void (tty && stdout.write(`size ${cols}x${rows}\r\n`)),
    kill() {
      onKill();
      child.kill('SIGKILL');
    },
  };
}
