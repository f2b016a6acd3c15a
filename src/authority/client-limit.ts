// How often something costly may be caused: token buckets, for all and per client address.
// Must not know what is limited.
import { addressBytes, type IpAddress } from '../core/base/ip-address.ts';
import type { Clock } from '../ports.ts';

export interface LimitSettings {
  /** How many at once. */
  readonly burst: number;
  /** How many come back per second. */
  readonly perSecond: number;
}

/** A token bucket, full at first. */
export class Bucket {
  readonly #settings: LimitSettings;
  readonly #clock: Clock;
  #tokens: number;
  #atMs: number;

  constructor(settings: LimitSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#tokens = settings.burst;
    this.#atMs = clock.monotonic();
  }

  /** True when there is a token, which is then used up. */
  take(): boolean {
    const { burst, perSecond } = this.#settings;
    const now = this.#clock.monotonic();
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#atMs) / 1000) * perSecond);
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
  readonly #clock: Clock;
  readonly #settings: LimitSettings;
  readonly #capacity: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(settings: LimitSettings, clock: Clock, capacity = 10_000) {
    this.#settings = settings;
    this.#clock = clock;
    this.#capacity = capacity;
  }

  /** True when the client may, which uses up one of its tokens. */
  take(client: IpAddress): boolean {
    const key = clientKey(client);
    const bucket = this.#buckets.get(key) ?? new Bucket(this.#settings, this.#clock);
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= this.#capacity) break;
      this.#buckets.delete(oldest);
    }
    return bucket.take();
  }
}

function clientKey(client: IpAddress): string {
  return client.includes(':') ? addressBytes(client).slice(0, 8).join('.') : client;
}
