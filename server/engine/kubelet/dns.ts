// A pod's name and resolver files: /etc/hostname, /etc/hosts, /etc/resolv.conf as kubelet writes them.
import type { PodSpec } from '../types/index.ts';

/** What the cluster contributes. `nodeResolvConf` is the node's own file. */
export interface DnsContext { namespace: string; clusterDomain: string; dnsServiceIp: string; nodeResolvConf: string }

const maxSearches = 32;

interface Resolver { nameservers: string[]; searches: string[]; options: string[] }

/** Reads nameserver, search and options lines of a resolv.conf. */
export function parseResolvConf(text: string): Resolver {
  const resolver: Resolver = { nameservers: [], searches: [], options: [] };
  for (const line of text.split('\n')) {
    const [word, ...rest] = line.replace(/[#;].*/, '').trim().split(/\s+/);
    if (word === 'nameserver' && rest[0]) resolver.nameservers.push(rest[0]);
    if (word === 'search' || word === 'domain') resolver.searches = rest.filter((search) => search !== '.');
    if (word === 'options') resolver.options.push(...rest);
  }
  return resolver;
}

/** The pod's resolv.conf after its dnsPolicy and dnsConfig. */
export function planResolvConf(spec: Pick<PodSpec, 'dnsPolicy' | 'dnsConfig' | 'hostNetwork'>, context: DnsContext): string {
  const host = parseResolvConf(context.nodeResolvConf);
  const { namespace, clusterDomain: domain } = context;
  const policy = spec.hostNetwork && spec.dnsPolicy === 'ClusterFirst' ? 'Default' : spec.dnsPolicy ?? 'ClusterFirst';
  const base: Resolver = policy === 'None' ? { nameservers: [], searches: [], options: [] }
    : policy === 'Default' ? host
    : { nameservers: [context.dnsServiceIp], searches: [`${namespace}.svc.${domain}`, `svc.${domain}`, domain, ...host.searches], options: ['ndots:5'] };
  const config = spec.dnsConfig ?? {};
  const named = (config.options ?? []).filter((option) => option.name).map((option) => (option.value === undefined || option.value === '' ? option.name! : `${option.name}:${option.value}`));
  const overridden = new Set((config.options ?? []).map((option) => option.name));
  const nameservers = [...new Set([...base.nameservers, ...(config.nameservers ?? [])])].slice(0, 3);
  const searches = [...new Set([...base.searches, ...(config.searches ?? [])])].slice(0, maxSearches);
  const options = [...base.options.filter((option) => !overridden.has(option.split(':')[0])), ...named];
  return [
    ...(searches.length > 0 ? [`search ${searches.join(' ')}`] : []),
    ...nameservers.map((server) => `nameserver ${server}`),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
    '',
  ].join('\n');
}

/** The pod's host name, and its domain when it has a subdomain. The name is cut to 63 characters as upstream does. */
export function planHostname(pod: { name: string; namespace: string; spec: Pick<PodSpec, 'hostname' | 'subdomain' | 'setHostnameAsFQDN'> }, clusterDomain: string): { hostname: string; domain?: string } {
  const hostname = (pod.spec.hostname || pod.name).slice(0, 63).replace(/[-.]+$/, '');
  if (!pod.spec.subdomain) return { hostname };
  const domain = `${pod.spec.subdomain}.${pod.namespace}.svc.${clusterDomain}`;
  return { hostname: pod.spec.setHostnameAsFQDN ? `${hostname}.${domain}` : hostname, domain };
}

/** The pod's /etc/hosts. With hostNetwork the node's own file is kept and only aliases are added. */
export function planHosts(input: { ip?: string; hostname: string; domain?: string; aliases?: PodSpec['hostAliases']; hostNetwork?: boolean; nodeHosts: string }): string {
  const aliases = (input.aliases ?? []).map((alias) => `${[alias.ip, ...(alias.hostnames ?? [])].join('\t')}\n`).join('');
  const added = aliases ? `\n# Entries added by HostAliases.\n${aliases}` : '';
  if (input.hostNetwork) return `# Kubernetes-managed hosts file (host network).\n${input.nodeHosts}${added}`;
  const names = input.domain ? `${input.hostname.split('.')[0]}.${input.domain}\t${input.hostname.split('.')[0]}` : input.hostname;
  return [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    ...(input.ip ? [`${input.ip}\t${names}`] : []),
    '',
  ].join('\n') + added;
}
