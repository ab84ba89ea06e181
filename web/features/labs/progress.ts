// Where a student stands in a lab: pure sums over its text and its live state.
import type { Block, LabState, LabView, StepView } from '../../../server/contract/index.ts';
import type { JackState } from '../../ui/Jack.tsx';

type CheckBlock = Extract<Block, { type: 'check' }>;

/** A step's checks, in order. */
export const checksOf = (step: StepView): CheckBlock['check'][] =>
  step.blocks.filter((block): block is CheckBlock => block.type === 'check').map((block) => block.check);

/** A step's jack: passed, else failed if a check says so now, else started when one was earned or tried, else untouched. */
export const stepJack = (step: StepView, state: LabState | undefined): JackState => {
  if (state === undefined) return 'untouched';
  if (state.passedSteps.includes(step.id)) return 'passed';
  const ids = new Set<string>(checksOf(step).map((check) => check.id));
  const mine = state.checks.filter((check) => ids.has(check.id));
  return mine.some((check) => check.earned || check.attempts > 0) ? 'started' : 'untouched';
};

/** Points earned of those there are. */
export const earnedPoints = (lab: LabView, state: LabState | undefined): number => {
  const earned = new Set<string>(state?.checks.filter((check) => check.earned).map((check) => check.id));
  return lab.steps.flatMap(checksOf).filter((check) => earned.has(check.id)).reduce((sum, check) => sum + check.points, 0);
};

/** Index of the step on screen: the last whose top (pixels) is above the reading line, or -1 before the first. */
export const stepAt = (tops: readonly number[], line: number): number => {
  let at = -1;
  tops.forEach((top, index) => { if (top <= line) at = index; });
  return at;
};

/** "1 point", "2 points". */
export const pointWords = (points: number): string => `${points} ${points === 1 ? 'point' : 'points'}`;
