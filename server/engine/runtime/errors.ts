// What can go wrong on a node, with the words that kubelet shows for it.
import { PatchbayError } from '../../base/errors.ts';

/** Reasons as kubelet uses them in events and container states. */
export type RuntimeReason = 'FailedCreatePodSandBox' | 'NetworkNotReady' | 'CreateContainerError' | 'StartError' | 'NotFound' | 'NotRunning';

/** A refused or failed request to a node's runtime. `exitCode` is set where kubelet shows one (128 for StartError). */
export class RuntimeError extends PatchbayError {
  readonly reason: RuntimeReason;
  readonly exitCode: number | undefined;

  constructor(reason: RuntimeReason, message: string, options: { exitCode?: number; cause?: unknown } = {}) {
    super(`runtime-${reason}`, message, options.cause === undefined ? {} : { cause: options.cause });
    this.reason = reason;
    this.exitCode = options.exitCode;
  }
}
