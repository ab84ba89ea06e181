// Where a student stands in a lab: pure sums over its text and its live state.
import type { Block, LabState, LabView, StepView } from '../../../server/contract/index.ts';
import type { JackState } from '../../ui/Jack.tsx';

type CheckBlock = Extract<Block, { type: 'check' }>;

/** A step's checks, in order. */
export const checksOf = (step: StepView): CheckBlock['check'][] =>
  step.blocks.filter((block): block is CheckBlock => block.type === 'check').map((block) => block.check);

/** The jack of every step: the server says what passed, attempts and points what was started. */
export const stepJacks = (lab: Pick<LabView, 'steps'>, state: LabState | undefined): JackState[] => lab.steps.map((step) => {
  if (state === undefined) return 'untouched';
  if (state.passedSteps.includes(step.id)) return 'passed';
  const ids = new Set<string>(checksOf(step).map((check) => check.id));
  return state.checks.some((check) => ids.has(check.id) && (check.earned || check.attempts > 0)) ? 'started' : 'untouched';
});

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
