// One live cluster, a door to its API on loopback, and the kubectl binaries that drive it, each in its own namespaces.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineCluster } from '../../../server/engine/index.ts';
import { spawnNodePty } from '../../../server/terminals/nodePty.ts';
import { openTestHost, type TestHost } from '../../support/engineHost.ts';
import { findKubectl, type Said } from './apiFixture.ts';

/** A live cluster. `kubeconfig` works from this host; disposal removes the cluster. */
export interface LiveCluster extends AsyncDisposable { host: TestHost; cluster: EngineCluster; folder: string; kubeconfig: string }

/** A kubectl on a terminal of its own. */
export interface Typing {
  /** Resolves with all that was shown once it matches; rejects when the command ends before. */
  shows(wanted: RegExp): Promise<string>;
  type(text: string): void;
  resize(cols: number, rows: number): void;
  ended: Promise<number>;
}

/** One binary bound to a namespace; `cwd` is a folder of the test's own. */
export interface Kubectl {
  cwd: string;
  namespace: string;
  /** Runs it whatever its exit code; output as it is. */
  run(argv: string[], options?: { input?: string; env?: Record<string, string> }): Promise<Said>;
  /** Runs it and resolves with stdout; rejects with what it said when it fails. A string is split at blanks. */
  ok(argv: string | string[], input?: string): Promise<string>;
  json<T = Record<string, unknown>>(argv: string): Promise<T>;
  start(argv: string[], env?: Record<string, string>): ChildProcess;
  terminal(argv: string[], size?: { cols: number; rows: number }): Typing;
}

/** The binaries to test: PATCHBAY_KUBECTL (or the one on PATH), and PATCHBAY_KUBECTL_NEXT; `missing` says why one is skipped. */
export const kubectls: { label: string; short: string; file: string; missing: string | false }[] = [
  { label: 'kubectl', short: 'one', file: findKubectl() ?? '', missing: findKubectl() ? false : 'kubectl is not on PATH nor in PATCHBAY_KUBECTL' },
  { label: 'the next kubectl', short: 'next', file: process.env['PATCHBAY_KUBECTL_NEXT'] ?? '', missing: process.env['PATCHBAY_KUBECTL_NEXT'] ? false : 'a second binary: PATCHBAY_KUBECTL_NEXT is not set' },
];

const commandTimeoutMs = 45_000;
/** What a terminal should show comes within this, in ms. */
const showsMs = 20_000;

export async function openLiveCluster(name: string): Promise<LiveCluster> {
  const host = openTestHost();
  const folder = mkdtempSync(join(tmpdir(), 'pb-kubectl-'));
  const cluster = await host.launch(name, { limits: { pids: 2000, memoryMiB: 1536, openFiles: 16_384 } });
  const sockets = new Set<Socket>();
  const door = createServer((socket) => {
    const inner = connect(cluster.apiSocket);
    for (const one of [socket, inner]) {
      sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        sockets.delete(one);
        (one === socket ? inner : socket).destroy();
      });
    }
    socket.pipe(inner).pipe(socket);
  });
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  const kubeconfig = join(folder, 'kubeconfig');
  const server = `https://127.0.0.1:${(door.address() as AddressInfo).port}`;
  writeFileSync(kubeconfig, readFileSync(cluster.adminKubeconfig, 'utf8').replace(/^(\s*)server: .*$/m, `$1server: ${server}\n$1tls-server-name: kubernetes`));
  return {
    host, cluster, folder, kubeconfig,
    async [Symbol.asyncDispose]() {
      door.close();
      for (const socket of sockets) socket.destroy();
      await host[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Binds a binary to a new namespace of the cluster, with a home of its own. */
export async function openKubectl({ folder, kubeconfig }: LiveCluster, file: string, namespace: string): Promise<Kubectl> {
  const cwd = mkdtempSync(join(folder, `${namespace}-`));
  const env = { PATH: process.env['PATH'] ?? '', KUBECONFIG: kubeconfig, HOME: cwd, TERM: 'xterm' };
  const withNamespace = (argv: string[]) => (argv.some((word) => word === '-n' || word === '-A' || word.startsWith('--namespace')) ? argv : ['-n', namespace, ...argv]);
  const start: Kubectl['start'] = (argv, more) => spawn(file, withNamespace(argv), { cwd, env: { ...env, ...more }, stdio: 'pipe' });
  const run: Kubectl['run'] = async (argv, { input = '', env: more } = {}) => {
    const child = start(argv, more);
    const timer = setTimeout(() => child.kill('SIGKILL'), commandTimeoutMs);
    let stdout = '';
    let stderr = '';
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => { stdout += chunk; });
    child.stderr!.setEncoding('utf8').on('data', (chunk: string) => { stderr += chunk; });
    child.stdin!.on('error', () => {});
    child.stdin!.end(input);
    const [code] = await once(child, 'close') as [number | null];
    clearTimeout(timer);
    return { code: code ?? -1, stdout, stderr };
  };
  const ok: Kubectl['ok'] = async (argv, input) => {
    const words = typeof argv === 'string' ? argv.split(' ') : argv;
    const said = await run(words, input === undefined ? {} : { input });
    if (said.code !== 0) throw new Error(`kubectl ${words.join(' ')} ended with ${said.code}: ${said.stderr}${said.stdout}`);
    return said.stdout;
  };
  await ok(`create namespace ${namespace}`);
  return {
    cwd, namespace, start, run, ok,
    json: async (argv) => JSON.parse(await ok(`${argv} -o json`)),
    terminal(argv, size = { cols: 100, rows: 30 }) {
      const pty = spawnNodePty({ file, args: withNamespace(argv), cwd, env }, size);
      let text = '';
      let over = false;
      const waiting = new Set<() => void>();
      const wake = () => waiting.forEach((check) => check());
      pty.onData((chunk) => {
        text += chunk;
        wake();
      });
      const ended = new Promise<number>((resolve) => pty.onExit((code) => {
        over = true;
        resolve(code ?? -1);
        setImmediate(wake);
      }));
      return {
        shows: (wanted) => new Promise((resolve, reject) => {
          const timer = setTimeout(() => reject(new Error(`kubectl ${argv.join(' ')} does not show ${wanted}: ${text}`)), showsMs);
          const check = () => {
            if (!wanted.test(text) && !over) return;
            waiting.delete(check);
            clearTimeout(timer);
            if (wanted.test(text)) resolve(text);
            else reject(new Error(`kubectl ${argv.join(' ')} ended without showing ${wanted}: ${text}`));
          };
          waiting.add(check);
          check();
        }),
        type: (input) => pty.write(input),
        resize: (cols, rows) => pty.resize({ cols, rows }),
        ended,
      };
    },
  };
}
