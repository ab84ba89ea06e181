// The interface that every check type implements: look at the cluster, then judge what was seen.
import type { Verdict } from '../contract/index.ts';
import type { CheckContext, Observation } from '../ports/index.ts';

/**
 * One check type. `observe` touches the cluster and returns plain JSON; it throws only when the cluster or the check itself fails,
 * never for what a student did. `judge` is pure: the same observation always gives the same verdict.
 */
export interface CheckType<Spec, Seen extends Observation> {
  observe(spec: Spec, context: CheckContext): Promise<Seen>;
  judge(spec: Spec, seen: Seen): Verdict;
}
