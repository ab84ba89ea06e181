// Speaks each check's change of verdict to people who hear the page.
import { useEffect, useRef } from 'react';
import type { CheckState, LabState, LabView } from '../../../server/contract/index.ts';
import { spokenChange } from '../../lib/verdictWords.ts';
import { announce } from '../../ui/LiveRegion.tsx';
import { checksOf } from './progress.ts';

/** The first state is not spoken: it is read with the page. */
export const useSpokenVerdicts = (lab: LabView | undefined, state: LabState | undefined): void => {
  const before = useRef<{ labId: string; checks: Map<string, CheckState> }>(undefined);
  useEffect(() => {
    if (lab === undefined || state === undefined) return;
    const known = before.current?.labId === lab.id ? before.current.checks : undefined;
    const titles = new Map<string, string>(lab.steps.flatMap(checksOf).map((check) => [check.id, check.title]));
    const sentences = known === undefined ? [] : state.checks
      .map((check) => spokenChange(titles.get(check.id) ?? 'Check', known.get(check.id), check))
      .filter((sentence) => sentence !== undefined);
    if (sentences.length > 0) announce(sentences.join(' '));
    before.current = { labId: lab.id, checks: new Map(state.checks.map((check) => [check.id, check])) };
  }, [lab, state]);
};
