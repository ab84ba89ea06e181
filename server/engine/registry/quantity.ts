// Resource quantities: parsing, comparing and the canonical text (apimachinery resource.Quantity).

const binary = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const decimal: Record<string, number> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const suffixOf: Record<number, string> = Object.fromEntries(Object.entries(decimal).map(([suffix, exponent]) => [exponent, suffix]));

/** Value in billionths; `binary` when it was written with Ki, Mi, … */
export interface Quantity { nano: bigint; format: 'binary' | 'decimal' | 'exponent' }

/** Undefined when the text is no quantity. Finer than a billionth is rounded up, as upstream. */
export function tryQuantity(text: string): Quantity | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+)?$/.exec(text);
  if (!match || ((match[2] ?? '') === '' && (match[3] ?? '') === '')) return undefined;
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  const digits = BigInt(`${whole}${fraction}` || '0');
  const power = binary.indexOf(suffix);
  const format = power > 0 ? 'binary' : suffix.length > 1 ? 'exponent' : 'decimal';
  let exponent = 9 - fraction.length;
  let value = digits;
  if (power > 0) value *= 1024n ** BigInt(power);
  else exponent += suffix.length > 1 ? Number(suffix.slice(1)) : decimal[suffix]!;
  if (exponent >= 0) value *= 10n ** BigInt(Math.min(exponent, 60));
  else {
    const divisor = 10n ** BigInt(Math.min(-exponent, 60));
    value = value / divisor + (value % divisor === 0n ? 0n : 1n);
  }
  return { nano: sign === '-' ? -value : value, format };
}

/** The canonical text: `0.5` is `500m`, `1024Mi` is `1Gi`; the text itself when it is no quantity. */
export function canonicalQuantity(text: string): string {
  const quantity = tryQuantity(text);
  if (!quantity) return text;
  const { nano, format } = quantity;
  if (nano === 0n) return '0';
  const sign = nano < 0n ? '-' : '';
  let value = nano < 0n ? -nano : nano;
  if (format === 'binary' && value % 1_000_000_000n === 0n && value >= 1024n * 1_000_000_000n) {
    value /= 1_000_000_000n;
    let power = 0;
    while (value % 1024n === 0n && power < 6) { value /= 1024n; power++; }
    return `${sign}${value}${binary[power]}`;
  }
  let exponent = -9;
  while (value % 1000n === 0n && exponent < 18) { value /= 1000n; exponent += 3; }
  if (format === 'exponent') return `${sign}${value}${exponent === 0 ? '' : `e${exponent}`}`;
  return `${sign}${value}${suffixOf[exponent]}`;
}
