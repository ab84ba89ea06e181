// Whether a container's image may be used now: found on this machine, refused, or waiting after a failed pull.
import type { Clock } from '../../base/index.ts';
import { fullName, tryParseReference } from '../runtime/index.ts';
import type { Container, ImageStore, ResolvedImage } from '../types/index.ts';
import { nextBackOff } from './backOff.ts';
import { PodConfigError } from './errors.ts';

/** Tells an event of the container. */
export type TellEvent = (type: 'Normal' | 'Warning', reason: string, message: string) => void;

/** The image of one container and its back-off. */
export class ImageGate {
  readonly #images: ImageStore;
  readonly #clock: Clock;
  readonly #tell: TellEvent;
  #backOff: { ms: number; until: number } | undefined;

  constructor(images: ImageStore, clock: Clock, tell: TellEvent) {
    this.#images = images;
    this.#clock = clock;
    this.#tell = tell;
  }

  /** When to try again after a failed pull, in ms since the epoch. */
  get retryAt(): number | undefined {
    return this.#backOff?.until;
  }

  /** Throws PodConfigError with kubelet's waiting reason when the image cannot be used now. */
  async resolve({ image, imagePullPolicy }: Pick<Container, 'image' | 'imagePullPolicy'>): Promise<ResolvedImage> {
    const reference = tryParseReference(image);
    if (!reference) throw new PodConfigError('InvalidImageName', `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`);
    const found = await this.#images.tryResolve(image);
    if (found) {
      this.#backOff = undefined;
      this.#tell('Normal', 'Pulled', found.aliasOf === undefined
        ? `Container image "${image}" already present on machine`
        : `Container image "${image}" is answered by ${found.name} on this machine, since no registry is in reach`);
      return found;
    }
    if (imagePullPolicy === 'Never') throw new PodConfigError('ErrImageNeverPull', `Container image "${image}" is not present with pull policy of Never`);
    const full = fullName(reference);
    const failure = `failed to pull and unpack image "${full}": failed to resolve reference "${full}": no registry is in reach; images of this machine: patchbay image list`;
    const now = this.#clock.now();
    if (this.#backOff && now < this.#backOff.until) throw new PodConfigError('ImagePullBackOff', `Back-off pulling image "${image}": ErrImagePull: ${failure}`);
    this.#tell('Normal', 'Pulling', `Pulling image "${image}"`);
    const ms = nextBackOff(this.#backOff?.ms);
    this.#backOff = { ms, until: now + ms };
    this.#tell('Warning', 'Failed', `Failed to pull image "${image}": ${failure}`);
    throw new PodConfigError('ErrImagePull', failure);
  }
}
