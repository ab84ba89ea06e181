// Unguessable text: identifiers, join codes and secrets, from the system's random source.
import { randomBytes, randomInt } from 'node:crypto';

const lowerAndDigits = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** `length` characters drawn evenly from `alphabet` (default a-z0-9, 5.17 bits each). */
export function randomText(length: number, alphabet: string = lowerAndDigits): string {
  let text = '';
  for (let i = 0; i < length; i++) text += alphabet[randomInt(alphabet.length)];
  return text;
}

/** 256 random bits as 43 URL-safe characters. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}
