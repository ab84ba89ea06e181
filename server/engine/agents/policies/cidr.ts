// IPv4 ranges as numbers: parsing, containment, and taking ranges out of a range.

/** A range: the network's first address as an unsigned number, and the prefix length. */
export interface Range { start: number; prefix: number }

/** An address in dotted form as an unsigned number; undefined when it is none. */
export function tryAddress(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** The dotted form. */
export function addressText(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

const size = ({ prefix }: Range) => 2 ** (32 - prefix);

/** A CIDR; host bits are dropped. Undefined for IPv6 and nonsense. */
export function tryRange(cidr: string): Range | undefined {
  const [text, length] = cidr.split('/');
  const address = tryAddress(text!);
  const prefix = length === undefined ? 32 : Number(length);
  if (address === undefined || !Number.isInteger(prefix) || prefix < 0 || prefix > 32) return undefined;
  return { start: address - (address % 2 ** (32 - prefix)), prefix };
}

/** True when `outer` holds every address of `inner`. */
export function contains(outer: Range, inner: Range): boolean {
  return inner.prefix >= outer.prefix && inner.start >= outer.start && inner.start < outer.start + size(outer);
}

/** The fewest ranges that hold what is in `range` and in none of `except`. */
export function subtract(range: Range, except: readonly Range[]): Range[] {
  const inside = except.filter((one) => contains(one, range) || contains(range, one));
  if (inside.length === 0) return [range];
  if (inside.some((one) => contains(one, range))) return [];
  const half = { start: range.start, prefix: range.prefix + 1 };
  return [half, { start: half.start + size(half), prefix: half.prefix }].flatMap((part) => subtract(part, inside));
}

/** CIDR texts that ipset's hash:net takes: it knows no /0, so that becomes its two halves. */
export function rangeTexts(range: Range): string[] {
  if (range.prefix === 0) return ['0.0.0.0/1', '128.0.0.0/1'];
  return [range.prefix === 32 ? addressText(range.start) : `${addressText(range.start)}/${range.prefix}`];
}
