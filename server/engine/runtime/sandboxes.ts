// Pod sandboxes: a pause process that holds the pod's namespaces, and its network made by the node's CNI plugins.
import { randomBytes, randomUUID } from 'node:crypto';
import { CommandError, messageOf } from '../../base/index.ts';
import type { Machines, Sandbox, SandboxSpec } from '../types/index.ts';
import { addressOf, loopbackConfig, parseNetworkConfig, parseResult, planChain, planEnvironment, planInput } from './cni.ts';
import type { CniResult, NetworkConfig } from './cni.ts';
import { RuntimeError } from './errors.ts';
import { layout, sandboxPaths } from './layout.ts';
import { endMakers } from './leftovers.ts';
import type { NodeFiles } from './nodeFiles.ts';

/** How the network of a sandbox was made, kept for its removal. */
interface CniRecord { config: NetworkConfig; result?: CniResult }

const commandTimeoutMs = 60_000;

// The pause process must be the first child after `unshare --pid`, or another becomes the namespace's init and ends it.
// Its stdin is a fifo that only it holds open for writing: the engine sees the end of the fifo when it dies.
const pauseScript = `${layout.pause} -P <>"$dir/alive" >/dev/null 2>&1 & echo $!`;

const namespacesScript = `
hostname "$host"
{ echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start; echo "0 65535" >/proc/sys/net/ipv4/ping_group_range; } 2>/dev/null
exec unshare --pid sh -c "$pause"
`;

// Prints the pause process's id, then the first plugin's answer. loopback runs beside the plugin.
const podScript = `
export dir=$1 netns=$2 host=$3 pause=$4
mkfifo "$dir/alive" && : >"$netns" || exit 1
unshare --net="$netns" --ipc --uts sh -c "$5" || exit 1
[ -n "$6" ] || exit 0
printf %s "$8" | CNI_IFNAME=lo /usr/lib/cni/loopback >/dev/null 2>&1 &
printf %s "$7" | CNI_IFNAME=eth0 "$6"
wait
`;

const hostNetworkScript = `
export dir=$1
mkfifo "$dir/alive" || exit 1
unshare --ipc --pid sh -c "$2"
`;

const removeScript = `
pause=$1 netns=$2 dir=$3; shift 3
[ "$pause" = 0 ] || kill -9 "$pause" 2>/dev/null
while [ $# -gt 0 ]; do printf %s "$2" | CNI_COMMAND=DEL CNI_IFNAME=eth0 "$1"; shift 2; done
if [ -n "$netns" ]; then umount "$netns" 2>/dev/null; rm -f "$netns"; fi
rm -rf "$dir"
`;

/** Makes and removes the sandboxes of one node. State lies beside each sandbox on the node. */
export class SandboxMaker {
  readonly #machines: Machines;
  readonly #nodeName: string;
  readonly #files: NodeFiles;
  /** Half-made sandboxes that the node was too full to remove. */
  readonly #unremoved = new Set<Sandbox>();

  constructor(machines: Machines, nodeName: string, files: NodeFiles) {
    this.#machines = machines;
    this.#nodeName = nodeName;
    this.#files = files;
  }

  /** Removes sandboxes whose making was cut off, by the end of the engine or because the node could not even remove them then. */
  async removeHalfMade(): Promise<void> {
    for (const id of this.#files.list(layout.sandboxes)) {
      const found = this.#files.tryReadJson<Sandbox>(sandboxPaths(id).state);
      if (!found) this.#files.remove(sandboxPaths(id).dir);
      else if (found.pausePid === 0) await this.remove(found);
    }
  }

  /** Removes what an earlier failure could not; whatever is still not possible is tried again next time. */
  async #sweep(): Promise<void> {
    for (const sandbox of this.#unremoved) {
      await this.remove(sandbox);
      this.#unremoved.delete(sandbox);
    }
  }

  /** Every finished sandbox found on the node; one without its pause process is not ready. */
  readBack(): Sandbox[] {
    return this.#files.list(layout.sandboxes).flatMap((id) => {
      const sandbox = this.#files.tryReadJson<Sandbox>(sandboxPaths(id).state);
      if (!sandbox || sandbox.pausePid === 0) return [];
      const alive = sandbox.pausePid > 0 && this.#files.tryRead(`/proc/${sandbox.pausePid}/comm`)?.trim() === 'pause';
      return [{ ...sandbox, ready: sandbox.ready && alive }];
    });
  }

  /** Throws RuntimeError FailedCreatePodSandBox or NetworkNotReady; nothing is left behind then. */
  async make(spec: SandboxSpec): Promise<Sandbox> {
    if (this.#unremoved.size > 0) await this.#sweep().catch(() => {});
    const id = randomBytes(32).toString('hex');
    const paths = sandboxPaths(id);
    const network = spec.hostNetwork ? undefined : this.#readNetwork();
    const sandbox: Sandbox = {
      id, spec, ready: false, netns: network ? `${layout.netns}/cni-${randomUUID()}` : '/proc/1/ns/net', pausePid: 0, createdAt: new Date().toISOString(),
    };
    try {
      this.#files.ensureDir(paths.dir);
      // Written first, so that a sandbox cut off by a crash is found and removed.
      this.#files.write(paths.state, JSON.stringify(sandbox));
      this.#files.ensureDir(paths.shm);
      this.#files.chmod(paths.shm, 0o1777);
      const made = network ? await this.#makePod(sandbox, network) : await this.#makeHostNetwork(sandbox);
      // Known from here on to a removal after a failure.
      sandbox.pausePid = made.pausePid;
      this.#files.write(paths.state, JSON.stringify(made));
      return made;
    } catch (error) {
      await this.remove(sandbox).catch(() => this.#unremoved.add(sandbox));
      if (error instanceof RuntimeError) throw error;
      throw new RuntimeError('FailedCreatePodSandBox', `failed to create pod sandbox: ${error instanceof CommandError ? error.result?.stderr.trim() || error.message : messageOf(error)}`, { cause: error });
    }
  }

  /** Ends the pause process, asks the plugins to free what they gave, removes namespace and files. Safe to call again. */
  async remove(sandbox: Sandbox): Promise<void> {
    if (sandbox.pausePid === 0) await endMakers(this.#machines, this.#nodeName, this.#files, [sandbox.id]);
    const record = this.#files.tryReadJson<CniRecord>(sandboxPaths(sandbox.id).cni);
    const calls = record
      ? planChain(record.config, sandbox.spec).toReversed().flatMap((plugin) => [this.#binary(plugin.type), planInput(record.config, plugin, sandbox.spec, record.result)])
      : [];
    const env = Object.entries(planEnvironment(sandbox.id, sandbox.netns, sandbox.spec, layout.cniBinaries)).map(([key, value]) => `${key}=${value}`);
    const netns = sandbox.spec.hostNetwork ? '' : sandbox.netns;
    await this.#run(['env', ...env, 'sh', '-c', removeScript, 'remove-sandbox', String(sandbox.pausePid), netns, sandboxPaths(sandbox.id).dir, ...calls]);
  }

  #run(argv: string[], input?: string): Promise<string> {
    return this.#machines.run(this.#nodeName, argv, { input, timeoutMs: commandTimeoutMs });
  }

  #readNetwork(): NetworkConfig {
    const names = this.#files.list(layout.cniConfig);
    return parseNetworkConfig(new Map(names.map((name) => [name, this.#files.tryRead(`${layout.cniConfig}/${name}`) ?? ''])));
  }

  #binary(type: string): string {
    const folder = layout.cniBinaries.find((candidate) => this.#files.exists(`${candidate}/${type}`));
    if (folder === undefined) throw new RuntimeError('FailedCreatePodSandBox', `failed to find plugin "${type}" in path [${layout.cniBinaries.join(' ')}]`);
    return `${folder}/${type}`;
  }

  async #makePod(sandbox: Sandbox, config: NetworkConfig): Promise<Sandbox> {
    const { id, spec, netns } = sandbox;
    const paths = sandboxPaths(id);
    const [first, ...rest] = planChain(config, spec);
    this.#files.write(paths.cni, JSON.stringify({ config } satisfies CniRecord));
    const environment = planEnvironment(id, netns, spec, layout.cniBinaries);
    const env = Object.entries({ ...environment, CNI_COMMAND: 'ADD' }).map(([key, value]) => `${key}=${value}`);
    const stdout = await this.#run([
      'env', ...env, 'sh', '-c', podScript, 'run-sandbox', paths.dir, netns, spec.hostname, pauseScript, namespacesScript,
      first ? this.#binary(first.type) : '', first ? planInput(config, first, spec, undefined) : '', loopbackConfig,
    ]);
    const newline = stdout.indexOf('\n');
    const pausePid = parsePid(stdout.slice(0, newline));
    // Known from here on to a removal after a failure.
    sandbox.pausePid = pausePid;
    let result = first ? parseResult(first.type, stdout.slice(newline + 1), id) : undefined;
    for (const plugin of rest) {
      const answer = await this.#callPlugin(env, plugin.type, planInput(config, plugin, spec, result));
      result = parseResult(plugin.type, answer, id);
    }
    this.#files.write(paths.cni, JSON.stringify({ config, ...(result && { result }) } satisfies CniRecord));
    return { ...sandbox, ready: true, pausePid, ip: addressOf(result) };
  }

  async #callPlugin(env: string[], type: string, input: string): Promise<string> {
    try {
      return await this.#run(['env', ...env, 'CNI_IFNAME=eth0', this.#binary(type)], input);
    } catch (error) {
      // A plugin that refuses says why on its stdout and exits with 1.
      if (error instanceof CommandError && error.result?.stdout) return error.result.stdout;
      throw error;
    }
  }

  async #makeHostNetwork(sandbox: Sandbox): Promise<Sandbox> {
    const stdout = await this.#run(['sh', '-c', hostNetworkScript, 'run-sandbox', sandboxPaths(sandbox.id).dir, pauseScript]);
    return { ...sandbox, ready: true, pausePid: parsePid(stdout) };
  }
}

function parsePid(text: string): number {
  const pid = Number(text.trim());
  if (!Number.isInteger(pid) || pid <= 0) throw new RuntimeError('FailedCreatePodSandBox', `failed to create pod sandbox: the pause process did not start (${text.trim().slice(0, 200)})`);
  return pid;
}
