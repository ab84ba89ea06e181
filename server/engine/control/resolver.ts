// Name resolution as the source's resolv.conf says, asked from inside its network namespace.
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';
import dnsPacket from 'dns-packet';
import type { Answer, Packet } from 'dns-packet';
import type { ControlResolveAnswer, ControlResolveQuestion } from '../types/control.ts';

/** The parts of resolv.conf(5) that count. */
export interface ResolverConfig { nameservers: string[]; search: string[]; ndots: number; hosts: Record<string, string> }

/** A name that did not resolve: one sentence. */
export class NameError extends Error {}

/** Milliseconds until a name server is asked again. */
const retryMs = 500;

/** Parses resolv.conf and hosts text. */
export function parseResolver(resolvConf: string, hostsFile: string): ResolverConfig {
  const config: ResolverConfig = { nameservers: [], search: [], ndots: 1, hosts: {} };
  for (const line of resolvConf.split('\n')) {
    const [word, ...rest] = line.trim().split(/\s+/);
    if (word === 'nameserver' && rest[0]) config.nameservers.push(rest[0]);
    else if (word === 'search' || word === 'domain') config.search = rest;
    else if (word === 'options') for (const option of rest) if (option.startsWith('ndots:')) config.ndots = Number(option.slice(6)) || 0;
  }
  for (const line of hostsFile.split('\n')) {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (address && isIP(address) === 4) for (const name of names) config.hosts[name.toLowerCase()] ??= address;
  }
  return config;
}

/** The full names to try, in order (resolv.conf(5): ndots decides whether the name as given comes first). */
export function planNames(host: string, config: Pick<ResolverConfig, 'search' | 'ndots'>): string[] {
  if (host.endsWith('.')) return [host.slice(0, -1)];
  const searched = config.search.map((suffix) => `${host}.${suffix}`);
  return host.split('.').length - 1 >= config.ndots ? [host, ...searched] : [...searched, host];
}

/** Resolves names; one per source, so that equal names are asked once. */
export class Resolver {
  readonly #config: ResolverConfig;
  readonly #known = new Map<string, Promise<string>>();

  constructor(config: ResolverConfig) {
    this.#config = config;
  }

  /** The first IPv4 address; throws NameError. */
  resolveHost(host: string, timeoutMs: number): Promise<string> {
    if (isIP(host)) return Promise.resolve(host);
    const known = this.#known.get(host) ?? this.#lookup(host, timeoutMs);
    this.#known.set(host, known);
    return known;
  }

  async #lookup(host: string, timeoutMs: number): Promise<string> {
    const listed = this.#config.hosts[host.toLowerCase()];
    if (listed !== undefined) return listed;
    const deadline = Date.now() + timeoutMs;
    let refusal: string | undefined;
    for (const name of planNames(host, this.#config)) {
      const { rcode, answers } = await this.#ask(name, 'A', deadline - Date.now());
      const address = answers?.find((answer) => answer.type === 'A');
      if (address) return (address as { data: string }).data;
      if (rcode !== 'NOERROR' && rcode !== 'NXDOMAIN') refusal = `The name server answered ${rcode} for ${name}.`;
    }
    throw new NameError(refusal ?? `The name ${host} does not exist.`);
  }

  /** One question to the source's own name server, without its search list. A silent server answers rcode TIMEOUT. */
  async ask(question: ControlResolveQuestion): Promise<ControlResolveAnswer> {
    try {
      const { rcode, answers } = await this.#ask(question.name.replace(/\.$/, ''), question.type, 3000);
      return { id: question.id, rcode, records: (answers ?? []).filter((answer) => answer.type !== 'OPT').map(recordOf) };
    } catch (error) {
      if (error instanceof NameError) return { id: question.id, rcode: 'TIMEOUT', records: [] };
      throw error;
    }
  }

  #ask(name: string, type: ControlResolveQuestion['type'], timeoutMs: number): Promise<{ rcode: string; answers?: Answer[] }> {
    const servers = this.#config.nameservers;
    if (!servers.length) return Promise.reject(new NameError('No name server is configured.'));
    const id = randomInt(65_536);
    const packet = dnsPacket.encode({ type: 'query', id, flags: dnsPacket.RECURSION_DESIRED, questions: [{ type, name }] });
    return new Promise((resolve, reject) => {
      const socket = createSocket('udp4');
      let asked = 0;
      const send = () => socket.send(packet, 53, servers[asked++ % servers.length]!, () => {});
      const again = setInterval(send, retryMs);
      const timer = setTimeout(() => settle(() => reject(new NameError(`The name server ${servers.join(', ')} does not answer.`))), Math.max(1, timeoutMs));
      const settle = (act: () => void) => {
        clearInterval(again);
        clearTimeout(timer);
        socket.close();
        act();
      };
      socket.on('error', () => {}); // a refused name server is asked again until the deadline
      socket.on('message', (bytes) => {
        let answer: Packet & { rcode?: string };
        try {
          answer = dnsPacket.decode(bytes);
        } catch {
          return;
        }
        if (answer.id === id) settle(() => resolve({ rcode: answer.rcode ?? 'NOERROR', answers: answer.answers }));
      });
      send();
    });
  }
}

function recordOf(answer: Answer): { type: string; name: string; data: string; ttl: number } {
  const { type, name, data, ttl } = answer as { type: string; name: string; data: unknown; ttl?: number };
  const text = typeof data === 'string' ? data
    : type === 'SRV' ? (({ priority, weight, port, target }) => `${priority ?? 0} ${weight ?? 0} ${port} ${target}`)(data as { priority?: number; weight?: number; port: number; target: string })
      : JSON.stringify(data);
  return { type, name, data: text, ttl: ttl ?? 0 };
}
