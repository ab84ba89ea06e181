// Quantities such as 250m, 64Mi and 1e3, as far as environment variables and QoS classes need them.

const factors: Record<string, number> = {
  n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18,
  Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60,
};

/** The value as a number; undefined when it is not a quantity. */
export function tryParseQuantity(text: string): number | undefined {
  const match = /^([+-]?\d+(?:\.\d*)?|\.\d+)(?:[eE]([+-]?\d+)|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?$/.exec(text.trim());
  if (!match) return undefined;
  return Number(match[1]) * (match[2] === undefined ? factors[match[3] ?? '']! : 10 ** Number(match[2]));
}
