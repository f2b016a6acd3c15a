// How often one client may cause something costly: a token bucket per client address.
// Must not know what is limited.
import { addressBytes, type IpAddress } from '../core/base/ip-address.ts';
import type { Clock } from '../ports.ts';

export interface LimitSettings {
  /** How many at once. */
  readonly burst: number;
  /** How many come back per second. */
  readonly perSecond: number;
}

interface Bucket {
  tokens: number;
  atMs: number;
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

  /** True when the client may, which uses up one token. */
  take(client: IpAddress): boolean {
    const key = clientKey(client);
    const { burst, perSecond } = this.#settings;
    const now = this.#clock.monotonic();
    const found = this.#buckets.get(key);
    const tokens = found ? Math.min(burst, found.tokens + ((now - found.atMs) / 1000) * perSecond) : burst;
    const allowed = tokens >= 1;
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: allowed ? tokens - 1 : tokens, atMs: now });
    if (this.#buckets.size > this.#capacity) this.#forgetOldest();
    return allowed;
  }

  #forgetOldest(): void {
    for (const oldest of this.#buckets.keys()) {
      this.#buckets.delete(oldest);
      return;
    }
  }
}

function clientKey(client: IpAddress): string {
  return client.includes(':') ? addressBytes(client).slice(0, 8).join('.') : client;
}
