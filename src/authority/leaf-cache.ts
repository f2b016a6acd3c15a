// Server contexts by host: made once, shared by all who wait, replaced in time, bounded in number and per client.
// Must not know how leaves are signed.
import type { SecureContext } from 'node:tls';
import type { Hostname } from '../core/base/hostname.ts';
import type { IpAddress } from '../core/base/ip-address.ts';
import { err, ok, type Result } from '../core/base/result.ts';
import type { Clock, LeafFault, LeafSource } from '../ports.ts';
import { ClientLimit, type LimitSettings } from './client-limit.ts';

export type LeafPurpose = 'content' | 'refusal';

/** A context with a fresh leaf, and what the cache must know of it. */
export interface MintedContext {
  readonly context: SecureContext;
  /** Which CA signed it; a context of another CA is replaced. */
  readonly issuer: string;
  readonly notAfterMs: number;
}

/** Signs leaves. `issuer()` says which CA would sign now. */
export interface LeafMint {
  issuer(): string;
  mint(host: Hostname | IpAddress, purpose: LeafPurpose): Promise<Result<MintedContext, LeafFault>>;
}

export interface LeafCacheSettings {
  /** Contexts kept per purpose; the one used longest ago goes. A context takes about 40 KB. */
  readonly hosts: { readonly content: number; readonly refusal: number };
  /** Leaves that one client may cause; refusals count on both. */
  readonly perClient: { readonly any: LimitSettings; readonly refusal: LimitSettings };
}

export const LEAF_CACHE_DEFAULTS: LeafCacheSettings = {
  hosts: { content: 2000, refusal: 500 },
  perClient: { any: { burst: 300, perSecond: 10 }, refusal: { burst: 50, perSecond: 2 } },
};

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
  readonly #settings: LeafCacheSettings;
  readonly #entries: Readonly<Record<LeafPurpose, Map<string, Entry>>> = {
    content: new Map(),
    refusal: new Map(),
  };
  readonly #pending = new Map<string, Promise<Result<SecureContext, LeafFault>>>();
  readonly #limits: Readonly<Record<'any' | 'refusal', ClientLimit>>;

  constructor(mint: LeafMint, clock: Clock, settings: LeafCacheSettings = LEAF_CACHE_DEFAULTS) {
    this.#mint = mint;
    this.#clock = clock;
    this.#settings = settings;
    this.#limits = {
      any: new ClientLimit(settings.perClient.any, clock),
      refusal: new ClientLimit(settings.perClient.refusal, clock),
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
    if (entry !== null && now < entry.renewAtMs) return ok(entry.context);
    const key = `${purpose} ${host}`;
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending;
    if (!this.#mayMint(purpose, client)) {
      // A leaf that is due but still good is better than a client that is turned away.
      if (entry !== null && now < entry.notAfterMs) return ok(entry.context);
      return err({
        code: 'leaf-limit',
        detail: `The client ${client} asked for new certificates faster than the limit allows; ${JSON.stringify(host)} was the last.`,
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
      if (entries.size <= this.#settings.hosts[purpose]) break;
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
    if (purpose === 'refusal' && !this.#limits.refusal.take(client)) return false;
    return this.#limits.any.take(client);
  }
}
