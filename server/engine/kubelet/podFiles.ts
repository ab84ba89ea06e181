// The files that all containers of a pod share: host name, hosts, resolver.
import { mkdirSync, writeFileSync } from 'node:fs';
import type { Mount, Pod } from '../types/index.ts';
import { planHostname, planHosts, planResolvConf } from './dns.ts';
import { nodePath, podDirectory, readNodeFile } from './nodeContext.ts';
import type { NodeContext } from './nodeContext.ts';

/** The pod's host name and domain; with hostNetwork the node's own name. */
export function podNames(context: Pick<NodeContext, 'machine' | 'config'>, pod: Pod): { hostname: string; domain?: string } {
  if (pod.spec.hostNetwork) return { hostname: context.machine.name };
  const { name, namespace } = pod.metadata;
  return planHostname({ name, namespace: namespace!, spec: pod.spec }, context.config.clusterDomain);
}

/** Writes /etc/hostname, hosts and resolv.conf for a pod with address `ip`. */
export function writePodFiles(context: Pick<NodeContext, 'machine' | 'config'>, pod: Pod, ip: string | undefined): void {
  const { config } = context;
  const { spec } = pod;
  const directory = nodePath(context, `${podDirectory(pod.metadata.uid!)}/etc`);
  const names = podNames(context, pod);
  mkdirSync(directory, { recursive: true });
  writeFileSync(`${directory}/hostname`, `${names.hostname}\n`);
  writeFileSync(`${directory}/hosts`, planHosts({ ip, ...names, aliases: spec.hostAliases, hostNetwork: spec.hostNetwork, nodeHosts: readNodeFile(context, '/etc/hosts') }));
  writeFileSync(`${directory}/resolv.conf`, planResolvConf(spec, {
    namespace: pod.metadata.namespace!, clusterDomain: config.clusterDomain, dnsServiceIp: config.dnsServiceIp, nodeResolvConf: readNodeFile(context, '/etc/resolv.conf'),
  }));
}

/** Mounts of those files. */
export function podFileMounts(pod: Pod): Mount[] {
  return ['hostname', 'hosts', 'resolv.conf'].map((name) => ({ source: `${podDirectory(pod.metadata.uid!)}/etc/${name}`, target: `/etc/${name}`, readOnly: false }));
}
