// Resource quantities as numbers, for comparing requests with what a node has.
const suffixes: Record<string, number> = {
  n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18,
  Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60,
};

/** A quantity ("250m", "64Mi", "1e3") in base units; 0 for text that is no quantity. */
export function quantityValue(text: string | number | undefined): number {
  const match = /^([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([A-Za-z]*)$/.exec(String(text ?? '0'));
  const factor = match ? suffixes[match[2]!] : undefined;
  return match && factor !== undefined ? Number(match[1]) * factor || 0 : 0;
}
