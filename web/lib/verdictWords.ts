// The four verdicts and the states of steps in words.
import type { CheckState, VerdictKind } from '../../server/contract/index.ts';

/** One word or two for a verdict, as the page writes it. */
export const verdictWords: Record<VerdictKind, string> = {
  passed: 'Passed',
  failed: 'Not yet',
  waiting: 'Settling',
  broken: 'Not your fault',
};

/** Words for a step's progress. */
export const stepWords = { untouched: 'not started', started: 'started', passed: 'passed' } as const;

/** The sentence to speak when a check's verdict changed; undefined when there is nothing new to say. */
export const spokenChange = (title: string, before: CheckState | undefined, now: CheckState): string | undefined => {
  const kind = now.verdict?.kind;
  if (kind === undefined || kind === before?.verdict?.kind) return undefined;
  return `${title}: ${verdictWords[kind]}. ${kind === 'passed' ? '' : now.verdict?.finding ?? ''}`.trim();
};
