// Codes and names as people type them.
import { randomText } from '../base/index.ts';

// No letter or digit that is taken for another when read aloud or off a projector.
const readable = 'abcdefghjkmnpqrstuvwxyz23456789';

/** A new join code, `xxxx-xxxx`: 39 bits, guessed against a rate limit. */
export function newJoinCode(): string {
  return `${randomText(4, readable)}-${randomText(4, readable)}`;
}

/** A new password, `xxxx-xxxx-xxxx-xxxx`: 79 bits. */
export function newPassword(): string {
  return Array.from({ length: 4 }, () => randomText(4, readable)).join('-');
}

/** What of a typed code counts: letters and digits, in lower case. */
export function foldCode(code: string): string {
  return code.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** What of a name counts when two are compared: compatible forms and case are the same. */
export function foldName(name: string): string {
  return name.normalize('NFKC').toLowerCase().replaceAll(/[\u200c\u200d]/g, '').replaceAll(/\s+/g, ' ').trim();
}
