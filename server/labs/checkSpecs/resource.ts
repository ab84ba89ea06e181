// Check type `resource`: objects in the cluster are as claimed.
import { z } from 'zod';
import { tryKind } from '../kinds.ts';
import { Assertion, checkFields, objectFields } from './common.ts';

/**
 * Of the objects selected by kind, name, selector and `where`, those that satisfy every claim of `expect` are counted: at least
 * `count.min` (default 1), at most `count.max`. `every` asks that all selected ones satisfy.
 * For pods: `steadySeconds` asks that all containers have been running that long; `history.replaced` that an earlier pod of this
 * selection was deleted since the lab was opened; `history.restarted` that a container of the pod was restarted in place, the pod keeping
 * its sandbox and address; `history.sandboxChanged` that the pod's sandbox was made anew while the pod stayed the same;
 * `history.addressChanged` that the pod or sandbox before had another address.
 */
export const ResourceSpec = z.strictObject({
  ...checkFields,
  type: z.literal('resource'),
  ...objectFields,
  clusterScoped: z.boolean().default(false),
  expect: z.array(Assertion).default([]),
  every: z.boolean().default(false),
  count: z.strictObject({ min: z.number().int().min(0).default(1), max: z.number().int().min(0).optional() }).prefault({}),
  steadySeconds: z.number().min(1).max(60).optional(),
  history: z.strictObject({
    replaced: z.literal(true).optional(), restarted: z.literal(true).optional(), sandboxChanged: z.literal(true).optional(), addressChanged: z.boolean().default(false),
  }).refine((history) => history.replaced || history.restarted || history.sandboxChanged, { message: 'needs replaced, restarted or sandboxChanged' }).optional(),
  /** The author's sentence when nothing fits and no claim brings its own. */
  finding: z.string().min(5).max(300).optional(),
}).superRefine((spec, context) => {
  const known = tryKind(spec.kind);
  if (!known && (!spec.apiVersion || !spec.resource)) context.addIssue({ code: 'custom', path: ['kind'], message: `"${spec.kind}" is not a kind of Kubernetes' own; add apiVersion and resource (the plural)` });
  if (spec.name !== undefined && spec.selector !== undefined) context.addIssue({ code: 'custom', path: ['selector'], message: 'stands beside name; use one of them' });
  if (spec.kind !== 'Pod' && (spec.steadySeconds !== undefined || spec.history !== undefined)) context.addIssue({ code: 'custom', path: [spec.history ? 'history' : 'steadySeconds'], message: 'is for pods only' });
  if (spec.expect.length === 0 && spec.history === undefined && spec.steadySeconds === undefined && !spec.where && spec.count.max === undefined) {
    context.addIssue({ code: 'custom', path: ['expect'], message: 'is empty, so the check claims only that something exists; test what it does' });
  }
});
export type ResourceSpec = z.infer<typeof ResourceSpec>;
