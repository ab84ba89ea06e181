// Pod sandboxes as a node's kernel shows them: the pause processes, the network namespace that each holds, and the addresses in it.
import type { ClusterHandle, KubeObject } from '../ports/index.ts';

// Only the shell itself and cat, so that it runs on every provider's nodes. Namespaces of the node itself (host network) are left out.
const script = `
own=$(readlink /proc/1/ns/net)
for comm in /proc/[0-9]*/comm; do
  read -r name <"$comm" && [ "$name" = pause ] || continue
  process=\${comm%/comm}
  held=$(readlink "$process/ns/net") && [ "$held" != "$own" ] || continue
  echo "sandbox $held $(cat "$process/stat")"
  cat "$process/net/fib_trie"
done 2>/dev/null
exit 0
`;

const timeoutMs = 8000;

/**
 * The sandboxes of a machine by the IPv4 addresses they hold. The value tells one sandbox from every other on that machine: the number of
 * its network namespace, and the tick at which its pause process began, since the kernel gives numbers away again. Throws when the
 * machine does not answer.
 */
export async function readSandboxes(cluster: ClusterHandle, machine: string, signal?: AbortSignal): Promise<Map<string, string>> {
  const result = await cluster.run(machine, ['sh', '-c', script], { timeoutMs, ...(signal ? { signal } : {}) });
  if (result.code !== 0) throw new Error(`The sandboxes of ${machine} could not be read: ${result.stderr.trim().slice(-200)}`);
  return parseSandboxes(result.stdout);
}

/** Parses what the script prints (proc_pid_stat(5); fib_trie lists an address, then `/32 host LOCAL`). */
export function parseSandboxes(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const block of text.split(/^sandbox /m).slice(1)) {
    const head = /^net:\[(\d+)\] \d+ \(pause\) (.*)$/m.exec(block);
    // The start is field 22 of the line, the twentieth after the name.
    const started = head?.[2]!.split(' ')[19];
    if (!head || started === undefined) continue;
    for (const [, address] of block.matchAll(/\|-- (\d+\.\d+\.\d+\.\d+)\n\s+\/32 host LOCAL/g)) {
      if (!address!.startsWith('127.')) found.set(address!, `${head[1]}@${started}`);
    }
  }
  return found;
}

/** The machine that a pod with a network of its own runs on; undefined for pods of the host's network and those without an address. */
export function sandboxMachine(cluster: ClusterHandle, pod: KubeObject): string | undefined {
  const { spec, status } = pod as KubeObject & { spec?: { hostNetwork?: boolean; nodeName?: string }; status?: { hostIP?: string; podIP?: string } };
  if (spec?.hostNetwork || !status?.podIP) return undefined;
  return cluster.machines.find((machine) => machine.address === status.hostIP || machine.name === spec?.nodeName)?.name;
}
