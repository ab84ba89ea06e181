// The real API server and registry on loopback with certificates of its own, and a kubectl that talks to it.
import { spawnSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { silentLogger, type Logger } from '../../../server/base/index.ts';
import { startApiServer, type AuthOptions } from '../../../server/engine/api/index.ts';
import { createRegistry, type Registry } from '../../../server/engine/registry/index.ts';
import { createStore } from '../../../server/engine/storage/index.ts';
import type { KubeObject, Pod } from '../../../server/engine/types/index.ts';
import { fakeNodes, type FakeNodes } from './fakeNodes.ts';

/** What a command said. */
export interface Said { code: number; stdout: string; stderr: string }

/** A running API with its kubectl. */
export interface ApiFixture {
  folder: string;
  kubeconfig: string;
  port: number;
  socket: string;
  ca: string;
  registry: Registry;
  nodes: FakeNodes;
  /** Runs kubectl; throws what it said when it fails. */
  kubectl(...argv: string[]): Promise<string>;
  /** Runs kubectl with input and environment, whatever its exit code. */
  run(argv: string[], options?: { input?: string; env?: Record<string, string> }): Promise<Said>;
  /** Starts kubectl and leaves it running. */
  start(argv: string[], env?: Record<string, string>): ChildProcess;
  /** Makes a pod look scheduled, running and ready. */
  setRunning(name: string, namespace?: string): Pod;
  close(): Promise<void>;
}

/** The kubectl to test with: PATCHBAY_KUBECTL, or the one on PATH; undefined when there is none. */
export function findKubectl(): string | undefined {
  const candidates = process.env['PATCHBAY_KUBECTL'] ? [process.env['PATCHBAY_KUBECTL']] : (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'kubectl'));
  return candidates.find((file) => spawnSync(file, ['version', '--client'], { stdio: 'ignore', timeout: 20_000 }).status === 0);
}

const commandTimeoutMs = 30_000;

function openssl(folder: string, ...argv: string[]): void {
  const result = spawnSync('openssl', argv, { cwd: folder, encoding: 'utf8', timeout: 20_000 });
  if (result.status !== 0) throw new Error(`openssl ${argv[0]}: ${result.stderr}`);
}

/** Makes a certificate authority, a server certificate and clients' certificates in a folder. */
function makeCertificates(folder: string): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(folder, 'req', '-x509', ...key, '-days', '2', '-subj', '/CN=kubernetes', '-keyout', 'ca.key', '-out', 'ca.crt');
  openssl(folder, 'req', '-x509', ...key, '-days', '2', '-subj', '/O=system:masters/CN=impostor', '-keyout', 'impostor.key', '-out', 'impostor.crt');
  const certificates = { server: ['/CN=kube-apiserver', 'subjectAltName=IP:127.0.0.1,DNS:kubernetes'], admin: ['/O=system:masters/CN=kubernetes-admin', 'extendedKeyUsage=clientAuth'], guest: ['/O=guests/CN=guest', 'extendedKeyUsage=clientAuth'] };
  for (const [name, [subject, extension]] of Object.entries(certificates)) {
    writeFileSync(join(folder, `${name}.ext`), extension!);
    openssl(folder, 'req', ...key, '-subj', subject!, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    openssl(folder, 'x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', `${name}.ext`, '-out', `${name}.crt`);
  }
}

function writeKubeconfig(folder: string, port: number): string {
  const file = join(folder, 'kubeconfig');
  writeFileSync(file, JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority': join(folder, 'ca.crt') } }],
    users: [{ name: 'admin', user: { 'client-certificate': join(folder, 'admin.crt'), 'client-key': join(folder, 'admin.key') } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
  }));
  return file;
}

/** Starts everything; `auth` adds to certificates. The namespace default and one node are there. */
export async function startApiFixture(options: { auth?: AuthOptions; logger?: Logger } = {}): Promise<ApiFixture> {
  const folder = mkdtempSync(join(tmpdir(), 'pb-api-'));
  makeCertificates(folder);
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  const nodes = fakeNodes();
  const registry = createRegistry({ storage: createStore(), serviceCidr: '10.96.0.0/16' });
  const socket = join(folder, 'api.sock');
  const server = await startApiServer({
    registry, streams: nodes, tls: { key: read('server.key'), cert: read('server.crt'), ca: read('ca.crt') },
    listen: [{ host: '127.0.0.1', port: 0 }, { path: socket }], auth: options.auth ?? {}, logger: options.logger ?? silentLogger,
    version: { major: '1', minor: '32', gitVersion: 'v1.32.0', gitCommit: '', gitTreeState: 'clean', buildDate: '1970-01-01T00:00:00Z', goVersion: '', compiler: '', platform: 'linux/amd64' },
  });
  ensureObject(registry, 'namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
  ensureObject(registry, 'nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'worker' } });
  const port = server.ports[0]!;
  const kubeconfig = writeKubeconfig(folder, port);
  const file = findKubectl() ?? 'kubectl';
  const env = { ...process.env, KUBECONFIG: kubeconfig, HOME: folder };
  const running = new Set<ChildProcess>();
  const start = (argv: string[], more: Record<string, string> = {}) => {
    const child = spawn(file, argv, { env: { ...env, ...more }, cwd: folder, stdio: 'pipe' });
    running.add(child);
    child.once('close', () => running.delete(child));
    return child;
  };
  const run: ApiFixture['run'] = (argv, { input = '', env: more } = {}) => new Promise((resolve, reject) => {
    const child = start(argv, more);
    const timer = setTimeout(() => child.kill('SIGKILL'), commandTimeoutMs);
    let stdout = '';
    let stderr = '';
    child.stdout!.on('data', (chunk) => { stdout += chunk; });
    child.stderr!.on('data', (chunk) => { stderr += chunk; });
    child.stdin!.on('error', () => {});
    child.stdin!.end(input);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? -1, stdout, stderr });
    });
  });
  return {
    folder, kubeconfig, port, socket, ca: read('ca.crt'), registry, nodes, run, start,
    async kubectl(...argv) {
      const { code, stdout, stderr } = await run(argv);
      if (code !== 0) throw new Error(`kubectl ${argv.join(' ')} ended with ${code}: ${stderr}${stdout}`);
      return stdout;
    },
    setRunning: (name, namespace = 'default') => setRunning(registry, name, namespace),
    async close() {
      for (const child of running) child.kill('SIGKILL');
      nodes.close();
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function ensureObject(registry: Registry, resource: string, object: KubeObject): void {
  const target = { resource: { group: '', version: 'v1', resource } };
  if (registry.list(target).items.some(({ metadata }) => metadata.name === object.metadata.name)) return;
  registry.create(target, object);
}

function setRunning(registry: Registry, name: string, namespace: string): Pod {
  const target = { resource: { group: '', version: 'v1', resource: 'pods' }, namespace, name };
  let pod = registry.get(target) as Pod;
  if (!pod.spec.nodeName) {
    registry.create({ ...target, subresource: 'binding' }, { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace }, target: { apiVersion: 'v1', kind: 'Node', name: 'worker' } });
    pod = registry.get(target) as Pod;
  }
  const now = `${new Date().toISOString().slice(0, 19)}Z`;
  const conditions = ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({ type, status: 'True' as const, lastTransitionTime: now }));
  const containerStatuses = pod.spec.containers.map((one) => ({ name: one.name, image: one.image, imageID: 'sha256:0', ready: true, started: true, restartCount: 0, containerID: 'crun://0', state: { running: { startedAt: now } }, lastState: {} }));
  const status: Pod['status'] = { ...pod.status, phase: 'Running', conditions, containerStatuses, podIP: '10.244.1.5', podIPs: [{ ip: '10.244.1.5' }], hostIP: '172.18.0.3', startTime: now };
  return registry.update({ ...target, subresource: 'status' }, { ...pod, status }).object as Pod;
}
