// What can go wrong with the image store on the host.
import { PatchbayError } from '../../base/index.ts';

/** Codes: `no-subids`, `image-archive`, `image-build`. */
export class ImageError extends PatchbayError {}
