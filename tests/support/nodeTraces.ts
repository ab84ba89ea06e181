// What pods leave on a node: compared with a node on which none ever ran.
import type { FaultyCluster } from './faults.ts';

/** One line each: process, mount, interface, netns, address, bundle, sandbox, exit file, log or volume folder. */
const script = `
for d in /proc/[0-9]*; do c=$(tr '\\0' ' ' <$d/cmdline 2>/dev/null); case $c in catatonit*|sh*|''|tr*) ;; *) echo "processes $c";; esac; done
sed -n 's/^[^ ]* [^ ]* [^ ]* [^ ]* \\([^ ]*\\) .*/\\1/p' /proc/self/mountinfo | grep -E '^/(var/lib/(containers|kubelet)|run/netns)/' | sed 's/^/mounts /'
ip -o link show type veth | awk '{print $2}' | grep ^veth | sed 's/^/interfaces /'
for k in netns pods/sandboxes pods/exits pods/attach pods/execs; do ls /run/$k | sed "s#^#$k #"; done
ls /run/cni/networks/*/ 2>/dev/null | grep ^10 | sed 's/^/addresses /'
ls /var/lib/containers/pods | sed 's/^/bundles /'
ls /run/crun 2>/dev/null | sed 's/^/crun /'
ls /var/log/pods /var/log/containers /var/lib/kubelet/pods 2>/dev/null | grep -v ':$' | grep . | sed 's/^/files /'
`;

/** What is there of pods that are gone, by kind; `{}` when nothing is. A removal that a fault cut off is tried again by the kubelet, and that is waited for. */
export async function leftOnNode(cluster: Pick<FaultyCluster, 'sh'>, node: string, timeoutMs = 20_000): Promise<Record<string, string[]>> {
  for (const deadline = Date.now() + timeoutMs; ;) {
    const left: Record<string, string[]> = {};
    for (const line of (await cluster.sh(node, script)).split('\n').filter(Boolean)) {
      const [kind, ...rest] = line.split(' ');
      (left[kind!] ??= []).push(rest.join(' '));
    }
    if (Object.keys(left).length === 0 || Date.now() > deadline) return left;
  }
}
