// Where a probe starts: from a pod's or machine's name to a network namespace and a resolver configuration.
import { readFile } from 'node:fs/promises';
import type { Client } from '../types/client.ts';
import type { ControlProbeSource } from '../types/control.ts';
import { nodePaths } from '../types/insidePaths.ts';
import type { Machines } from '../types/machine.ts';
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

async function podPlace(source: { namespace: string; pod: string }, options: PlaceOptions): Promise<ProbePlace> {
  const { client, machines } = options;
  const name = `pod ${source.namespace}/${source.pod}`;
  const pod = await client.get(resources.pods, { namespace: source.namespace, name: source.pod }).catch((error: unknown) => {
    if (isStatus(error, 'NotFound')) throw new ControlRequestError('engine-probe-source', 404, `There is no ${name}.`);
    throw error;
  });
  const nodeName = pod.spec.nodeName;
  if (nodeName === undefined) throw new ControlRequestError('engine-probe-source', 409, `The ${name} is on no node yet.`);
  const node = await machinePlace(nodeName, options);
  // What the pod's containers have mounted as /etc, a student's edits included.
  const read = (file: string) => readFile(`${machines.get(nodeName).root}${nodePaths.kubelet}/pods/${pod.metadata.uid}/etc/${file}`, 'utf8').catch(() => '');
  const [resolvConf, hosts] = await Promise.all([read('resolv.conf'), read('hosts')]);
  if (pod.spec.hostNetwork) return { argv: node.argv, resolvConf, hosts };
  const sandbox = await options.findSandbox(pod);
  if (!sandbox?.ready) throw new ControlRequestError('engine-probe-source', 409, `The ${name} is not running.`);
  return { argv: (command) => machines.argv(nodeName, command, { netOnly: true, netns: sandbox.netns }), resolvConf, hosts };
}

/** Throws ControlRequestError `engine-probe-source` when the source does not exist or does not run. */
export function findPlace(source: ControlProbeSource, options: PlaceOptions): Promise<ProbePlace> {
  return source.kind === 'machine' ? machinePlace(source.name, options) : podPlace(source, options);
}
