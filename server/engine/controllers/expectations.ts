// Remembers own creations and deletions until the informer has seen them, so that a stale copy is never acted on twice.

const forgottenAfterMs = 60_000;

/** Per key, the uids whose arrival or departure is still awaited. */
export class Expectations {
  readonly #awaited = new Map<string, { created: Set<string>; deleted: Set<string>; since: number }>();

  /** Awaits the creation of `uid`; call it with the answer of the create. */
  expectCreated(key: string, uid: string, now: number): void {
    this.#entry(key, now).created.add(uid);
  }

  /** Awaits the deletion of `uid`; call it before the delete. */
  expectDeleted(key: string, uid: string, now: number): void {
    this.#entry(key, now).deleted.add(uid);
  }

  /** Tells that the informer holds `uid`, deleted or being deleted with `gone`. */
  seen(key: string, uid: string, gone: boolean): void {
    const entry = this.#awaited.get(key);
    entry?.created.delete(uid);
    if (gone) entry?.deleted.delete(uid);
    if (entry && entry.created.size + entry.deleted.size === 0) this.#awaited.delete(key);
  }

  /** True when nothing is awaited, or for longer than a minute. */
  fulfilled(key: string, now: number): boolean {
    const entry = this.#awaited.get(key);
    return !entry || now - entry.since > forgottenAfterMs;
  }

  forget(key: string): void {
    this.#awaited.delete(key);
  }

  #entry(key: string, now: number) {
    let entry = this.#awaited.get(key);
    if (!entry) this.#awaited.set(key, (entry = { created: new Set(), deleted: new Set(), since: now }));
    return entry;
  }
}
