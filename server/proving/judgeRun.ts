// Whether the verdicts of one run are what its kind asks for; pure.
import type { Verdict } from '../contract/index.ts';
import type { CheckSpec } from '../labs/index.ts';
import type { CheckProof, RunProof } from './results.ts';

/** What a run of this kind asks of a check. `catches` are the ids that a mistake names. */
export function wantedOf(kind: RunProof['kind'], check: Pick<CheckSpec, 'id' | 'guard'>, catches: readonly string[]): CheckProof['wanted'] {
  if (kind === 'solution') return 'passed';
  if (kind === 'untouched') return check.guard ? 'passed' : 'not passed';
  return catches.includes(check.id) ? 'caught' : 'not broken';
}

/** True when the verdict satisfies what was asked. A mistake is caught only by `failed`: waiting for ever teaches nobody. */
export function satisfies(wanted: CheckProof['wanted'], verdict: Verdict['kind']): boolean {
  switch (wanted) {
    case 'passed': return verdict === 'passed';
    case 'not passed': return verdict === 'failed' || verdict === 'waiting';
    case 'caught': return verdict === 'failed';
    case 'not broken': return verdict !== 'broken';
  }
}
