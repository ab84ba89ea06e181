// The process that holds every shell of a data folder; started detached by hostClient.ts with the socket's path as its argument.
import { chmodSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Logger } from '../base/index.ts';
import { createHostServer } from './hostServer.ts';
import { createTerminals } from './inProcess.ts';
import { spawnNodePty } from './nodePty.ts';

const logger = lineLogger({});

function lineLogger(fields: object): Logger {
  const write = (level: string) => (more: object, message: string) => {
    process.stderr.write(`${JSON.stringify({ level, at: new Date().toISOString(), ...fields, ...more, message })}\n`);
  };
  return { debug: () => {}, info: write('info'), warn: write('warn'), error: write('error'), child: (more) => lineLogger({ ...fields, ...more }) };
}

/** Holds a lock that the kernel releases with the process, so that a stale socket can be told from a live one without a race. */
function tryLock(path: string): DatabaseSync | undefined {
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return database;
  } catch {
    database.close();
    return undefined;
  }
}

const socketPath = process.argv[2];
if (!socketPath) throw new Error('usage: ptyHostMain SOCKET');
process.umask(0o077);
for (const signal of ['SIGHUP', 'SIGINT', 'SIGPIPE'] as const) process.on(signal, () => {});
// Shells are worth more than this process' own mistakes.
process.on('uncaughtException', (error) => logger.error({ error: error.stack }, 'uncaught exception'));
process.on('unhandledRejection', (error) => logger.error({ error: String(error) }, 'unhandled rejection'));

const lock = tryLock(`${socketPath}.lock`);
if (!lock) process.exit(0); // another host is alive; whoever started this one finds it

const terminals = createTerminals(spawnNodePty);
let stopping = false;
const stop = () => {
  if (stopping) return;
  stopping = true;
  void terminals.stopHost();
  rmSync(socketPath, { force: true });
  server.close();
  lock.close();
  logger.info({}, 'stopped');
  setTimeout(() => process.exit(0), 2_500).unref(); // longer than a shell may take to be killed
};
process.on('SIGTERM', stop);
const server = createHostServer(terminals, logger, stop);
server.on('error', (error) => {
  logger.error({ error: error.message }, 'cannot listen');
  process.exit(1);
});
rmSync(socketPath, { force: true });
server.listen(socketPath, () => {
  chmodSync(socketPath, 0o600);
  logger.info({ pid: process.pid }, 'listening');
});
