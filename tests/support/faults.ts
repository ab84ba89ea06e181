// A live cluster to break: its processes as the host sees them, killing them, and pods to see what becomes of them.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterHandle, KubeClient, KubeObject } from '../../server/ports/index.ts';
import { openTestProvider } from './liveProvider.ts';
import type { LiveProvider } from './liveProvider.ts';

/** A process of the cluster: its host id, its id on its machine, its command line with spaces. */
export interface ClusterProcess { pid: number; inner: number; comm: string; command: string }

export type PodObject = KubeObject & {
  spec: { nodeName?: string; containers: { name: string }[] };
  status?: { phase?: string; podIP?: string; conditions?: { type: string; status: string }[]; containerStatuses?: PodContainer[]; ephemeralContainerStatuses?: PodContainer[] };
};
interface Ended { reason: string; exitCode: number; containerID?: string }
export interface PodContainer { name: string; ready: boolean; restartCount: number; containerID?: string; state: { running?: object; terminated?: Ended; waiting?: { reason: string } }; lastState: { terminated?: Ended } }

export const pods = { apiVersion: 'v1', resource: 'pods', namespace: 'default' };

/** A cluster of `nodes` nodes and all that tests do to it. Disposal removes it. */
export interface FaultyCluster extends AsyncDisposable {
  live: LiveProvider;
  name: string;
  /** The newest handle; replaced by `reopen`. */
  handle: ClusterHandle;
  kube: KubeClient;
  /** The cluster's state folder on the host. */
  folder: string;
  reopen(handle: ClusterHandle): void;
  processes(): Promise<ClusterProcess[]>;
  engine(): Promise<number>;
  sh(machine: string, script: string, timeoutMs?: number): Promise<string>;
  /** Applies a pod that stays on `node`, and waits until it is Ready. */
  runPod(name: string, options?: { node?: string; spec?: object; container?: object }): Promise<PodObject>;
  pod(name: string): Promise<PodObject | undefined>;
  /** Waits until the pod is as described. */
  podWhen(name: string, what: string, condition: (pod: PodObject) => boolean): Promise<PodObject>;
  /** Deletes pods without grace and waits until they are gone. */
  removePods(...names: string[]): Promise<void>;
  /** Waits until the API answers and its parts say ready; resolves with the milliseconds waited. */
  answering(): Promise<number>;
  engineLog(): string;
}

/** Waits for a condition; what throws counts as not yet. */
export async function until(what: string, condition: () => Promise<unknown> | unknown, timeoutMs = 20_000): Promise<void> {
  let last: unknown;
  for (const deadline = Date.now() + timeoutMs; ;) {
    try {
      if (await condition()) return;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) assert.fail(`waited too long: ${what}${last ? ` (${String(last)})` : ''}`);
    await delay(10);
  }
}

export const isReady = (pod: PodObject | undefined) => pod?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
export const containerOf = (pod: PodObject) => pod.status!.containerStatuses![0]!;

function tryRead(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Every live process that is in a process namespace below that of `init`. */
export function processesBelow(init: number): ClusterProcess[] {
  const user = readlinkSync(`/proc/${init}/ns/user`);
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    try {
      if (readlinkSync(`/proc/${name}/ns/user`) !== user) return [];
    } catch {
      return [];
    }
    const status = tryRead(`/proc/${name}/status`);
    const ids = /^NSpid:\s+(.+)$/m.exec(status)?.[1]?.trim().split(/\s+/).map(Number) ?? [];
    if (ids.length < 2 || /^State:\s+Z/m.test(status)) return [];
    return [{ pid: Number(name), inner: ids[2] ?? 0, comm: tryRead(`/proc/${name}/comm`).trim(), command: tryRead(`/proc/${name}/cmdline`).replaceAll('\0', ' ').trim() }];
  });
}

export async function openFaultyCluster(name: string, nodes = 2): Promise<FaultyCluster> {
  const live = await openTestProvider();
  const handle = await live.provider.provision({ name, nodes, egress: false }, { signal: AbortSignal.timeout(60_000), onStage() {} });
  const folder = join(live.data, 'clusters', name);
  const processes = async () => processesBelow(await live.initPid(name));
  const self: FaultyCluster = {
    live, name, handle, kube: handle.kube, folder, processes,
    reopen(next) {
      self.handle = next;
      self.kube = next.kube;
    },
    async engine() {
      const found = (await processes()).find(({ command }) => /^\/usr\/lib\/patchbay\/node .*engine\.cjs/.test(command));
      if (!found) throw new Error('no engine runs');
      return found.pid;
    },
    async sh(machine, script, timeoutMs = 20_000) {
      const said = await self.handle.run(machine, ['sh', '-c', script], { timeoutMs });
      return (said.stdout + said.stderr).trim();
    },
    async runPod(pod, { node = 'worker', spec = {}, container = {} } = {}) {
      const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: pod, namespace: 'default', labels: { app: pod } }, spec: { nodeName: node, terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: 'patchbay/web', ...container }], ...spec } };
      await self.kube.apply(object as unknown as KubeObject);
      return self.podWhen(pod, 'Ready', isReady);
    },
    pod: async (pod) => (await self.kube.get(pods, pod)) as PodObject | undefined,
    async podWhen(pod, what, condition) {
      let last: PodObject | undefined;
      await until(`${pod} is ${what}`, async () => {
        last = await self.pod(pod);
        return last && condition(last);
      }).catch((error: unknown) => {
        throw new Error(`${(error as Error).message}: ${JSON.stringify(last?.status)}`, { cause: error });
      });
      return last!;
    },
    async removePods(...names) {
      for (const pod of names) await self.kube.delete(pods, pod, { gracePeriodSeconds: 0 });
      await until(`${names.join()} gone`, async () => (await Promise.all(names.map((pod) => self.pod(pod)))).every((pod) => pod === undefined));
    },
    async answering() {
      const started = performance.now();
      await until('the API answers', async () => (await self.kube.request('GET', '/readyz')).status === 200);
      return Math.round(performance.now() - started);
    },
    engineLog: () => tryRead(join(folder, 'run', 'engine.log')),
    async [Symbol.asyncDispose]() {
      await live[Symbol.asyncDispose]();
    },
  };
  return self;
}

/** SIGKILL to host processes; returns how many were still there. */
export function killAll(processes: readonly { pid: number }[]): number {
  return processes.filter(({ pid }) => {
    try {
      return process.kill(pid, 'SIGKILL');
    } catch {
      return false;
    }
  }).length;
}
