// Fields and selections that all check types share.
import { z } from 'zod';
import { CheckId, MachineName } from '../../contract/index.ts';
import { parsePath } from '../jsonPath.ts';

const dnsLabel = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be a name such as lab-02');
const objectName = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,252}$/, 'must be a Kubernetes object name');

/** A labelled selector (`app=web,tier in (a,b)`), or `*` for every object. */
const selector = z.string().min(1).max(300);

/** Fields of every check. `direction` replaces the sentence of where to look; `success` the finding of a pass. Neither may tell the solution. */
export const checkFields = {
  id: CheckId,
  title: z.string().min(3).max(120),
  points: z.number().int().min(1).max(20).optional(),
  guard: z.boolean().default(false),
  namespace: dnsLabel.optional(),
  direction: z.string().min(10).max(300).optional(),
  success: z.string().min(3).max(300).optional(),
};

/** A regular expression as text; refused when it does not compile. */
export const pattern = z.string().max(300).superRefine((text, context) => {
  try {
    RegExp(text, 'u');
  } catch (error) {
    context.addIssue({ code: 'custom', message: `is not a regular expression: ${error instanceof Error ? error.message : text}` });
  }
});

/** A path into an object (see jsonPath.ts). */
export const path = z.string().superRefine((text, context) => {
  try {
    parsePath(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'is malformed' });
  }
});

const scalar = z.union([z.string(), z.number(), z.boolean()], { error: 'must be a string, a number or a boolean' });

/**
 * One claim about the values at `path`. Every operator given must hold for all values there (for at least one with `some`), and
 * there must be a value unless `exists: false` or a `count` allows none. `allOf` and `anyOf` nest claims relative to each value.
 */
export interface Assertion {
  path: string;
  some: boolean;
  equals?: string | number | boolean;
  notEquals?: string | number | boolean;
  in?: (string | number | boolean)[];
  matches?: string;
  notMatches?: string;
  exists?: boolean;
  count?: { min: number; max?: number };
  distinct?: boolean;
  allOf?: Assertion[];
  anyOf?: Assertion[];
  /** The author's sentence when this claim does not hold. */
  finding?: string;
}

const count = z.strictObject({ min: z.number().int().min(0).default(0), max: z.number().int().min(0).optional() });

export const Assertion: z.ZodType<Assertion> = z.lazy(() => z.strictObject({
  path,
  some: z.boolean().default(false),
  equals: scalar.optional(),
  notEquals: scalar.optional(),
  in: z.array(scalar).min(1).optional(),
  matches: pattern.optional(),
  notMatches: pattern.optional(),
  exists: z.boolean().optional(),
  count: count.optional(),
  distinct: z.boolean().optional(),
  allOf: z.array(Assertion).min(1).optional(),
  anyOf: z.array(Assertion).min(1).optional(),
  finding: z.string().min(5).max(300).optional(),
}).refine((claim) => Object.keys(claim).some((key) => !['path', 'some', 'finding'].includes(key) && claim[key as keyof typeof claim] !== undefined), {
  message: 'claims nothing: add equals, notEquals, in, matches, notMatches, exists, count, distinct, allOf or anyOf',
}));

const podFields = {
  /** A name for messages and for `except`; default the pod, selector or machine. */
  id: z.string().min(1).max(60).optional(),
  pod: objectName.optional(),
  pods: selector.optional(),
  namespace: dnsLabel.optional(),
  where: z.array(Assertion).optional(),
};

function exactlyOne(keys: readonly string[]) {
  return (value: object, context: z.RefinementCtx) => {
    const given = keys.filter((key) => (value as Record<string, unknown>)[key] !== undefined);
    if (given.length !== 1) context.addIssue({ code: 'custom', message: `needs exactly one of ${keys.join(', ')}; it has ${given.length === 0 ? 'none' : given.join(' and ')}` });
  };
}

/** Pods: `pod` by name, or `pods` by selector (`*` for all), narrowed by `where`. */
export const PodPick = z.strictObject(podFields).superRefine(exactlyOne(['pod', 'pods']));
export type PodPick = z.infer<typeof PodPick>;

/** Where something starts or runs: pods or a machine. With `any` one pod that fits is enough; otherwise all must. */
export const Place = z.strictObject({ ...podFields, machine: MachineName.optional(), any: z.boolean().default(false) })
  .superRefine(exactlyOne(['pod', 'pods', 'machine']));
export type Place = z.infer<typeof Place>;

/** What is reached: the addresses of pods, a Service (by cluster address, or by name with `by: name`), a machine, or any host. */
export const Target = z.strictObject({
  ...podFields,
  service: objectName.optional(),
  by: z.enum(['address', 'name']).default('address'),
  machine: MachineName.optional(),
  host: z.string().regex(/^[A-Za-z0-9.:_-]{1,253}$/, 'must be a host name or an address').optional(),
  any: z.boolean().default(false),
}).superRefine(exactlyOne(['pod', 'pods', 'service', 'machine', 'host']));
export type Target = z.infer<typeof Target>;

/** Claims about a command's or a page's text. */
export const TextClaim = z.strictObject({
  equals: z.string().optional(),
  contains: z.string().optional(),
  matches: pattern.optional(),
  notMatches: pattern.optional(),
});
export type TextClaim = z.infer<typeof TextClaim>;

export const port = z.number().int().min(1).max(65535);

/** Selects objects of a kind. Kinds that are not Kubernetes' own also name `apiVersion` and `resource` (the plural). */
export const objectFields = {
  kind: z.string().regex(/^[A-Z][A-Za-z0-9]+$/, 'must be a kind such as Pod'),
  apiVersion: z.string().optional(),
  resource: z.string().optional(),
  name: objectName.optional(),
  selector: selector.optional(),
  where: z.array(Assertion).optional(),
};

/** The label of a place or target in messages and tables. */
export function labelOf(pick: { id?: string; pod?: string; pods?: string; machine?: string; service?: string; host?: string }): string {
  return pick.id ?? pick.pod ?? pick.machine ?? pick.service ?? pick.host ?? (pick.pods === '*' ? 'every pod' : pick.pods!);
}
