// Check type `command`: what a command says on a machine or inside containers.
import { z } from 'zod';
import { checkFields, Place, TextClaim } from './common.ts';

/**
 * Runs `argv` on the machine, or in the named `container` of each pod (`*`: in every container). `same`: all containers of one pod must
 * print the same. Output is judged without surrounding white space.
 */
export const CommandSpec = z.strictObject({
  ...checkFields,
  type: z.literal('command'),
  on: Place,
  container: z.string().min(1).max(63).default('*'),
  argv: z.array(z.string()).min(1).max(40),
  timeoutSeconds: z.number().min(1).max(20).default(8),
  expect: z.strictObject({
    exitCode: z.number().int().min(0).max(255).default(0),
    stdout: TextClaim.optional(),
    same: z.boolean().default(false),
  }).prefault({}),
  /** The author's sentence when what is printed is not what is wanted. */
  finding: z.string().min(5).max(300).optional(),
});
export type CommandSpec = z.infer<typeof CommandSpec>;
