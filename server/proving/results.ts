// What proving a lab found, and how it is shown: as a table for people, as JSON for scripts.
import type { VerdictKind } from '../contract/index.ts';

/** One check after one run. `wanted` is what the run asks of it; checks that a mistake does not name may be anything but broken. */
export interface CheckProof { id: string; verdict: VerdictKind; finding: string; wanted: 'passed' | 'not passed' | 'caught' | 'not broken'; ok: boolean; ms: number }

/** One state of the lab: untouched, after a solution, or after a mistake. `problem` says why it could not be judged. */
export interface RunProof { kind: 'untouched' | 'solution' | 'mistake'; name: string; ok: boolean; ms: number; checks: CheckProof[]; problem?: string }

export interface LabProof { id: string; number: number; title: string; ok: boolean; runs: RunProof[]; unmetNeeds: string[] }
export interface WorkshopProof { id: string; title: string; ok: boolean; labs: LabProof[] }

/** One line per run, and below it a line for everything that is not as it should be. */
export function formatProof(proof: LabProof): string {
  const lines = [`${proof.ok ? 'ok  ' : 'FAIL'} lab ${String(proof.number).padStart(2, '0')} ${proof.title}`];
  for (const reason of proof.unmetNeeds) lines.push(`     not proved here: ${reason}`);
  for (const run of proof.runs) {
    lines.push(`${run.ok ? '  ok  ' : '  FAIL'} ${run.kind.padEnd(9)} ${run.name.padEnd(32)} ${`${(run.ms / 1000).toFixed(1)} s`.padStart(8)}`);
    if (run.problem !== undefined) lines.push(`         ${run.problem}`);
    for (const check of run.checks.filter((one) => !one.ok)) lines.push(`         ${check.id}: ${check.verdict}, wanted ${check.wanted}. ${check.finding}`);
  }
  return lines.join('\n');
}
