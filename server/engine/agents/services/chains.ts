// Names, marks and jumps of kube-proxy's iptables mode (upstream: pkg/proxy/iptables), for code and students alike.
import { shortHash } from '../base32.ts';
import type { Jump } from '../ruleSet.ts';

/** Packets with this mark are masqueraded on the way out. */
export const masqueradeMark = '0x4000';

/** `NAMESPACE/NAME:PORT`, without the colon when the port has no name. */
export function servicePortName(namespace: string, name: string, port: string | undefined): string {
  return port ? `${namespace}/${name}:${port}` : `${namespace}/${name}`;
}

/** KUBE-SVC-, KUBE-SVL-, KUBE-EXT- and the hash of port name and protocol (`tcp`, `udp`). */
export function serviceChain(prefix: 'SVC' | 'SVL' | 'EXT', portName: string, protocol: string): string {
  return `KUBE-${prefix}-${shortHash(portName + protocol)}`;
}

/** KUBE-SEP- and the hash of port name, protocol and `IP:PORT`. */
export function endpointChain(portName: string, protocol: string, endpoint: string): string {
  return `KUBE-SEP-${shortHash(portName + protocol + endpoint)}`;
}

/** True for chains that come and go with Services. */
export function isServiceChain(chain: string): boolean {
  return /^KUBE-(SVC|SVL|EXT|SEP|FW)-[A-Z2-7]{16}$/.test(chain);
}

const portals = '-m comment --comment "kubernetes service portals"';
const external = '-m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals"';
const fresh = '-m conntrack --ctstate NEW';

/** Where packets enter the chains, in the order in which they stand. */
export const serviceJumps: readonly Jump[] = [
  { table: 'filter', from: 'INPUT', match: '-m comment --comment "kubernetes health check service ports"', to: 'KUBE-NODEPORTS' },
  { table: 'filter', from: 'INPUT', match: external, to: 'KUBE-EXTERNAL-SERVICES' },
  { table: 'filter', from: 'FORWARD', match: '-m comment --comment "kubernetes forwarding rules"', to: 'KUBE-FORWARD' },
  { table: 'filter', from: 'FORWARD', match: `${fresh} ${portals}`, to: 'KUBE-SERVICES' },
  { table: 'filter', from: 'FORWARD', match: external, to: 'KUBE-EXTERNAL-SERVICES' },
  { table: 'filter', from: 'OUTPUT', match: `${fresh} ${portals}`, to: 'KUBE-SERVICES' },
  { table: 'nat', from: 'PREROUTING', match: portals, to: 'KUBE-SERVICES' },
  { table: 'nat', from: 'OUTPUT', match: portals, to: 'KUBE-SERVICES' },
  { table: 'nat', from: 'POSTROUTING', match: '-m comment --comment "kubernetes postrouting rules"', to: 'KUBE-POSTROUTING' },
];

/** Rules that are there whatever the Services are. */
export const fixedRules = {
  filter: {
    'KUBE-FORWARD': [
      '-m conntrack --ctstate INVALID -j DROP',
      `-m comment --comment "kubernetes forwarding rules" -m mark --mark ${masqueradeMark}/${masqueradeMark} -j ACCEPT`,
      '-m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    ],
    'KUBE-NODEPORTS': [],
  },
  nat: {
    'KUBE-MARK-MASQ': [`-j MARK --or-mark ${masqueradeMark}`],
    'KUBE-POSTROUTING': [
      `-m mark ! --mark ${masqueradeMark}/${masqueradeMark} -j RETURN`,
      `-j MARK --xor-mark ${masqueradeMark}`,
      '-m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
    ],
  },
} satisfies Record<string, Record<string, string[]>>;
