// Removes Events an hour after they last happened (the API server's event TTL), with one timer for the next to expire.
import { DisposableStack, messageOf, toDisposable, type Disposable } from '../../base/index.ts';
import { isStatus, resources, type KubeObject } from '../types/index.ts';
import type { ControllerContext } from './context.ts';
import { objectKey } from './keys.ts';

const lifetimeMs = 60 * 60_000;

function lastSeen(object: KubeObject): number {
  const event = object as KubeObject & { lastTimestamp?: string | null; series?: { lastObservedTime?: string } | null };
  const time = event.series?.lastObservedTime ?? event.lastTimestamp ?? object.metadata.creationTimestamp;
  return Date.parse(time ?? '') || 0;
}

/** Starts the expiry. */
export function startEventExpiry({ client, clock, logger }: ControllerContext): Disposable {
  const owned = new DisposableStack();
  const events = client.informer(resources.events);
  let timer: Disposable | undefined;
  owned.add(toDisposable(() => timer?.dispose()));

  async function expire(): Promise<void> {
    timer = undefined;
    const now = clock.now();
    for (const event of events.list().filter((candidate) => lastSeen(candidate) + lifetimeMs <= now)) {
      try {
        await client.delete(resources.events, objectKey(event));
      } catch (error) {
        if (!isStatus(error, 'NotFound')) logger.debug({ error: messageOf(error) }, 'an old event was not removed');
      }
    }
    arm();
  }

  function arm(): void {
    if (timer || owned.disposed) return;
    const seen = events.list().map(lastSeen);
    if (seen.length === 0) return;
    const oldest = seen.reduce((a, b) => Math.min(a, b));
    timer = clock.after(Math.max(1_000, oldest + lifetimeMs - clock.now()), () => void expire());
  }

  owned.add(events.onEvent(({ type }) => {
    if (type === 'added' && !timer) arm();
  }));
  arm();
  return owned;
}
