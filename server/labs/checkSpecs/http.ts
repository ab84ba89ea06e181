// Check type `http`: a request from a source to a target answers as expected.
import { z } from 'zod';
import { checkFields, Place, PodPick, port, Target, TextClaim } from './common.ts';

/**
 * `requests` are sent from each source to each target. `servedBy`: which pod must have answered (patchbay/web says so in X-Served-By):
 * the `target` pod itself, the `source` pod itself, or a pod of a selection; with `everyPod` each pod of the selection must have answered at least once.
 * `clientAddress: own`: the server must have seen the source's own address.
 */
export const HttpSpec = z.strictObject({
  ...checkFields,
  type: z.literal('http'),
  from: Place,
  to: Target,
  port: port.default(80),
  path: z.string().startsWith('/').max(300).default('/'),
  hostHeader: z.string().max(253).optional(),
  requests: z.number().int().min(1).max(50).default(1),
  expect: z.strictObject({
    status: z.array(z.number().int().min(100).max(599)).min(1).default([200]),
    body: TextClaim.optional(),
    servedBy: z.union([z.enum(['target', 'source']), PodPick], { error: 'must be target, source, or a selection of pods' }).optional(),
    everyPod: z.boolean().default(false),
    clientAddress: z.enum(['own']).optional(),
  }).prefault({}),
}).superRefine((spec, context) => {
  const toPods = spec.to.pod !== undefined || spec.to.pods !== undefined;
  if (spec.expect.servedBy === 'target' && !toPods) context.addIssue({ code: 'custom', path: ['expect', 'servedBy'], message: 'can be target only when the target is a pod' });
  if (spec.expect.servedBy === 'source' && spec.from.machine !== undefined) context.addIssue({ code: 'custom', path: ['expect', 'servedBy'], message: 'can be source only when the source is a pod' });
  if (spec.expect.everyPod && typeof spec.expect.servedBy !== 'object') context.addIssue({ code: 'custom', path: ['expect', 'everyPod'], message: 'needs servedBy with a selection of pods' });
});
export type HttpSpec = z.infer<typeof HttpSpec>;
