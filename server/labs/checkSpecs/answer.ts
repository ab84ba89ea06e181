// Check type `answer`: what the student types is compared with what the cluster says at that moment.
import { z } from 'zod';
import { MachineName } from '../../contract/index.ts';
import { tryKind } from '../kinds.ts';
import { checkFields, objectFields, path, pattern, PodPick } from './common.ts';

/**
 * Exactly one source of truth in `expect`: `resource` (the values at `path` of the selected objects), `machine` (an address or pod range),
 * `command` (the first group of `capture` in its output, or all of it, on a machine or in the containers of pods), `values` (fixed).
 * Any of several values is right. `form` says how both sides are normalised: text (case and white space fold), word (also quotes and a
 * final dot go), address (scheme, port and prefix length go), cidr, number, namespace (`net:[4026532]` is as 4026532).
 */
export const AnswerSpec = z.strictObject({
  ...checkFields,
  type: z.literal('answer'),
  label: z.string().min(3).max(120),
  placeholder: z.string().max(60).optional(),
  form: z.enum(['text', 'word', 'address', 'cidr', 'number', 'namespace']).default('text'),
  expect: z.strictObject({
    resource: z.strictObject({ ...objectFields, path }).optional(),
    machine: z.strictObject({ name: MachineName, field: z.enum(['address', 'podCidr']).default('address') }).optional(),
    command: z.strictObject({
      machine: MachineName.optional(), on: PodPick.optional(), container: z.string().min(1).max(63).default('*'), argv: z.array(z.string()).min(1), capture: pattern.optional(),
    }).refine((command) => (command.machine === undefined) !== (command.on === undefined), { message: 'needs exactly one of machine, on' }).optional(),
    values: z.array(z.union([z.string(), z.number()])).min(1).optional(),
  }),
  /** The author's sentence for a wrong answer. */
  finding: z.string().min(5).max(300).optional(),
}).superRefine((spec, context) => {
  const given = Object.values(spec.expect).filter((value) => value !== undefined).length;
  if (given !== 1) context.addIssue({ code: 'custom', path: ['expect'], message: 'needs exactly one of resource, machine, command, values' });
  const resource = spec.expect.resource;
  if (resource && !tryKind(resource.kind) && (!resource.apiVersion || !resource.resource)) context.addIssue({ code: 'custom', path: ['expect', 'resource', 'kind'], message: 'is not a kind of Kubernetes\' own; add apiVersion and resource' });
  if (spec.guard) context.addIssue({ code: 'custom', path: ['guard'], message: 'cannot be set on an answer: nobody types it on the untouched cluster' });
});
export type AnswerSpec = z.infer<typeof AnswerSpec>;
