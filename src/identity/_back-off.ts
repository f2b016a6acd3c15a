// How long somebody must wait after wrong credentials: a user at an address twice as long each time, and the address as a
// whole once too many came from it, whoever they named (R-10a). Must not know passwords.
import type { IpAddress } from '../core/base/ip-address.ts';
import { clientNetwork } from '../core/base/rate-limit.ts';

/** Who fails: one address may be that of many people. */
export interface Attempt {
  readonly from: IpAddress;
  readonly user: string;
}

interface Failures {
  count: number;
  lastAt: number;
  until: number;
}

/** Failures of an address that are not forgotten yet. */
interface Level {
  failures: number;
  at: number;
}

/** Times are milliseconds of one monotonic clock. */
export class BackOff {
  readonly #free: number;
  readonly #pairs = new Map<string, Failures>();
  readonly #networks = new Map<string, Level>();

  /** The first `free` failures of a user at an address cost nothing; those of the whole address may be ten times as many. */
  constructor(options: { readonly free: number }) {
    this.#free = options.free;
  }

  /** Whole seconds that must pass from now on; 0 when none. */
  seconds(attempt: Attempt, now: number): number {
    const pair = this.#pairs.get(pairOf(attempt));
    const pairMs = pair === undefined ? 0 : pair.until - now;
    const over = this.#levelOf(attempt, now) - this.#free * NETWORK_SHARE + 1;
    const networkMs = over <= 0 ? 0 : over * FORGET_ONE_MS;
    return Math.max(0, Math.ceil(Math.max(pairMs, networkMs) / 1_000));
  }

  failed(attempt: Attempt, now: number): void {
    const key = pairOf(attempt);
    const known = this.#pairs.get(key);
    const count = known === undefined || now - known.lastAt > FORGET_MS ? 1 : known.count + 1;
    const doublings = count - this.#free;
    const waitMs = doublings < 0 ? 0 : Math.min(LONGEST_MS, 1_000 * 2 ** doublings);
    putLast(this.#pairs, key, { count, lastAt: now, until: now + waitMs });
    const failures = this.#levelOf(attempt, now) + 1;
    putLast(this.#networks, clientNetwork(attempt.from), { failures, at: now });
  }

  /** Forgets the failures of this user here, not those of the address: one right password must not buy many wrong ones. True when there were some. */
  succeeded(attempt: Attempt): boolean {
    return this.#pairs.delete(pairOf(attempt));
  }

  #levelOf({ from }: Attempt, now: number): number {
    const level = this.#networks.get(clientNetwork(from));
    return level === undefined ? 0 : Math.max(0, level.failures - (now - level.at) / FORGET_ONE_MS);
  }
}

const FORGET_MS = 600_000;
const LONGEST_MS = 60_000;
/** How many times as many failures an address may have as one user there. */
const NETWORK_SHARE = 10;
/** One failure of an address is forgotten in this time: more than four tries in a minute are never to be had. */
const FORGET_ONE_MS = 15_000;
const LIMIT = 10_000;

function pairOf({ from, user }: Attempt): string {
  return `${clientNetwork(from)} ${user}`;
}

// Taken out and put back, so that the oldest stand first and go first.
function putLast<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > LIMIT && oldest !== undefined) map.delete(oldest);
}
