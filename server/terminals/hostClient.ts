// Terminals that live in ptyHost: finds or starts that process, and forwards.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../base/index.ts';
import { TerminalError } from './errors.ts';
import { HostConnection } from './hostConnection.ts';
import type { TerminalInfo, Terminals } from './terminals.ts';

/** `entry` is ptyHostMain.ts or its bundle; `socketPath` is at most 107 bytes, in a folder of the data folder. */
export interface PtyHostOptions { socketPath: string; nodePath: string; entry: string; logger: Logger }

const startLimitMs = 15_000;

/**
 * Connects to the data folder's ptyHost, starting it when there is none; safe to call from several processes at once.
 * A lost connection is made anew on the next call. Rejects with TerminalError `pty-host-failed` or `pty-host-version`.
 */
export async function connectPtyHost(options: PtyHostOptions): Promise<Terminals> {
  let current: Promise<HostConnection> | undefined;
  let disposed = false;
  const connection = (): Promise<HostConnection> => {
    if (disposed) return Promise.reject(new TerminalError('pty-host-failed', 'The terminals were let go.'));
    current ??= openConnection(options, () => { current = undefined; }).catch((error: unknown) => {
      current = undefined;
      throw error;
    });
    return current;
  };
  await connection();
  return {
    open: async (params) => (await connection()).call({ method: 'open', params }) as Promise<TerminalInfo>,
    list: async (owner) => (await connection()).call({ method: 'list', params: owner === undefined ? {} : { owner } }) as Promise<TerminalInfo[]>,
    attach: async (id, attachOptions, viewer) => (await connection()).attach(id, attachOptions, viewer),
    async close(id) {
      await (await connection()).call({ method: 'close', params: { id } });
    },
    async closeAll(owner) {
      await (await connection()).call({ method: 'closeAll', params: { owner } });
    },
    async stopHost() {
      const open = await connection();
      await open.call({ method: 'stop', params: {} });
      open.end();
    },
    dispose() {
      disposed = true;
      void current?.then((open) => open.end(), () => {});
    },
  } satisfies Terminals;
}

/** Ends the data folder's ptyHost and every shell in it; resolves with false when none is running. */
export async function stopPtyHost(socketPath: string): Promise<boolean> {
  const socket = await tryConnect(socketPath);
  if (!socket) return false;
  const open = await HostConnection.greet(socket, () => {});
  await open.call({ method: 'stop', params: {} });
  open.end();
  return true;
}

async function openConnection(options: PtyHostOptions, onLost: () => void): Promise<HostConnection> {
  let socket = await tryConnect(options.socketPath);
  if (!socket) {
    startHost(options);
    const deadline = Date.now() + startLimitMs;
    while (!(socket = await tryConnect(options.socketPath))) {
      if (Date.now() > deadline) throw new TerminalError('pty-host-failed', `The process that holds the shells did not start within ${startLimitMs / 1000} s.`, { hint: `Read ${logPath(options.socketPath)}.` });
      await delay(20);
    }
  }
  return HostConnection.greet(socket, onLost);
}

const logPath = (socketPath: string) => `${socketPath}.log`;

// Detached, with a session of its own: the shells survive the server, its terminal and Ctrl-C.
function startHost({ socketPath, nodePath, entry, logger }: PtyHostOptions): void {
  mkdirSync(dirname(socketPath), { recursive: true, mode: 0o700 });
  const log = openSync(logPath(socketPath), 'a', 0o600);
  const child = spawn(nodePath, ['--disable-warning=ExperimentalWarning', entry, socketPath], { detached: true, stdio: ['ignore', log, log], cwd: '/' });
  child.on('error', (error) => logger.error({ error: error.message }, 'cannot start ptyHost'));
  child.unref();
  closeSync(log);
}

function tryConnect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(undefined);
      else reject(new TerminalError('pty-host-failed', `The process that holds the shells cannot be reached: ${error.message}`, { cause: error }));
    });
  });
}
