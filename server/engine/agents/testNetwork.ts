// For tests: a throw-away node with pods made from network namespaces of an unprivileged user namespace; everything ends with its processes.
import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { runCommand, tryCommand, type CommandResult } from '../../base/index.ts';
import type { EngineConfig, Machine, MachineConfig, Machines } from '../types/index.ts';

const commandMs = 10_000;

async function holder(argv: readonly string[]): Promise<ChildProcess> {
  const child = spawn(argv[0]!, [...argv.slice(1), 'sh', '-c', 'echo ready; exec sleep 300'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    child.stdout!.once('data', () => resolve());
    child.once('exit', () => reject(new Error(`${argv.join(' ')} ended`)));
  });
  return child;
}

/** Why a test network cannot be made here; undefined when it can. */
export async function tryFindMissing(): Promise<string | undefined> {
  for (const argv of [['iptables-restore', '--version'], ['ipset', '--version'], ['ip', '-V']]) {
    const result = await tryCommand(argv).catch(() => undefined);
    if (!result) return `${argv[0]} is not installed`;
  }
  const result = await tryCommand(['unshare', '--user', '--map-root-user', '--net', 'ipset', 'list', '-n'], { timeoutMs: commandMs });
  return result.code === 0 ? undefined : `no network namespaces with ipset for this user: ${result.stderr.trim()}`;
}

/** One node called `worker`: a bridge 10.244.1.1/24 and pods on it, each a namespace with eth0. */
export class TestNetwork implements Machines {
  readonly #node: ChildProcess;
  readonly #pods = new Map<string, ChildProcess>();
  readonly #servers: ChildProcess[] = [];

  private constructor(node: ChildProcess) {
    this.#node = node;
  }

  static async create(podAddresses: readonly string[]): Promise<TestNetwork> {
    const network = new TestNetwork(await holder(['unshare', '--user', '--map-root-user', '--net', '--mount']));
    try {
      // As on a real node: bridged packets go to iptables, and a default route out of another interface lets local connections
      // reach OUTPUT's DNAT (out of the bridge, redirects would use up the ICMP rate that REJECT needs).
      await network.#sh('mount -t sysfs sysfs /sys && mount -t tmpfs tmpfs /run && ip link set lo up && ip link add cni0 type bridge && ip addr add 10.244.1.1/24 dev cni0 && ip link set cni0 up'
        + ' && ip link add eth0 type veth peer name uplink && ip addr add 172.18.0.3/24 dev eth0 && ip link set eth0 up && ip link set uplink up'
        + ' && ip route add default via 172.18.0.1 && echo 1 >/proc/sys/net/ipv4/ip_forward && echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables');
      for (const [i, address] of podAddresses.entries()) await network.#addPod(address, `veth${i}`);
    } catch (error) {
      network.dispose();
      throw error;
    }
    return network;
  }

  async #addPod(address: string, link: string): Promise<void> {
    const pod = await holder([...this.argv('worker', []), 'unshare', '--net']);
    this.#pods.set(address, pod);
    await this.#sh(`ip link add ${link} type veth peer name eth0 netns ${pod.pid} && ip link set ${link} master cni0 up && bridge link set dev ${link} hairpin on`);
    await runCommand([...this.#inPod(address), 'sh', '-c', `ip link set lo up && ip addr add ${address}/24 dev eth0 && ip link set eth0 up && ip route add default via 10.244.1.1`]);
  }

  #inPod(address: string): string[] {
    return [...this.argv('worker', []), 'nsenter', '-t', String(this.#pods.get(address)!.pid), '-n'];
  }

  #sh(script: string): Promise<string> {
    return runCommand([...this.argv('worker', []), 'sh', '-c', script], { timeoutMs: commandMs });
  }

  /** Runs a program of Node's in a pod, or on the node with address undefined. */
  node(address: string | undefined, program: string): Promise<CommandResult> {
    const prefix = address === undefined ? this.argv('worker', []) : this.#inPod(address);
    return tryCommand([...prefix, process.execPath, '-e', program], { timeoutMs: commandMs });
  }

  /** Starts a TCP server in a pod that says its own address and the client's. */
  async serve(address: string, port: number): Promise<void> {
    const program = `require('net').createServer((s) => s.end('${address} ' + s.remoteAddress)).listen(${port}, '${address}', () => console.log('listening'))`;
    const [file, ...args] = [...this.#inPod(address), process.execPath, '-e', program];
    const child = spawn(file!, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#servers.push(child);
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve());
      child.once('exit', () => reject(new Error('the server ended')));
    });
  }

  /** What a connection from a pod (or the node) hears: the server's text, `refused`, or `dropped` after `ms` of silence. */
  async connect(from: string | undefined, host: string, port: number, ms = 400): Promise<string> {
    const program = `const s = require('net').connect(${port}, '${host}'); let text = '';
      const say = (word) => { console.log(word); process.exit(); };
      s.on('data', (d) => text += d).on('end', () => say(text)).on('error', (e) => say(e.code === 'ECONNREFUSED' ? 'refused' : e.code));
      setTimeout(() => say('dropped'), ${ms});`;
    return (await this.node(from, program)).stdout.trim();
  }

  list(): Machine[] {
    return [this.get('worker')];
  }

  get(name: string): Machine {
    const config: MachineConfig = { name, role: 'worker', address: '10.244.1.1', podCidr: '10.244.1.0/24' };
    return { ...config, pid: this.#node.pid!, root: `/proc/${this.#node.pid}/root` };
  }

  argv(_name: string, argv: readonly string[]): string[] {
    return ['nsenter', '-t', String(this.#node.pid), '-U', '--preserve-credentials', '-n', '-m', '--', ...argv];
  }

  run(name: string, argv: readonly string[], options: { input?: string; timeoutMs?: number } = {}): Promise<string> {
    return runCommand(this.argv(name, argv), options);
  }

  dispose(): void {
    for (const child of [...this.#servers, ...this.#pods.values(), this.#node]) child.kill('SIGKILL');
  }
}

/** A configuration for agents on a test network. */
export const testConfig: EngineConfig = {
  name: 'test', clusterDomain: 'cluster.local', lan: { cidr: '172.18.0.0/24', gateway: '172.18.0.1' }, podCidr: '10.244.0.0/16',
  serviceCidr: '10.96.0.0/16', dnsServiceIp: '10.96.0.10', apiServiceIp: '10.96.0.1', apiPort: 6443, probeAddress: '172.18.0.250',
  outside: { cidr: '203.0.113.0/24', address: '203.0.113.10', gateway: '203.0.113.1' },
  machines: [{ name: 'worker', role: 'worker', address: '10.244.1.1', podCidr: '10.244.1.0/24' }],
};

/** True when kernel and tools let this machine filter bridged packets. */
export async function hasBridgeFilter(): Promise<boolean> {
  return readFile('/proc/sys/net/bridge/bridge-nf-call-iptables').then(() => true, () => false);
}
