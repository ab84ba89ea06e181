// Whether the cluster is ready, and what is still missing.
import type { Client } from '../types/client.ts';
import type { StatusResponse } from '../types/control.ts';
import * as resources from '../types/resources.ts';

/** Parts that report once. */
export type Part = 'api' | 'agents';

const sentences: Record<Part, string> = { api: 'The API does not listen yet.', agents: 'The first network rules are not written yet.' };

/** Follows nodes by their Ready condition. */
export interface Readiness {
  settle(part: Part): void;
  status(): StatusResponse;
  /** Resolves the first time that nothing is missing. */
  readonly ready: Promise<void>;
}

/** `names` are the nodes that must be there. */
export function createReadiness(client: Client, names: readonly string[]): Readiness {
  const missing = new Set<Part>(['api', 'agents']);
  const nodes = client.informer(resources.nodes);
  const first = Promise.withResolvers<void>();
  const isReady = (name: string) => nodes.get({ name })?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
  const status = (): StatusResponse => {
    const states = names.map((name) => ({ name, ready: isReady(name) }));
    const reasons = [...[...missing].map((part) => sentences[part]), ...states.filter(({ ready }) => !ready).map(({ name }) => `The node ${name} is not Ready.`)];
    return { ready: reasons.length === 0, reasons, nodes: states };
  };
  const check = () => {
    if (status().ready) first.resolve();
  };
  nodes.onEvent(check);
  return {
    settle(part) {
      missing.delete(part);
      check();
    },
    status,
    ready: first.promise,
  };
}
