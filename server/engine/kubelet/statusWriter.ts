// Sends a pod's status to the API: the first change at once, later ones as soon as the one before has arrived.
import { messageOf } from '../../base/index.ts';
import type { Disposable } from '../../base/index.ts';
import { isStatus, resources } from '../types/index.ts';
import type { Pod, PodStatus } from '../types/index.ts';
import type { NodeContext } from './nodeContext.ts';
import { planStatusPatch } from './status.ts';

const retryMs = 1000;

/** The status of one pod; only the newest wish is ever sent. */
export class StatusWriter implements Disposable {
  readonly #context: NodeContext;
  #known: PodStatus | undefined;
  #version = 0n;
  #next: { pod: Pod; status: PodStatus } | undefined;
  #busy: Promise<void> | undefined;
  #retry: Disposable | undefined;
  #stopped = false;

  constructor(context: NodeContext, known: PodStatus | undefined) {
    this.#context = context;
    this.#known = known;
  }

  /** What the API is known to hold. */
  get known(): PodStatus | undefined {
    return this.#known;
  }

  /** Takes over what others have written since. */
  observe(pod: Pod): void {
    // Versions are decimal numbers that only grow; a notice of before our last write is old news.
    const version = BigInt(pod.metadata.resourceVersion ?? '0');
    if (this.#busy || this.#next || version < this.#version) return;
    this.#known = pod.status;
    this.#version = version;
  }

  push(pod: Pod, status: PodStatus): void {
    if (this.#stopped) return;
    this.#next = { pod, status };
    this.#busy ??= this.#send().finally(() => {
      this.#busy = undefined;
    });
  }

  /** Resolves when nothing is left to send. */
  async settled(): Promise<void> {
    await this.#busy;
  }

  dispose(): void {
    this.#stopped = true;
    this.#next = undefined;
    this.#retry?.dispose();
  }

  async #send(): Promise<void> {
    while (this.#next && !this.#stopped) {
      const { pod, status } = this.#next;
      this.#next = undefined;
      const patch = planStatusPatch(this.#known, status);
      if (!patch) continue;
      const { name, namespace, uid } = pod.metadata;
      try {
        const updated = await this.#context.client.patch(resources.pods, { name, namespace }, { metadata: { uid }, status: patch }, 'status');
        this.#known = updated.status;
        this.#version = BigInt(updated.metadata.resourceVersion ?? '0');
      } catch (error) {
        if (isStatus(error, 'NotFound') || isStatus(error, 'Conflict')) return;
        this.#context.logger.warn({ pod: `${namespace}/${name}`, error: messageOf(error) }, 'the status of a pod was not taken');
        this.#retry?.dispose();
        this.#retry = this.#context.clock.after(retryMs, () => this.push(pod, status));
        return;
      }
    }
  }
}
