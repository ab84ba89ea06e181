// Check type `resolves`: names resolve to the right sets of records, as the source's own name server says.
import { z } from 'zod';
import { checkFields, Place, PodPick } from './common.ts';

const objectName = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,252}$/, 'must be a Kubernetes object name');

/** The pods or the Service whose addresses are meant; exactly one. */
const addressesOf = {
  pods: PodPick.optional(),
  service: z.strictObject({ name: objectName, namespace: objectName.optional() }).optional(),
};

/**
 * One question. `name` is a whole name: the search list is not used, and `{{ namespace }}` in it is the
 * check's namespace. A PTR question may give `addressOf` in place of a name; then every address found is asked about.
 * Exactly one of `values` (SRV as `PORT TARGET`; a final dot does not count), `pods` (one record for the address of each), `service`
 * (its cluster address) and `absent` (no such name, or no such record) says what is right. The set must be equal; with `contains` there may be more.
 */
export const ResolveQuestionSpec = z.strictObject({
  name: z.string().min(3).max(253).regex(/^[A-Za-z0-9._{} -]+$/, 'must be a name such as web.{{ namespace }}.svc.cluster.local').optional(),
  addressOf: z.strictObject(addressesOf).optional(),
  type: z.enum(['A', 'CNAME', 'SRV', 'PTR']).default('A'),
  expect: z.strictObject({
    ...addressesOf,
    values: z.array(z.string().min(1).max(253)).min(1).max(50).optional(),
    absent: z.literal(true).optional(),
    contains: z.boolean().default(false),
  }),
}).superRefine((question, context) => {
  const refuse = (path: PropertyKey[], message: string) => context.addIssue({ code: 'custom', path, message });
  if ((question.name === undefined) === (question.addressOf === undefined)) refuse([], 'needs a name, or addressOf for PTR');
  if (question.addressOf && question.type !== 'PTR') refuse(['addressOf'], 'is for PTR only');
  if (question.addressOf && !question.addressOf.pods === !question.addressOf.service) refuse(['addressOf'], 'needs exactly one of pods, service');
  const { values, pods, service, absent } = question.expect;
  if ([values, pods, service, absent].filter((one) => one !== undefined).length !== 1) refuse(['expect'], 'needs exactly one of values, pods, service, absent');
  if ((pods || service) && question.type !== 'A') refuse(['expect'], 'can be addresses of pods or of a service only for type A; use values');
});

/** All questions are asked from every source (with `any` one source for which all are right is enough). */
export const ResolvesSpec = z.strictObject({
  ...checkFields,
  type: z.literal('resolves'),
  from: Place,
  questions: z.array(ResolveQuestionSpec).min(1).max(20),
  /** The author's sentence for a wrong set. */
  finding: z.string().min(5).max(300).optional(),
});
export type ResolvesSpec = z.infer<typeof ResolvesSpec>;
