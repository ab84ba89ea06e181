// Ownership of things that must be released: sockets, timers, watchers, processes.

/** Anything that is released exactly once; calling `dispose` again does nothing. */
export interface Disposable {
  dispose(): void;
}

/** A disposable made from a function, which is called at most once. */
export function toDisposable(release: () => void): Disposable {
  let released = false;
  return {
    dispose() {
      if (released) return;
      released = true;
      release();
    },
  };
}

/** Owns disposables and releases them last-in first-out; one added after disposal is released at once. */
export class DisposableStack implements Disposable {
  readonly #owned: Disposable[] = [];
  #disposed = false;

  /** Takes ownership and returns the same object. */
  add<T extends Disposable>(disposable: T): T {
    if (this.#disposed) disposable.dispose();
    else this.#owned.push(disposable);
    return disposable;
  }

  /** True after `dispose`. */
  get disposed(): boolean {
    return this.#disposed;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const disposable of this.#owned.splice(0).reverse()) disposable.dispose();
  }
}
