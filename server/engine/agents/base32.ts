// RFC 4648 base 32 of a SHA-256, cut to 16 characters: how kube-proxy names its chains.
import { hash } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The first 16 base-32 characters (80 bits) of the text's SHA-256. */
export function shortHash(text: string): string {
  const digest = hash('sha256', text, 'buffer');
  let result = '';
  for (let bit = 0; bit < 80; bit += 5) {
    const pair = digest[bit >> 3]! * 256 + digest[(bit >> 3) + 1]!;
    result += alphabet[(pair >> (11 - (bit & 7))) & 31];
  }
  return result;
}
