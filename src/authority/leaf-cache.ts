// Server contexts by host: made once, shared by all who wait, replaced in time, bounded in number and per client.
// Must not know how leaves are signed.
import type { SecureContext } from 'node:tls';
import type { Hostname } from '../core/base/hostname.ts';
import type { IpAddress } from '../core/base/ip-address.ts';
import { ClientLimit, type RateSettings, TokenBucket } from '../core/base/rate-limit.ts';
import { err, ok, type Result } from '../core/base/result.ts';
import type { Clock, LeafFault, LeafSource } from '../ports.ts';

export type LeafPurpose = 'content' | 'refusal';

/** A context with a fresh leaf, and what the cache must know of it. */
export interface MintedContext {
  readonly context: SecureContext;
  /** Which CA signed it; a context of another CA is replaced. */
  readonly issuer: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Signs leaves. `issuer()` says which CA would sign now. */
export interface LeafMint {
  issuer(): string;
  mint(host: Hostname | IpAddress, purpose: LeafPurpose): Promise<Result<MintedContext, LeafFault>>;
}

export interface LeafCacheSettings {
  /** Contexts kept, about 50 KB each; the one used longest ago goes. Refusals may keep a tenth as many besides. */
  readonly hosts: number;
  /** Leaves made in a minute, in all. One client may cause a quarter of them. */
  readonly perMinute: number;
  /** Leaves made in a minute for refusals, per client. */
  readonly refusalsPerMinute: number;
}

export const LEAF_CACHE_DEFAULTS: LeafCacheSettings = { hosts: 5000, perMinute: 1200, refusalsPerMinute: 60 };

interface Limits {
  readonly all: TokenBucket;
  readonly perClient: ClientLimit;
  readonly refusalsPerClient: ClientLimit;
}

interface Entry extends MintedContext {
  /** From then on the next request makes a new one. */
  readonly renewAtMs: number;
}

/**
 * Refusals have a store of their own: whoever asks for a thousand blocked names pushes out no context that serves
 * content, and resumes no session of it.
 */
export class LeafCache implements Pick<LeafSource, 'leafFor'> {
  readonly #mint: LeafMint;
  readonly #clock: Clock;
  readonly #capacity: Readonly<Record<LeafPurpose, number>>;
  readonly #entries: Readonly<Record<LeafPurpose, Map<string, Entry>>> = {
    content: new Map(),
    refusal: new Map(),
  };
  readonly #pending = new Map<string, Promise<Result<SecureContext, LeafFault>>>();
  readonly #limits: Limits;

  constructor(mint: LeafMint, clock: Clock, settings: LeafCacheSettings = LEAF_CACHE_DEFAULTS) {
    this.#mint = mint;
    this.#clock = clock;
    this.#capacity = { content: settings.hosts, refusal: Math.max(1, Math.floor(settings.hosts / 10)) };
    const now = () => clock.monotonic();
    this.#limits = {
      all: new TokenBucket(minuteful(settings.perMinute), now),
      perClient: new ClientLimit(minuteful(Math.max(1, settings.perMinute / 4)), now),
      refusalsPerClient: new ClientLimit(minuteful(settings.refusalsPerMinute), now),
    };
  }

  /** Contexts that are held, of both purposes. */
  get size(): number {
    return this.#entries.content.size + this.#entries.refusal.size;
  }

  async leafFor(
    host: Hostname | IpAddress,
    purpose: LeafPurpose,
    client: IpAddress,
  ): Promise<Result<SecureContext, LeafFault>> {
    const entry = this.#touch(host, purpose);
    const now = this.#clock.now();
    // A clock that was set back may find leaves here that are not valid yet.
    const isValid = entry !== null && now >= entry.notBeforeMs && now < entry.notAfterMs;
    if (isValid && now < entry.renewAtMs) return ok(entry.context);
    const key = `${purpose} ${host}`;
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending;
    if (!this.#mayMint(purpose, client)) {
      // A leaf that is due but still good is better than a client that is turned away.
      if (isValid) return ok(entry.context);
      return err({
        code: 'leaf-limit',
        detail: `The client ${client} needs a new certificate for ${JSON.stringify(host)}, and as many as the limits allow were just made.`,
      });
    }
    const minting = this.#mintNow(host, purpose).finally(() => this.#pending.delete(key));
    this.#pending.set(key, minting);
    return minting;
  }

  /** Forgets every context: what is asked for next is made anew. */
  clear(): void {
    this.#entries.content.clear();
    this.#entries.refusal.clear();
  }

  async #mintNow(
    host: Hostname | IpAddress,
    purpose: LeafPurpose,
  ): Promise<Result<SecureContext, LeafFault>> {
    const minted = await this.#mint.mint(host, purpose);
    if (!minted.ok) return minted;
    const now = this.#clock.now();
    const renewAtMs = now + ((minted.value.notAfterMs - now) * 2) / 3;
    const entries = this.#entries[purpose];
    entries.set(host, { ...minted.value, renewAtMs });
    for (const oldest of entries.keys()) {
      if (entries.size <= this.#capacity[purpose]) break;
      entries.delete(oldest);
    }
    return ok(minted.value.context);
  }

  /** The entry of the CA in force, now the most recently used; null when there is none. */
  #touch(host: string, purpose: LeafPurpose): Entry | null {
    const entries = this.#entries[purpose];
    const entry = entries.get(host);
    if (entry === undefined) return null;
    entries.delete(host);
    if (entry.issuer !== this.#mint.issuer()) return null;
    entries.set(host, entry);
    return entry;
  }

  #mayMint(purpose: LeafPurpose, client: IpAddress): boolean {
    const { all, perClient, refusalsPerClient } = this.#limits;
    if (purpose === 'refusal' && !refusalsPerClient.take(client)) return false;
    return perClient.take(client) && all.take();
  }
}

/** So many a minute: all at once, or spread. */
function minuteful(perMinute: number): RateSettings {
  return { burst: perMinute, perSecond: perMinute / 60 };
}
