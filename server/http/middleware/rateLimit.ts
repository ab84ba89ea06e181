// Token buckets by key: so many at once, so many a minute, a bounded number of keys.
import type { Clock } from '../../base/index.ts';
import { HttpError } from '../errors.ts';

export interface RateLimitOptions { clock: Clock; burst: number; perMinute: number; message: string }

export interface RateLimit {
  /** Takes one; throws HttpError `too-many-requests` with the seconds until there is one again. */
  take(key: string): void;
  /** Gives one back: what turned out harmless does not count. */
  refund(key: string): void;
}

const keysKept = 20_000;

/** A limit of its own; a key that was not used for long is forgotten, which equals a full bucket. */
export function createRateLimit({ clock, burst, perMinute, message }: RateLimitOptions): RateLimit {
  const buckets = new Map<string, { tokens: number; at: number }>();
  const perMs = perMinute / 60_000;
  const bucketOf = (key: string) => {
    const now = clock.now();
    const known = buckets.get(key);
    const bucket = { tokens: known ? Math.min(burst, known.tokens + (now - known.at) * perMs) : burst, at: now };
    buckets.delete(key); // so that the map is in the order of use
    buckets.set(key, bucket);
    if (buckets.size > keysKept) buckets.delete(buckets.keys().next().value!);
    return bucket;
  };
  return {
    take(key) {
      const bucket = bucketOf(key);
      if (bucket.tokens < 1) {
        const seconds = Math.max(1, Math.ceil((1 - bucket.tokens) / perMs / 1000));
        throw new HttpError('too-many-requests', message, { hint: `Try again in ${seconds} seconds.`, retryAfterSeconds: seconds });
      }
      bucket.tokens--;
    },
    refund(key) {
      const bucket = bucketOf(key);
      bucket.tokens = Math.min(burst, bucket.tokens + 1);
    },
  };
}
