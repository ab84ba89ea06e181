// What a pod has been through since the lab was opened: restarts in place, and sandboxes made anew under it.
import type { CheckContext, KubeObject, PodHistoryEntry } from '../ports/index.ts';
import { readSandboxes, sandboxMachine } from './sandboxes.ts';

/** A pod's past. `restarted` names containers restarted in place; `sandboxes` are in order, the last one is today's, each with the address it held. */
export type Life = { restarted: string[]; sandboxes: { id: string; ip: string }[]; restarts: number; ip?: string };

const maxSandboxes = 20;

/** Reads the past of a pod from the history, and its sandbox of today from its node. */
export async function lifeOf(pod: KubeObject, context: CheckContext): Promise<Life> {
  const entries = context.history.entries({ namespace: pod.metadata.namespace ?? context.namespace }).filter((entry) => entry.uid === pod.metadata.uid && !entry.deleted);
  const { status } = pod as KubeObject & { status?: { podIP?: string; containerStatuses?: { name: string; restartCount?: number }[] } };
  const current = Object.fromEntries((status?.containerStatuses ?? []).map((one) => [one.name, one.restartCount ?? 0]));
  const ip = status?.podIP;
  const seen = entries.flatMap((entry) => (entry.sandboxId !== undefined && entry.podIP !== undefined ? [{ id: entry.sandboxId, ip: entry.podIP }] : []));
  // The history learns of a sandbox a moment after the change; a check must not wait for that.
  const machine = seen.length > 0 ? sandboxMachine(context.cluster, pod) : undefined;
  const now = machine === undefined || ip === undefined ? undefined : (await readSandboxes(context.cluster, machine, context.signal)).get(ip);
  if (now !== undefined) seen.push({ id: now, ip: ip! });
  return {
    restarted: restartedInPlace(entries, current), restarts: Object.values(current).reduce((sum, one) => sum + one, 0), ...(ip ? { ip } : {}),
    sandboxes: seen.filter((one, index) => one.id !== seen[index - 1]?.id).slice(-maxSandboxes),
  };
}

/**
 * Containers whose restart count grew from one entry to the next while address and sandbox stayed. `current` are the counts of today: a
 * count that was written into the status by hand does not last.
 */
export function restartedInPlace(entries: readonly Pick<PodHistoryEntry, 'podIP' | 'sandboxId' | 'restarts'>[], current: Readonly<Record<string, number>>): string[] {
  const found = new Set<string>();
  entries.forEach((entry, index) => {
    const before = entries[index - 1];
    if (!before || entry.podIP === undefined || entry.podIP !== before.podIP) return;
    if (entry.sandboxId !== undefined && before.sandboxId !== undefined && entry.sandboxId !== before.sandboxId) return;
    for (const [name, count] of Object.entries(entry.restarts)) {
      if (count > (before.restarts[name] ?? count) && count <= (current[name] ?? 0)) found.add(name);
    }
  });
  return [...found];
}

/** What keeps a pod's past from being as asked; undefined when nothing does. */
export function lifeShortfall(wanted: { restarted?: true; sandboxChanged?: true; addressChanged: boolean }, name: string, life: Life): { finding: string; direction: string; settling: boolean } | undefined {
  if (wanted.restarted && life.restarted.length === 0) {
    return life.restarts > 0
      ? { finding: `A container of pod ${name} was restarted, but the pod did not keep its sandbox and address, or it happened before you opened this lab.`, direction: 'Only the container should end, not what holds the pod\'s network.', settling: false }
      : { finding: `No container of pod ${name} was restarted while the pod kept its address.`, direction: 'Compare the column RESTARTS before and after.', settling: false };
  }
  if (!wanted.sandboxChanged) return undefined;
  const last = life.sandboxes.at(-1);
  if (life.ip === undefined) return { finding: `Pod ${name} has no address yet.`, direction: 'Nothing to do: this runs again by itself.', settling: true };
  if (!last) return { finding: `It is not known yet what holds the network of pod ${name}.`, direction: 'Nothing to do: this runs again by itself.', settling: true };
  if (life.sandboxes.length < 2) return { finding: `Pod ${name} still lives in the sandbox that it was given first.`, direction: 'Find the process that holds the pod\'s network on its node.', settling: false };
  if (wanted.addressChanged && life.sandboxes.every((one) => one.ip === last.ip)) return { finding: `Pod ${name} has a new sandbox, but the address of the one before.`, direction: 'Compare the addresses before and after.', settling: false };
  return undefined;
}
