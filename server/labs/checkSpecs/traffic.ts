// Check type `traffic`: who answers when many requests are sent to one address.
import { z } from 'zod';
import { checkFields, Place, PodPick, port, Target } from './common.ts';

/**
 * `requests` are sent at once from each source to each target, and each must be answered. Who answered is told by what patchbay/web says of
 * itself, its name and its address, and both must be those of a pod that may answer: `answeredBy: selected`, the ready pods that the
 * Service's own selector selects, or a selection of pods (unready ones included).
 * `everyOne` (default) asks that each of them answered, `min` that at least so many did, `share` that each that answered got at least
 * this part (0 to 1) of its source's requests. `affinity`: all requests of one source went to one pod. `portNumbers`: the pods that
 * answered listen on at least so many different numbers. `silent`: these pods are selected by the Service, run, are not ready, answer when asked directly,
 * and got nothing. `clientAddress`: the server saw the source's own address, or another.
 */
export const TrafficSpec = z.strictObject({
  ...checkFields,
  type: z.literal('traffic'),
  from: Place,
  to: Target,
  port: port.default(80),
  path: z.string().startsWith('/').max(300).default('/'),
  hostHeader: z.string().max(253).optional(),
  requests: z.number().int().min(2).max(100).default(30),
  expect: z.strictObject({
    status: z.array(z.number().int().min(100).max(599)).min(1).default([200]),
    answeredBy: z.union([z.literal('selected'), PodPick], { error: 'must be selected, or a selection of pods' }).optional(),
    everyOne: z.boolean().default(true),
    min: z.number().int().min(1).max(50).default(1),
    share: z.number().min(0).max(0.5).optional(),
    affinity: z.boolean().default(false),
    portNumbers: z.number().int().min(2).max(10).optional(),
    silent: PodPick.optional(),
    clientAddress: z.enum(['own', 'other']).optional(),
  }).prefault({}),
  /** The author's sentence for a wrong set of pods. */
  finding: z.string().min(5).max(300).optional(),
}).superRefine((spec, context) => {
  const refuse = (path: PropertyKey[], message: string) => context.addIssue({ code: 'custom', path, message });
  const { answeredBy, silent, portNumbers, affinity, everyOne, min } = spec.expect;
  const toService = spec.to.service !== undefined;
  if (answeredBy === 'selected' && !toService) refuse(['expect', 'answeredBy'], 'can be selected only when the target is a service');
  if (answeredBy === undefined && !toService) refuse(['expect', 'answeredBy'], 'is missing: without a service it is not known who should answer');
  if ((silent || portNumbers !== undefined) && !toService) refuse(['expect', silent ? 'silent' : 'portNumbers'], 'is for a service only');
  if (affinity && (everyOne || min > 1)) refuse(['expect', 'affinity'], 'contradicts everyOne and min; set everyOne: false');
});
export type TrafficSpec = z.infer<typeof TrafficSpec>;
