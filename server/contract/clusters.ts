// A student's cluster as pages show it.
import { z } from 'zod';
import { MachineName } from './ids.ts';

export const StageView = z.object({ id: z.string(), title: z.string(), fraction: z.number(), estimateMs: z.number().optional() });
export type StageView = z.infer<typeof StageView>;

/** `queued` carries its place; `failed` and `unreachable` a sentence. */
export const ClusterView = z.object({
  state: z.enum(['none', 'queued', 'provisioning', 'ready', 'unreachable', 'failed']),
  provider: z.string(),
  networkPlugin: z.string().optional(),
  place: z.number().int().optional(),
  stage: StageView.optional(),
  detail: z.string().optional(),
  /** What failed, in the words of the machine; never told to students. */
  cause: z.string().optional(),
  /** Milliseconds from request to ready, once ready. */
  readyMs: z.number().optional(),
  machines: z.array(z.object({ name: MachineName, role: z.enum(['control-plane', 'worker', 'workstation', 'outside']), address: z.string(), shell: z.boolean() })),
});
export type ClusterView = z.infer<typeof ClusterView>;
