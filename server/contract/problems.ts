// Every refusal of the HTTP API: RFC 9457 problem+json with a code, a sentence and a hint.
import { z } from 'zod';

/** Body of every error answer. `title` is one sentence for people; `hint` says what next. `issues` lists single fields. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  hint: z.string().optional(),
  issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof Problem>;

/** Codes that pages act upon; others are shown as they are. */
export const problemCodes = [
  'not-signed-in', 'forbidden', 'not-found', 'invalid-input', 'too-large', 'too-many-requests', 'bad-origin',
  'join-code-wrong', 'name-taken', 'link-wrong', 'password-wrong', 'classroom-full',
  'cluster-not-ready', 'lab-not-open', 'unknown-check', 'unknown-machine', 'terminal-limit', 'unknown-terminal', 'draining', 'internal',
] as const;
export type ProblemCode = (typeof problemCodes)[number];
