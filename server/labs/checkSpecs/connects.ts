// Check type `connects`: which of the sources reach which of the targets on which ports.
import { z } from 'zod';
import { checkFields, labelOf, Place, port, Target } from './common.ts';

/**
 * Every source is tried with every target and port. `expect` is what all cells should be, `except` lists the cells that should be the
 * other. A denied cell needs a control to the same server and port: by default the target pod itself, for other targets `control`.
 */
export const ConnectsSpec = z.strictObject({
  ...checkFields,
  type: z.literal('connects'),
  from: z.array(Place).min(1).max(20),
  to: z.array(Target).min(1).max(20),
  ports: z.array(port).min(1).max(10),
  protocol: z.enum(['tcp', 'udp']).default('tcp'),
  expect: z.enum(['allowed', 'denied']).default('allowed'),
  except: z.array(z.strictObject({ from: z.string().optional(), to: z.string().optional(), port: port.optional() })).default([]),
  control: Place.optional(),
}).superRefine((spec, context) => {
  const refuse = (path: PropertyKey[], message: string) => context.addIssue({ code: 'custom', path, message });
  const sources = spec.from.map(labelOf);
  const targets = spec.to.map(labelOf);
  if (new Set(sources).size < sources.length) refuse(['from'], 'two sources have the same label; give them different ids');
  if (new Set(targets).size < targets.length) refuse(['to'], 'two targets have the same label; give them different ids');
  spec.from.forEach((place, index) => { if (place.any) refuse(['from', index, 'any'], 'is not for connects: every pod counts here'); });
  spec.to.forEach((target, index) => { if (target.any) refuse(['to', index, 'any'], 'is not for connects: every pod counts here'); });
  spec.except.forEach((cell, index) => {
    if (cell.from !== undefined && !sources.includes(cell.from)) refuse(['except', index, 'from'], `names no source; the sources are ${sources.join(', ')}`);
    if (cell.to !== undefined && !targets.includes(cell.to)) refuse(['except', index, 'to'], `names no target; the targets are ${targets.join(', ')}`);
    if (cell.port !== undefined && !spec.ports.includes(cell.port)) refuse(['except', index, 'port'], 'is not among the ports');
  });
  const denies = spec.expect === 'denied' || spec.except.length > 0;
  const uncontrolled = spec.to.some((target) => target.pod === undefined && target.pods === undefined);
  if (denies && uncontrolled && !spec.control) refuse(['control'], 'is missing: a denial to a service, machine or host proves something only beside a source that gets through');
  if (denies && spec.protocol === 'udp') refuse(['protocol'], 'cannot be udp where something is denied: silence is no proof there');
});
export type ConnectsSpec = z.infer<typeof ConnectsSpec>;
