// How long an address must wait after wrong credentials: twice as long each time, and forgotten after a while (R-10a).
// Must not know credentials.
import { addressBytes, type IpAddress } from '../core/base/ip-address.ts';

interface Failures {
  count: number;
  lastAt: number;
  until: number;
}

/** Times are milliseconds of one monotonic clock. */
export class BackOff {
  readonly #free: number;
  readonly #sources = new Map<string, Failures>();

  /** The first `free` failures cost nothing. */
  constructor(options: { readonly free: number }) {
    this.#free = options.free;
  }

  /** Whole seconds the address must wait from now on; 0 when it need not. */
  seconds(from: IpAddress, now: number): number {
    const known = this.#sources.get(sourceOf(from));
    return known === undefined || now >= known.until ? 0 : Math.ceil((known.until - now) / 1_000);
  }

  failed(from: IpAddress, now: number): void {
    const source = sourceOf(from);
    const known = this.#sources.get(source);
    const count = known === undefined || now - known.lastAt > FORGET_MS ? 1 : known.count + 1;
    const doublings = count - this.#free;
    const waitMs = doublings < 0 ? 0 : Math.min(LONGEST_MS, 1_000 * 2 ** doublings);
    // Taken out and put back, so that the oldest stand first and go first.
    this.#sources.delete(source);
    this.#sources.set(source, { count, lastAt: now, until: now + waitMs });
    if (this.#sources.size > SOURCE_LIMIT) this.#dropOldest();
  }

  /** True when there was something to forget. */
  succeeded(from: IpAddress): boolean {
    return this.#sources.delete(sourceOf(from));
  }

  #dropOldest(): void {
    const [oldest] = this.#sources.keys();
    if (oldest !== undefined) this.#sources.delete(oldest);
  }
}

const FORGET_MS = 600_000;
const LONGEST_MS = 60_000;
const SOURCE_LIMIT = 10_000;

// One customer of a provider holds a whole /64 of IPv6 addresses.
function sourceOf(address: IpAddress): string {
  return address.includes(':') ? addressBytes(address).slice(0, 8).join('.') : address;
}
