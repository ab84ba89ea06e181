// Which lab a student should go on with.
import type { LabSummary } from '../../../server/contract/index.ts';

/** The first lab with a step that has not passed; undefined when all have. */
export const nextLab = (labs: readonly LabSummary[]): LabSummary | undefined => labs.find((lab) => lab.steps.some((step) => step.state !== 'passed'));

/** The lab after `id` in the workshop's order. */
export const labAfter = (labs: readonly LabSummary[], id: string): LabSummary | undefined => {
  const at = labs.findIndex((lab) => lab.id === id);
  return at < 0 ? undefined : labs[at + 1];
};
