// What a machine needs for embedded clusters, each finding with its fix.
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { dirname } from 'node:path';
import { messageOf, tryCommand } from '../../../base/index.ts';
import { ensureIdMap, listImages, MappedShell } from '../../../engine/index.ts';
import type { EnginePaths } from '../../../engine/host.ts';
import type { Finding } from '../../provider.ts';

const ourImages = ['patchbay/node:latest', 'patchbay/web:latest', 'patchbay/toolbox:latest'];
/** Disk that images and thirty clusters' journals need. */
const DISK_MIB = 2_048;
const MEMORY_PER_CLUSTER_MIB = 64;

function finding(id: string, title: string, ok: boolean, detail: string, fix?: string, blocking = true): Finding {
  return { id, title, ok, blocking: blocking && !ok, detail, ...(ok || !fix ? {} : { fix }) };
}

/** All findings; nothing on the machine is changed. */
export async function preflight(paths: EnginePaths): Promise<Finding[]> {
  const groups = await Promise.all([idsAndNamespaces(paths), filters(), Promise.resolve(files(paths)), Promise.resolve(resources(paths))]);
  return groups.flat();
}

function files(paths: EnginePaths): Finding[] {
  const have = new Set(listImages(paths.images).flatMap((image) => image.names));
  const missing = ourImages.filter((name) => !have.has(name));
  return [
    finding('images', 'Images', missing.length === 0, missing.length === 0 ? `${have.size} images are there.` : `Missing: ${missing.join(', ')}.`, 'Run `npm start` once; it builds them.'),
    finding('engine', 'Engine bundle', existsSync(paths.bundle), existsSync(paths.bundle) ? 'The engine is bundled.' : 'The engine is not bundled.', 'Run `npm start` once; it bundles it.'),
  ];
}

async function idsAndNamespaces(paths: EnginePaths): Promise<Finding[]> {
  try {
    const map = ensureIdMap(paths.images);
    await using shell = await MappedShell.open(map);
    await shell.run(['unshare', '--mount', '--pid', '--net', '--ipc', '--uts', '--fork', 'true']);
    return [finding('namespaces', 'User namespaces', true, `Clusters run as host ids ${map.uid} to ${map.uid + map.count - 1}.`)];
  } catch (error) {
    const restricted = existsSync('/proc/sys/kernel/apparmor_restrict_unprivileged_userns')
      && readFileSync('/proc/sys/kernel/apparmor_restrict_unprivileged_userns', 'utf8').trim() === '1';
    const hint = (error as { hint?: string }).hint;
    return [finding('namespaces', 'User namespaces', false, messageOf(error), restricted ? 'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0' : hint ?? 'sudo sysctl -w user.max_user_namespaces=15000')];
  }
}

/** Kernel modules load only for the host's root, so they must be there before a sandbox asks. */
async function filters(): Promise<Finding[]> {
  const inThrowAwayNetwork = (argv: string[]) => tryCommand(['unshare', '--user', '--map-root-user', '--net', '--mount', ...argv], { timeoutMs: 5_000 }).catch(() => undefined);
  const bridge = await inThrowAwayNetwork(['sh', '-c', 'ip link add b0 type bridge && ip link add v0 type veth peer name v1 && test -e /proc/sys/net/bridge/bridge-nf-call-iptables']);
  const modules = 'sudo modprobe -a bridge veth br_netfilter overlay nf_tables nft_compat ip_set ip_set_hash_net xt_set vxlan';
  return [
    finding('bridge-netfilter', 'Bridge, veth and bridge netfilter', bridge?.code === 0, bridge?.code === 0 ? 'Policies see traffic between pods of one node.' : `Not available: ${bridge?.stderr.trim() || 'br_netfilter is not loaded'}.`, modules),
    finding('nf-tables', 'Packet filter', existsSync('/proc/net/netfilter') || existsSync('/proc/sys/net/netfilter'), existsSync('/proc/sys/net/netfilter') ? 'Netfilter is there.' : 'Netfilter is not loaded.', modules),
  ];
}

function resources(paths: EnginePaths): Finding[] {
  const folder = [paths.clusters, dirname(paths.clusters), '/'].find((candidate) => existsSync(candidate))!;
  const disk = statfsSync(folder);
  const freeMiB = Math.floor((disk.bavail * disk.bsize) / 1024 / 1024);
  const memoryMiB = Math.floor(totalmem() / 1024 / 1024);
  return [
    finding('disk', 'Disk', freeMiB >= DISK_MIB, `${freeMiB} MiB are free.`, `Free at least ${DISK_MIB} MiB, or set PATCHBAY_DATA to a larger disk.`, false),
    finding('memory', 'Memory', memoryMiB >= 2_048, `${memoryMiB} MiB: room for about ${Math.floor((memoryMiB * 0.7) / MEMORY_PER_CLUSTER_MIB)} idle clusters.`, 'Use a machine with at least 2 GiB.', false),
  ];
}
