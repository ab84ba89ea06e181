// All check types: the schema of a ```check block.
import { z } from 'zod';
import { AnswerSpec } from './answer.ts';
import { CommandSpec } from './command.ts';
import { ConnectsSpec } from './connects.ts';
import { HttpSpec } from './http.ts';
import { ResolvesSpec } from './resolves.ts';
import { ResourceSpec } from './resource.ts';
import { TrafficSpec } from './traffic.ts';

export { labelOf } from './common.ts';
export type { Assertion, Place, PodPick, Target, TextClaim } from './common.ts';
export type { AnswerSpec, CommandSpec, ConnectsSpec, HttpSpec, ResolvesSpec, ResourceSpec, TrafficSpec };

/** A ```check block as written. A guard carries no points. */
export const CheckSource = z.discriminatedUnion('type', [ResourceSpec, ConnectsSpec, ResolvesSpec, HttpSpec, CommandSpec, AnswerSpec, TrafficSpec])
  .refine((spec) => !(spec.guard && spec.points !== undefined), { path: ['points'], message: 'does not belong to a guard: guards give no points' });

/** What loading settles: where the check looks and what it is worth. */
export type Settled<Spec> = Omit<Spec, 'namespace' | 'points'> & { namespace: string; points: number };

/** A check as it runs. `points` is 0 for a guard and 1 by default. */
export type CheckSpec = Settled<ResourceSpec> | Settled<ConnectsSpec> | Settled<ResolvesSpec> | Settled<HttpSpec> | Settled<CommandSpec> | Settled<AnswerSpec> | Settled<TrafficSpec>;
export type CheckType = CheckSpec['type'];
/** The spec of one type. */
export type SpecOf<Type extends CheckType> = Extract<CheckSpec, { type: Type }>;

/** Fills in the defaults that depend on the lab. */
export function settleCheck(source: z.infer<typeof CheckSource>, namespace: string): CheckSpec {
  return { ...source, namespace: source.namespace ?? namespace, points: source.guard ? 0 : source.points ?? 1 };
}
