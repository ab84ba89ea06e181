// Why a container cannot be made yet, with the waiting reason that kubelet shows for it.
import { PatchbayError } from '../../base/errors.ts';

/** Waiting reasons that a container gets before it has run. */
export type WaitingReason = 'CreateContainerConfigError' | 'CreateContainerError' | 'ErrImagePull' | 'ImagePullBackOff' | 'ErrImageNeverPull' | 'InvalidImageName' | 'RunContainerError' | 'PostStartHookError';

/** A pod's own configuration does not allow it to start now; changes of what it refers to may mend it. */
export class PodConfigError extends PatchbayError {
  readonly reason: WaitingReason;

  constructor(reason: WaitingReason, message: string, cause?: unknown) {
    super(`pod-${reason}`, message, cause === undefined ? {} : { cause });
    this.reason = reason;
  }
}

/** A volume is not there yet. */
export class VolumeError extends PatchbayError {
  constructor(volume: string, message: string, cause?: unknown) {
    super('pod-volume', `MountVolume.SetUp failed for volume "${volume}" : ${message}`, cause === undefined ? {} : { cause });
  }
}
