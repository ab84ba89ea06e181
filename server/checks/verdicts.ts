// Making verdicts: one sentence of finding, one of direction, never the solution.
import type { Verdict } from '../contract/index.ts';

/** The author's own sentences, as specs carry them. */
interface Sentences { success?: string; direction?: string }

/** The check is satisfied. */
export function passed(spec: Sentences, finding: string, table?: Verdict['table']): Verdict {
  return { kind: 'passed', finding: spec.success ?? finding, ...(table ? { table } : {}) };
}

/** The work is wrong or missing. */
export function failed(spec: Sentences, finding: string, direction: string, table?: Verdict['table']): Verdict {
  return { kind: 'failed', finding, direction: spec.direction ?? direction, ...(table ? { table } : {}) };
}

/** The cluster has not settled. */
export function waiting(finding: string, direction = 'Nothing to do: this runs again by itself.', table?: Verdict['table']): Verdict {
  return { kind: 'waiting', finding, direction, ...(table ? { table } : {}) };
}

/** The check itself could not run. */
export function broken(finding: string, direction = 'This is not your fault. Try again, and tell your instructor if it stays.'): Verdict {
  return { kind: 'broken', finding, direction };
}

/** `a`, `a and b`, `a, b and c`; past five the rest is counted. */
export function listOf(words: readonly string[]): string {
  const shown = words.length > 5 ? [...words.slice(0, 4), `${words.length - 4} more`] : [...words];
  const last = shown.pop() ?? 'none';
  return shown.length > 0 ? `${shown.join(', ')} and ${last}` : last;
}

/** Text of a student's or a program's making, bounded for a sentence. */
export function quote(text: string, limit = 80): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return `"${line.length > limit ? `${line.slice(0, limit - 1)}…` : line}"`;
}
