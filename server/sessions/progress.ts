// How far a student is, from what is stored: pure.
import type { LabSummary, StudentRow } from '../contract/index.ts';
import type { Lab, LabStep } from '../labs/index.ts';
import type { EarnedRow, StepRow } from '../store/index.ts';

export interface Progress { earned: readonly EarnedRow[]; steps: readonly StepRow[] }

/** The checks of a step, in its order. */
export function checksOfStep(step: LabStep) {
  return step.blocks.flatMap((block) => (block.type === 'check' ? [block.check] : []));
}

/** Points earned in a lab. */
export function pointsOf(lab: Lab, { earned }: Progress): number {
  return earned.filter((row) => row.labId === lab.id).reduce((sum, row) => sum + row.points, 0);
}

/** One entry per step: `started` once it was on screen or earned something. */
export function stepStates(lab: Lab, { earned, steps }: Progress): StudentRow['progress'][string] {
  return lab.steps.map((step) => {
    const scoring = checksOfStep(step).filter((check) => !check.guard);
    const points = scoring.reduce((sum, check) => sum + check.points, 0);
    const got = earned.filter((row) => row.labId === lab.id && scoring.some((check) => check.id === row.checkId)).reduce((sum, row) => sum + row.points, 0);
    const seen = steps.find((row) => row.labId === lab.id && row.stepId === step.id);
    return { stepId: step.id, state: seen?.passedAt ? 'passed' : seen || got > 0 ? 'started' : 'untouched', earned: got, points };
  });
}

/** A lab's line in the workshop's contents. */
export function summarise(lab: Lab, progress: Progress): LabSummary {
  const states = stepStates(lab, progress);
  return {
    id: lab.id, number: lab.number, title: lab.title, summary: lab.summary, minutes: lab.minutes, points: lab.points, earned: pointsOf(lab, progress),
    steps: lab.steps.map((step, index) => ({ id: step.id, title: step.title, state: states[index]!.state })),
  };
}

/**
 * Whether a step passes now: everything that scores is earned and every guard holds.
 * `unknown` names guards that decide it and have no verdict yet; a step without scoring checks passes once it was seen.
 */
export function judgeStep(step: LabStep, isEarned: (id: string) => boolean, verdictOf: (id: string) => string | undefined): { passed: boolean; unknown: string[]; broken: boolean } {
  const checks = checksOfStep(step);
  const guards = checks.filter((check) => check.guard);
  const scored = checks.every((check) => check.guard || isEarned(check.id));
  return {
    passed: scored && guards.every((guard) => verdictOf(guard.id) === 'passed'),
    unknown: scored ? guards.filter((guard) => verdictOf(guard.id) === undefined).map((guard) => guard.id) : [],
    broken: guards.some((guard) => verdictOf(guard.id) === 'failed'),
  };
}
