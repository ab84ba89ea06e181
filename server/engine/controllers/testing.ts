// For tests: objects with a status from the start, and waiting for conditions.
import type { Client, KubeObject, ResourceRef } from '../types/index.ts';

/** Creates an object and then its status, which creation ignores. */
export async function createWithStatus<T extends KubeObject>(client: Client, ref: ResourceRef<T>, object: T): Promise<T> {
  const created = await client.create(ref, object);
  return client.updateSubresource(ref, 'status', { ...created, status: (object as { status?: unknown }).status } as unknown as T);
}

/** Resolves with the first truthy value of `probe`, tried again and again; throws after three seconds. */
export async function eventually<T>(probe: () => T | Promise<T>, what = probe.toString()): Promise<NonNullable<T>> {
  const end = Date.now() + 3_000;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > end) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
