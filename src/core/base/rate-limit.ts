// How often something costly may be caused: token buckets, for all and per client address.
// Must not know what is limited.
import { addressBytes, type IpAddress } from './ip-address.ts';

/** Milliseconds of a clock that never goes back. */
export type Monotonic = () => number;

export interface RateSettings {
  /** How many at once. */
  readonly burst: number;
  /** How many come back per second. */
  readonly perSecond: number;
}

/** A token bucket, full at first. */
export class TokenBucket {
  readonly #settings: RateSettings;
  readonly #now: Monotonic;
  #tokens: number;
  #atMs: number;

  constructor(settings: RateSettings, now: Monotonic) {
    this.#settings = settings;
    this.#now = now;
    this.#tokens = settings.burst;
    this.#atMs = now();
  }

  /** True when there is a token, which is then used up. */
  take(): boolean {
    const { burst, perSecond } = this.#settings;
    const now = this.#now();
    this.#tokens = Math.min(burst, this.#tokens + (Math.max(0, now - this.#atMs) / 1000) * perSecond);
    this.#atMs = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/**
 * Buckets for the most recent clients. An IPv6 client is its /64: one machine has all of it.
 * Bounded: the bucket that was used longest ago is forgotten, which gives that client a full one.
 */
export class ClientLimit {
  readonly #now: Monotonic;
  readonly #settings: RateSettings;
  readonly #capacity: number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(settings: RateSettings, now: Monotonic, capacity = 10_000) {
    this.#settings = settings;
    this.#now = now;
    this.#capacity = capacity;
  }

  /** True when the client may, which uses up one of its tokens. */
  take(client: IpAddress): boolean {
    const key = clientNetwork(client);
    const bucket = this.#buckets.get(key) ?? new TokenBucket(this.#settings, this.#now);
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= this.#capacity) break;
      this.#buckets.delete(oldest);
    }
    return bucket.take();
  }
}

/** What counts as one client: an IPv4 address, or the /64 of an IPv6 one. */
export function clientNetwork(client: IpAddress): string {
  return client.includes(':') ? addressBytes(client).slice(0, 8).join('.') : client;
}
