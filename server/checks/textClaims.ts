// Claims about text, for pages and for commands.
import type { TextClaim } from '../labs/index.ts';

/** True when the text satisfies every part of the claim. */
export function textFits(text: string, claim: TextClaim | undefined): boolean {
  if (!claim) return true;
  if (claim.equals !== undefined && text !== claim.equals) return false;
  if (claim.contains !== undefined && !text.includes(claim.contains)) return false;
  if (claim.matches !== undefined && !new RegExp(claim.matches, 'um').test(text)) return false;
  return claim.notMatches === undefined || !new RegExp(claim.notMatches, 'um').test(text);
}
