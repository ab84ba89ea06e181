// Checks as browsers see them: never what a check expects, only what it found and which way to look.
import { z } from 'zod';
import { CheckId } from './ids.ts';

/** `broken`: the check could not run; never the student's fault. */
export const VerdictKind = z.enum(['passed', 'failed', 'waiting', 'broken']);
export type VerdictKind = z.infer<typeof VerdictKind>;

/** One sentence of finding and, unless passed, one of direction. `table` shows a truth table of connections. */
export const Verdict = z.object({
  kind: VerdictKind,
  finding: z.string(),
  direction: z.string().optional(),
  table: z.object({
    columns: z.array(z.string()),
    rows: z.array(z.object({ label: z.string(), cells: z.array(z.object({ kind: VerdictKind, text: z.string() })) })),
  }).optional(),
});
export type Verdict = z.infer<typeof Verdict>;

/** A check on the page. `answer` says that the student types something (`choices` when it is chosen). */
export const CheckView = z.object({
  id: CheckId,
  title: z.string(),
  points: z.number(),
  guard: z.boolean(),
  input: z.object({ label: z.string(), placeholder: z.string().optional() }).optional(),
});
export type CheckView = z.infer<typeof CheckView>;

/** Live state of one check. `earned` stays true once it first passed; `verdict` is the newest, absent before the first run. */
export const CheckState = z.object({
  id: CheckId,
  verdict: Verdict.optional(),
  earned: z.boolean(),
  running: z.boolean(),
  attempts: z.number().int(),
  checkedAt: z.number().optional(),
  /** The last submitted answer, for `answer` checks. */
  answer: z.string().optional(),
});
export type CheckState = z.infer<typeof CheckState>;
