// Addresses and node ports of Services: which are taken is read from the store, so there is nothing that could disagree with it.
import { randomInt } from 'node:crypto';
import type { Service } from '../../types/index.ts';
import type { Storage } from '../../storage/storage.ts';

/** The range of node ports, and the part below which the server never chooses by itself (room for hand-picked ones). */
export const nodePortRange = { first: 30_000, last: 32_767, firstChosen: 30_086 } as const;

/** What Services hold. A key is `PROTOCOL/port` for node ports. */
export interface Allocations {
  /** A free address of the upper part of the range; undefined when none is left. */
  freeAddress(taken: ReadonlySet<string>): string | undefined;
  /** True for an address of the range that a Service may have (not the first, not the last). */
  contains(address: string): boolean;
  isAddressTaken(address: string): boolean;
  freePort(taken: ReadonlySet<number>): number | undefined;
  isPortTaken(protocol: string, port: number): boolean;
  readonly cidr: string;
}

/** Follows the Services in `storage` under `prefix`. `cidr` is an IPv4 range of at least /28. */
export function followAllocations(storage: Storage, prefix: string, cidr: string): Allocations {
  const [base = '', bits = ''] = cidr.split('/');
  const first = toNumber(base);
  const size = 2 ** (32 - Number(bits));
  // Upstream keeps the lower part (a sixteenth, 16 to 256 addresses) for addresses asked for by hand.
  const reserved = Math.min(Math.max(16, Math.floor(size / 16)), 256);
  const addresses = new Set<string>();
  const ports = new Set<string>();
  const count = (object: Service | undefined, change: (set: Set<string>, key: string) => void): void => {
    for (const address of object?.spec.clusterIPs ?? []) if (address !== 'None') change(addresses, address);
    for (const port of object?.spec.ports ?? []) if (port.nodePort) change(ports, `${port.protocol}/${port.nodePort}`);
  };
  const present = storage.list(prefix);
  for (const entry of present.outcome === 'listed' ? present.entries : []) count(entry.value as Service, (set, key) => set.add(key));
  storage.watch(prefix, storage.currentRevision(), (event) => {
    count(event.previous as Service | undefined, (set, key) => set.delete(key));
    if (event.type !== 'deleted') count(event.value as Service, (set, key) => set.add(key));
  });

  /** Starts anywhere and takes the next free one. */
  const pick = (from: number, to: number, isTaken: (n: number) => boolean): number | undefined => {
    const span = to - from;
    const start = randomInt(span);
    for (let step = 0; step < span; step++) {
      const candidate = from + ((start + step) % span);
      if (!isTaken(candidate)) return candidate;
    }
    return undefined;
  };
  return {
    cidr,
    freeAddress(taken) {
      const isTaken = (n: number): boolean => addresses.has(toText(first + n)) || taken.has(toText(first + n));
      const found = pick(reserved, size - 1, isTaken) ?? pick(11, reserved, isTaken);
      return found === undefined ? undefined : toText(first + found);
    },
    contains: (address) => toNumber(address) > first && toNumber(address) < first + size - 1,
    isAddressTaken: (address) => addresses.has(address),
    freePort(taken) {
      const isTaken = (n: number): boolean => taken.has(n) || ['TCP', 'UDP', 'SCTP'].some((protocol) => ports.has(`${protocol}/${n}`));
      return pick(nodePortRange.firstChosen, nodePortRange.last + 1, isTaken) ?? pick(nodePortRange.first, nodePortRange.firstChosen, isTaken);
    },
    isPortTaken: (protocol, port) => ports.has(`${protocol}/${port}`),
  };
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toText(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
