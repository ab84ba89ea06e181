// Where a student stands in a lab: pure sums over its text and its live state.
import type { Block, LabState, LabView, StepView } from '../../../server/contract/index.ts';
import type { JackState } from '../../ui/Jack.tsx';

type CheckBlock = Extract<Block, { type: 'check' }>;

/** A step's checks, in order. */
export const checksOf = (step: StepView): CheckBlock['check'][] =>
  step.blocks.filter((block): block is CheckBlock => block.type === 'check').map((block) => block.check);

const checkedStepJack = (step: StepView, state: LabState): JackState => {
  if (state.passedSteps.includes(step.id)) return 'passed';
  const ids = new Set<string>(checksOf(step).map((check) => check.id));
  const mine = state.checks.filter((check) => ids.has(check.id));
  return mine.some((check) => check.earned || check.attempts > 0) ? 'started' : 'untouched';
};

/**
 * The jack of every step: the server says what passed. A step without checks has nothing to pass, so it counts once the work
 * went past it: a later step was started, or, at the end of the lab, everything before it has passed.
 */
export const stepJacks = (lab: Pick<LabView, 'steps'>, state: LabState | undefined): JackState[] => {
  if (state === undefined) return lab.steps.map(() => 'untouched');
  const jacks = lab.steps.map((step) => (checksOf(step).length === 0 ? undefined : checkedStepJack(step, state)));
  return jacks.map((jack, index) => {
    if (jack !== undefined) return jack;
    const later = jacks.slice(index + 1).filter((each) => each !== undefined);
    const earlier = jacks.slice(0, index).filter((each) => each !== undefined);
    const past = later.length > 0 ? later.some((each) => each !== 'untouched') : earlier.length > 0 && earlier.every((each) => each === 'passed');
    return past ? 'passed' : 'untouched';
  });
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
