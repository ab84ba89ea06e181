// Claims about objects: evaluated to the first one that does not hold.
import { selectPath } from '../labs/index.ts';
import type { Assertion } from '../labs/index.ts';

/** A claim that does not hold: what was there instead, bounded, and the author's sentence. */
export interface Miss { path: string; actual: string; finding?: string }

/** The first claim that `object` does not satisfy; undefined when all hold. */
export function firstMiss(object: unknown, claims: readonly Assertion[]): Miss | undefined {
  for (const claim of claims) {
    const values = selectPath(object, claim.path);
    if (!claimHolds(claim, values)) return { path: claim.path, actual: describe(values), ...(claim.finding === undefined ? {} : { finding: claim.finding }) };
  }
  return undefined;
}

function claimHolds(claim: Assertion, values: readonly unknown[]): boolean {
  if (claim.exists !== undefined && values.length > 0 !== claim.exists) return false;
  if (claim.count && (values.length < claim.count.min || (claim.count.max !== undefined && values.length > claim.count.max))) return false;
  if (claim.distinct && new Set(values.map((value) => JSON.stringify(value))).size < values.length) return false;
  const tests = valueTests(claim);
  if (tests.length === 0) return true;
  const fits = (value: unknown) => tests.every((test) => test(value));
  if (claim.some) return values.some(fits);
  // An absent value satisfies only claims that say what must not be.
  if (values.length === 0) return claim.equals === undefined && !claim.in && claim.matches === undefined && !claim.allOf && !claim.anyOf;
  return values.every(fits);
}

function valueTests(claim: Assertion): ((value: unknown) => boolean)[] {
  const tests: ((value: unknown) => boolean)[] = [];
  if (claim.equals !== undefined) tests.push((value) => value === claim.equals);
  if (claim.notEquals !== undefined) tests.push((value) => value !== claim.notEquals);
  if (claim.in) tests.push((value) => claim.in!.includes(value as string));
  if (claim.matches !== undefined) tests.push((value) => new RegExp(claim.matches!, 'u').test(asText(value)));
  if (claim.notMatches !== undefined) tests.push((value) => !new RegExp(claim.notMatches!, 'u').test(asText(value)));
  if (claim.allOf) tests.push((value) => firstMiss(value, claim.allOf!) === undefined);
  if (claim.anyOf) tests.push((value) => claim.anyOf!.some((one) => firstMiss(value, [one]) === undefined));
  return tests;
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function describe(values: readonly unknown[]): string {
  const text = values.length === 0 ? 'nothing' : values.map(asText).join(', ');
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
