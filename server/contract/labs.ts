// Workshops and labs as browsers see them: sanitised HTML and the blocks that the page makes live.
import { z } from 'zod';
import { CheckState, CheckView } from './checks.ts';
import { CheckId, LabId, MachineName } from './ids.ts';

/** A quiz without its answers. The server judges; quizzes give no points. */
export const QuizView = z.object({
  id: CheckId,
  question: z.string(),
  multiple: z.boolean(),
  choices: z.array(z.object({ id: z.string(), html: z.string() })),
});
export type QuizView = z.infer<typeof QuizView>;

/** A step is a list of blocks in order. `html` is sanitised on the server. */
export const Block = z.discriminatedUnion('type', [
  z.object({ type: z.literal('html'), html: z.string() }),
  z.object({ type: z.literal('run'), id: z.string(), machine: MachineName, code: z.string(), html: z.string() }),
  z.object({ type: z.literal('file'), id: z.string(), path: z.string(), language: z.string(), code: z.string(), html: z.string() }),
  z.object({ type: z.literal('code'), language: z.string(), code: z.string(), html: z.string() }),
  z.object({ type: z.literal('check'), check: CheckView }),
  z.object({ type: z.literal('quiz'), quiz: QuizView }),
  z.object({ type: z.literal('hint'), title: z.string(), html: z.string() }),
]);
export type Block = z.infer<typeof Block>;

export const StepView = z.object({ id: z.string(), title: z.string(), blocks: z.array(Block) });
export type StepView = z.infer<typeof StepView>;

/** A whole lab for one session, its cluster values already filled in. */
export const LabView = z.object({
  id: LabId,
  number: z.number().int(),
  title: z.string(),
  summary: z.string(),
  minutes: z.number(),
  objectives: z.array(z.string()),
  namespace: z.string(),
  intro: z.array(Block),
  steps: z.array(StepView),
  points: z.number(),
  /** Why this cluster cannot run the lab, when it cannot. */
  unmetNeeds: z.array(z.string()),
});
export type LabView = z.infer<typeof LabView>;

/** A lab in the workshop's contents, with this session's progress. */
export const LabSummary = z.object({
  id: LabId,
  number: z.number().int(),
  title: z.string(),
  summary: z.string(),
  minutes: z.number(),
  points: z.number(),
  earned: z.number(),
  steps: z.array(z.object({ id: z.string(), title: z.string(), state: z.enum(['untouched', 'started', 'passed']) })),
});
export type LabSummary = z.infer<typeof LabSummary>;

export const WorkshopView = z.object({ id: z.string(), title: z.string(), summary: z.string(), labs: z.array(LabSummary) });
export type WorkshopView = z.infer<typeof WorkshopView>;

/** State of an opened lab: `phase` preparing while setup is applied. */
export const LabState = z.object({
  labId: LabId,
  phase: z.enum(['closed', 'preparing', 'open', 'failed']),
  /** A sentence for the student, when the phase alone does not say enough. */
  detail: z.string().optional(),
  /** When its setup was last applied, while it is open. */
  openedAt: z.number().optional(),
  /** Milliseconds that its steps were on the student's screen, until now. */
  spentMs: z.number(),
  checks: z.array(CheckState),
  /** Ids of steps whose checks have all been earned and whose guards hold. */
  passedSteps: z.array(z.string()),
  quizzes: z.array(z.object({ id: CheckId, choices: z.array(z.string()), correct: z.boolean() })),
});
export type LabState = z.infer<typeof LabState>;

/** POST /api/v1/labs/:lab/checks/:check/run */
export const RunCheckInput = z.object({ answer: z.string().max(4000).optional() }).strict();
/** POST /api/v1/labs/:lab/quizzes/:quiz */
export const QuizInput = z.object({ choices: z.array(z.string().max(64)).min(1).max(16) }).strict();
export const QuizResult = z.object({ correct: z.boolean(), explanation: z.string().optional() });
export type QuizResult = z.infer<typeof QuizResult>;
/** POST /api/v1/labs/:lab/files/:block answers where the file now is on the workstation. */
export const SavedFile = z.object({ path: z.string() });
export type SavedFile = z.infer<typeof SavedFile>;
