// Everything a class does to a cluster, over and over, and what the cluster holds before and after.
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeObject } from '../../server/ports/index.ts';
import { until } from './faults.ts';
import type { FaultyCluster } from './faults.ts';
import { leftOnNode } from './nodeTraces.ts';

/** What a cluster holds: everything but the sizes must be the same again once all is deleted. */
export interface Holdings {
  processes: string[];
  /** What the engine holds open, without sockets: clients keep some alive as they like. */
  engineDescriptors: string[];
  machines: Record<string, { rules: string[]; sets: string[]; mounts: number; interfaces: string[]; left: Record<string, string[]> }>;
  objects: Record<string, number>;
  sizes: { residentKiB: number; journalBytes: number; sockets: number };
}

const names = ['processes', 'engineDescriptors', 'machines', 'objects'] as const;

/** What is not as before, with both values. */
export function compareHoldings(before: Holdings, after: Holdings): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name])).map((name) => [name, { before: before[name], after: after[name] }]));
}

const kinds: [string, string][] = [['v1', 'pods'], ['v1', 'configmaps'], ['v1', 'secrets'], ['v1', 'services'], ['v1', 'endpoints'], ['v1', 'namespaces'], ['v1', 'serviceaccounts'], ['apps/v1', 'deployments'], ['apps/v1', 'replicasets'], ['discovery.k8s.io/v1', 'endpointslices'], ['networking.k8s.io/v1', 'networkpolicies'], ['batch/v1', 'jobs']];

async function lines(cluster: FaultyCluster, machine: string, script: string): Promise<string[]> {
  return (await cluster.sh(machine, script)).split('\n').filter(Boolean).sort();
}

/** Looks at a cluster that rests; probers that wait for more work are waited for. */
export async function takeHoldings(cluster: FaultyCluster): Promise<Holdings> {
  await until('no prober runs', async () => !(await cluster.processes()).some(({ command }) => command.includes('prober.cjs')));
  const engine = await cluster.engine();
  const machines: Holdings['machines'] = {};
  for (const { name, podCidr } of cluster.handle.machines) {
    if (!podCidr) continue;
    machines[name] = {
      rules: await lines(cluster, name, 'iptables-save | grep ^-A'),
      sets: await lines(cluster, name, 'ipset list -n'),
      mounts: Number(await cluster.sh(name, 'wc -l </proc/self/mountinfo')),
      interfaces: await lines(cluster, name, 'ls /sys/class/net'),
      left: await leftOnNode(cluster, name),
    };
  }
  const objects = Object.fromEntries(await Promise.all(kinds.map(async ([apiVersion, resource]) => [resource, (await cluster.kube.list({ apiVersion, resource })).items.length] as const)));
  return {
    processes: (await cluster.processes()).map(({ command }) => command.split(' ').slice(0, 3).join(' ')).sort(),
    engineDescriptors: descriptors(engine).filter((name) => name !== 'socket'),
    machines, objects,
    sizes: await takeSizes(cluster),
  };
}

/** What may differ afterwards, within bounds; at any time. */
export async function takeSizes(cluster: FaultyCluster): Promise<Holdings['sizes']> {
  const engine = await cluster.engine();
  return { residentKiB: residentKiB(engine), sockets: descriptors(engine).filter((name) => name === 'socket').length, journalBytes: statSync(join(cluster.folder, 'run', 'journal', 'journal')).size };
}

function descriptors(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`).replace(/:\[\d+\]$/, '')];
    } catch {
      return [];
    }
  }).sort();
}

/** Memory of a process's own, in KiB: what is not shared with files. */
function residentKiB(pid: number): number {
  return Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
}

/** Waits until the cluster rests as `before` says; resolves with what still differs after `timeoutMs`. */
export async function settleHoldings(cluster: FaultyCluster, before: Holdings, timeoutMs = 20_000): Promise<{ after: Holdings; differs: Record<string, unknown> }> {
  for (const deadline = Date.now() + timeoutMs; ;) {
    const after = await takeHoldings(cluster);
    const differs = compareHoldings(before, after);
    if (Object.keys(differs).length === 0 || Date.now() > deadline) return { after, differs };
  }
}

type Manifest = { apiVersion: string; kind: string; metadata: { name: string } & Record<string, unknown> } & Record<string, unknown>;

function manifests(): Manifest[] {
  const web = { image: 'patchbay/web', name: 'main' };
  const selector = { matchLabels: { app: 'web' } };
  const pod = (name: string, container: object, spec: object = {}): Manifest => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: name } }, spec: { terminationGracePeriodSeconds: 1, containers: [{ ...web, ...container }], ...spec } });
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { colour: 'green' } },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'key' }, stringData: { key: 'value' } },
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } },
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'outer' }, spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80 }] } },
    { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'closed' }, spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: selector }] }] } },
    {
      apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' },
      spec: {
        replicas: 3, selector,
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            terminationGracePeriodSeconds: 1,
            volumes: [{ name: 'settings', configMap: { name: 'settings' } }, { name: 'key', secret: { secretName: 'key' } }, { name: 'memory', emptyDir: { medium: 'Memory' } }],
            containers: [{ ...web, readinessProbe: { httpGet: { port: 80 }, periodSeconds: 1 }, livenessProbe: { exec: { command: ['true'] }, periodSeconds: 1 }, volumeMounts: [{ name: 'settings', mountPath: '/settings' }, { name: 'key', mountPath: '/key' }, { name: 'memory', mountPath: '/memory' }] }],
          },
        },
      },
    },
    pod('talker', { image: 'patchbay/toolbox', command: ['sh', '-c', 'while :; do date; sleep 0.1; done'] }),
    pod('crashing', { image: 'patchbay/toolbox', command: ['false'] }),
    pod('missing', { image: 'registry.invalid/none:1' }),
    pod('unconfigured', { envFrom: [{ configMapRef: { name: 'absent' } }] }),
    { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'once' }, spec: { template: { spec: { restartPolicy: 'Never', containers: [{ ...web, image: 'patchbay/toolbox', command: ['true'] }] } } } },
  ];
}

/** One life of a namespace: made, filled, used, broken, deleted. */
async function live(cluster: FaultyCluster, namespace: string): Promise<void> {
  const { kube } = cluster;
  const within = (apiVersion: string, resource: string) => ({ apiVersion, resource, namespace });
  await kube.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } } as KubeObject);
  await until('the service account', () => kube.get(within('v1', 'serviceaccounts'), 'default'));
  for (const manifest of manifests()) await kube.apply(manifest as KubeObject, { namespace });
  const ready = async (replicas: number) => ((await kube.get(within('apps/v1', 'deployments'), 'web')) as KubeObject & { status?: { readyReplicas?: number } })?.status?.readyReplicas === replicas;
  const reason = async (pod: string) => JSON.stringify(((await kube.get(within('v1', 'pods'), pod)) as KubeObject & { status?: object })?.status ?? {});
  await until(`the deployment in ${namespace}`, () => ready(3), 60_000);
  await until('the talker', async () => (await reason('talker')).includes('"running"'), 30_000);
  await until('a crash', async () => (await reason('crashing')).includes('CrashLoopBackOff'), 30_000);
  await until('a failed pull', async () => /ErrImagePull|ImagePullBackOff/.test(await reason('missing')), 30_000);
  const k = `kubectl -n ${namespace}`;
  const follow = [`${k} exec talker -- sleep 100`, `${k} logs -f talker`, `${k} get pods -w`, `${k} port-forward talker 0:80`].map((command) => `${command} >/dev/null 2>&1 & p="$p $!"`).join('\n');
  await cluster.sh('workstation', `${k} exec talker -- true; ${k} exec talker -- false\n${follow}\nsleep 1; kill $p; wait`, 30_000);
  await cluster.handle.prober.connect({ kind: 'pod', namespace, pod: 'talker' }, [{ id: 'a', host: 'web', port: 80, protocol: 'tcp', timeoutMs: 300 }], AbortSignal.timeout(10_000)).catch(() => []);
  await kube.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { colour: 'red' } } as unknown as KubeObject, { namespace });
  await kube.request('PATCH', `/apis/apps/v1/namespaces/${namespace}/deployments/web`, { spec: { replicas: 2, template: { metadata: { annotations: { turn: 'two' } } } } }, 'application/merge-patch+json');
  await until('the second turn', () => ready(2), 60_000);
  await kube.delete({ apiVersion: 'v1', resource: 'namespaces' }, namespace);
  await until(`${namespace} is gone`, async () => (await kube.get({ apiVersion: 'v1', resource: 'namespaces' }, namespace)) === undefined, 60_000);
}

/** Churns for `seconds` on two lanes; `onRound` hears of each finished life. Resolves with their number. */
export async function churn(cluster: FaultyCluster, seconds: number, onRound: (round: number) => void | Promise<void> = () => {}): Promise<number> {
  const end = Date.now() + seconds * 1000;
  let rounds = 0;
  const lane = async (name: string) => {
    for (let at = 0; Date.now() < end; at++) {
      await live(cluster, `churn-${name}-${at}`);
      rounds += 1;
      await onRound(rounds);
    }
  };
  await Promise.all(['a', 'b'].map(lane));
  return rounds;
}

/** What the engine complained about, for a report: each message once, with how often. */
export function complaints(cluster: FaultyCluster): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const file of ['engine.log.1', 'engine.log']) {
    const path = join(cluster.folder, 'run', file);
    if (!existsSync(path)) continue;
    for (const line of readFileSync(path, 'utf8').split('\n').filter((text) => text.startsWith('{'))) {
      const { level, msg, error } = JSON.parse(line) as { level: number; msg: string; error?: unknown };
      if (level >= 40) counts[`${msg}: ${JSON.stringify(error ?? '').slice(0, 160)}`] = (counts[`${msg}: ${JSON.stringify(error ?? '').slice(0, 160)}`] ?? 0) + 1;
    }
  }
  return counts;
}
