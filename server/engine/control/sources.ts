// Where a probe starts: from a pod's or machine's name to a network namespace and a resolver configuration.
import { readFile } from 'node:fs/promises';
import type { Client } from '../types/client.ts';
import type { ControlProbeSource } from '../types/control.ts';
import type { EngineConfig, Machines } from '../types/machine.ts';
import type { Sandbox } from '../types/runtime.ts';
import * as resources from '../types/resources.ts';
import { isStatus } from '../types/statusError.ts';
import type { Pod } from '../types/workloads.ts';
import { ControlRequestError } from './errors.ts';

/** A place to start from: `argv` runs a command in its network namespace with the sandbox's files. */
export interface ProbePlace { argv(command: readonly string[]): string[]; resolvConf: string; hosts: string }

/** What finding places needs; `findSandbox` is the kubelet's knowledge of a pod's network namespace. */
export interface PlaceOptions {
  client: Client;
  config: EngineConfig;
  machines: Machines;
  findSandbox(pod: Pod): Promise<Sandbox | undefined>;
}

async function machinePlace(name: string, { machines }: PlaceOptions): Promise<ProbePlace> {
  const machine = machines.list().find((one) => one.name === name);
  if (!machine) throw new ControlRequestError('engine-probe-source', 404, `There is no machine ${name}.`);
  const read = (file: string) => readFile(machine.root + file, 'utf8').catch(() => '');
  const [resolvConf, hosts] = await Promise.all([read('/etc/resolv.conf'), read('/etc/hosts')]);
  return { argv: (command) => machines.argv(name, command, { netOnly: true }), resolvConf, hosts };
}

/** A pod's resolv.conf by its dnsPolicy, as the kubelet writes it; `node` is the node's own. */
export function planPodResolver(pod: Pod, config: Pick<EngineConfig, 'clusterDomain' | 'dnsServiceIp'>, node: string): string {
  const policy = pod.spec.dnsPolicy ?? 'ClusterFirst';
  const cluster = policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !pod.spec.hostNetwork);
  const own = pod.spec.dnsConfig ?? {};
  const domain = config.clusterDomain;
  const servers = [...(cluster ? [config.dnsServiceIp] : []), ...(own.nameservers ?? [])];
  const search = [...(cluster ? [`${pod.metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain] : []), ...(own.searches ?? [])];
  const ndots = own.options?.find(({ name }) => name === 'ndots')?.value ?? (cluster ? '5' : undefined);
  return [
    ...(policy !== 'None' && !cluster ? [node] : []),
    ...servers.map((server) => `nameserver ${server}`),
    ...(search.length ? [`search ${search.join(' ')}`] : []),
    ...(ndots === undefined ? [] : [`options ndots:${ndots}`]),
  ].join('\n');
}

async function podPlace(source: { namespace: string; pod: string }, options: PlaceOptions): Promise<ProbePlace> {
  const { client, config, machines } = options;
  const name = `pod ${source.namespace}/${source.pod}`;
  const pod = await client.get(resources.pods, { namespace: source.namespace, name: source.pod }).catch((error: unknown) => {
    if (isStatus(error, 'NotFound')) throw new ControlRequestError('engine-probe-source', 404, `There is no ${name}.`);
    throw error;
  });
  const nodeName = pod.spec.nodeName;
  if (nodeName === undefined) throw new ControlRequestError('engine-probe-source', 409, `The ${name} is on no node yet.`);
  const node = await machinePlace(nodeName, options);
  const aliases = (pod.spec.hostAliases ?? []).map(({ ip, hostnames }) => `${ip} ${(hostnames ?? []).join(' ')}`);
  const hosts = ['127.0.0.1 localhost', ...(pod.status?.podIP ? [`${pod.status.podIP} ${pod.spec.hostname ?? pod.metadata.name}`] : []), ...aliases].join('\n');
  const resolvConf = planPodResolver(pod, config, node.resolvConf);
  if (pod.spec.hostNetwork) return { argv: node.argv, resolvConf, hosts };
  const sandbox = await options.findSandbox(pod);
  if (!sandbox?.ready) throw new ControlRequestError('engine-probe-source', 409, `The ${name} is not running.`);
  return { argv: (command) => machines.argv(nodeName, command, { netOnly: true, netns: sandbox.netns }), resolvConf, hosts };
}

/** Throws ControlRequestError `engine-probe-source` when the source does not exist or does not run. */
export function findPlace(source: ControlProbeSource, options: PlaceOptions): Promise<ProbePlace> {
  return source.kind === 'machine' ? machinePlace(source.name, options) : podPlace(source, options);
}
