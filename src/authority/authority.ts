// The certificate authority of a running gate: leaves, the CA to hand out, and the revocation list.
// Must not know listeners, policies or the record; the CA's keys never leave it.
import { createPublicKey, type KeyObject } from 'node:crypto';
import type { SecureContext } from 'node:tls';
import type { Hostname } from '../core/base/hostname.ts';
import type { IpAddress } from '../core/base/ip-address.ts';
import { err, ok, type Result } from '../core/base/result.ts';
import { permitsHost } from '../core/wire/name-constraints.ts';
import type { Clock, LeafFault, LeafSource } from '../ports.ts';
import { constraintsIn } from './_ca-certificate.ts';
import { readPublicFile } from './_files.ts';
import { type LeafSettings, mintLeaf } from './_leaf-mint.ts';
import { CLOCK_SKEW_MS, CRL_LIFE_MS, CRL_RENEW_MS, LEAF_DAYS, LEAF_MAX_DAYS } from './_lifetimes.ts';
import { keyText, newP256Key } from './_new-ca.ts';
import { makeRevocationList, parseRevoked } from './_revocation-list.ts';
import { type KeyStore, readKeyStore, type Signer, storePaths } from './_store.ts';
import { supportedGroups } from './_tls-context.ts';
import { type AuthorityFault, fault } from './fault.ts';
import {
  LEAF_CACHE_DEFAULTS,
  LeafCache,
  type LeafCacheSettings,
  type LeafMint,
  type LeafPurpose,
} from './leaf-cache.ts';
import type { SignedLeaf } from './signed-leaf.ts';

export interface AuthorityOptions {
  /** Where clients fetch `crl()`, over plain HTTP: `http://gate.example.com:3128/ca.crl`. Stands in every leaf. */
  readonly crlUrl: string;
  /** Life of a leaf in days, 1 to 47; default 7. One more day lies in the past, for clocks that are behind. */
  readonly leafDays?: number | undefined;
  /** Default LEAF_CACHE_DEFAULTS. */
  readonly cache?: LeafCacheSettings | undefined;
  /** Called before a leaf is used; when it throws, the leaf is not. */
  readonly onSigned?: ((leaf: SignedLeaf) => void) | undefined;
}

/** Opens the CA in `dir` and makes the leaf key of this process. Every worker opens its own. */
export async function openAuthority(wanted: {
  readonly dir: string;
  readonly clock: Clock;
  readonly options: AuthorityOptions;
}): Promise<Result<Authority, AuthorityFault>> {
  const { dir, clock, options } = wanted;
  const wrong = optionFault(options);
  if (wrong !== null) return err(wrong);
  const store = await readUsableStore(dir, clock);
  if (!store.ok) return store;
  const leafKey = await newP256Key();
  return ok(new Authority({ dir, clock, options, leafKey, groups: supportedGroups(), store: store.value }));
}

interface AuthorityParts {
  readonly dir: string;
  readonly clock: Clock;
  readonly options: AuthorityOptions;
  readonly leafKey: KeyObject;
  readonly groups: string;
  readonly store: KeyStore;
}

interface HeldList {
  readonly der: Uint8Array;
  readonly issuer: string;
  readonly madeAtMs: number;
}

export class Authority implements LeafSource {
  readonly #parts: Pick<AuthorityParts, 'dir' | 'clock'>;
  readonly #cache: LeafCache;
  #store: KeyStore;
  #list: HeldList | null = null;
  #listPending: Promise<Uint8Array> | null = null;

  constructor(parts: AuthorityParts) {
    this.#parts = parts;
    this.#store = parts.store;
    const settings = leafSettings(parts);
    const mint: LeafMint = {
      issuer: () => this.#signer().certificate.fingerprint,
      mint: (host, purpose) =>
        mintLeaf({ host, purpose, signer: this.#signer(), nowMs: parts.clock.now() }, settings),
    };
    this.#cache = new LeafCache(mint, parts.clock, parts.options.cache ?? LEAF_CACHE_DEFAULTS);
  }

  /** The CA with its chain in PEM; during a rotation both CAs. */
  get caPem(): string {
    return this.#store.pem;
  }

  /** The certificates in PEM whose keys sign here, now or later: the gate must not believe these upstream. */
  get signingPems(): readonly string[] {
    const { signer, nextSigner } = this.#store;
    return [signer, ...(nextSigner === null ? [] : [nextSigner])].map(({ certificate }) => certificate.pem);
  }

  /** True when the CA that signs now may sign for this host. */
  permits(host: Hostname | IpAddress): boolean {
    return permitsHost(constraintsIn(this.#signer().chain), host);
  }

  leafFor(
    host: Hostname | IpAddress,
    purpose: LeafPurpose,
    client: IpAddress,
  ): Promise<Result<SecureContext, LeafFault>> {
    if (!this.permits(host))
      return Promise.resolve(
        err({
          code: 'leaf-not-permitted',
          detail: `The CA may not sign for ${JSON.stringify(host)}: it is not among its permitted names. Run gatewright ca rotate --permit with it.`,
        }),
      );
    return this.#cache.leafFor(host, purpose, client);
  }

  /** The revocation list of the CA that signs now, in DER; made anew when half of its week is over. Throws when it cannot be made. */
  async crl(): Promise<Uint8Array> {
    const issuer = this.#signer().certificate.fingerprint;
    const held = this.#list;
    const now = this.#parts.clock.now();
    // A list from before the clock was set back is not valid yet.
    const fresh =
      held?.issuer === issuer && now >= held.madeAtMs - CLOCK_SKEW_MS && now < held.madeAtMs + CRL_RENEW_MS;
    if (held !== null && fresh) return held.der;
    this.#listPending ??= this.#makeList().finally(() => {
      this.#listPending = null;
    });
    return this.#listPending;
  }

  /** Reads the key store again, after a rotation or a revocation. On a fault everything stays as it was. */
  async reload(): Promise<Result<null, AuthorityFault>> {
    const prepared = await this.prepareReload();
    if (!prepared.ok) return prepared;
    prepared.value();
    return ok(null);
  }

  /** Reads the key store and gives the act that takes it into use, for whoever reloads several at once. */
  async prepareReload(): Promise<Result<() => void, AuthorityFault>> {
    const store = await readUsableStore(this.#parts.dir, this.#parts.clock);
    if (!store.ok) return store;
    return ok(() => {
      this.#store = store.value;
      this.#list = null;
    });
  }

  #signer(): Signer {
    return signerAt(this.#store, this.#parts.clock.now());
  }

  async #makeList(): Promise<Uint8Array> {
    const now = this.#parts.clock.now();
    const signer = this.#signer();
    const path = storePaths(this.#parts.dir).revoked;
    const text = await readPublicFile(path);
    const revoked = text.ok ? parseRevoked(text.value ?? '') : err(text.error.detail);
    if (!revoked.ok)
      throw new Error(`Cannot make the revocation list from ${JSON.stringify(path)}: ${revoked.error}`);
    const der = await makeRevocationList({
      signer,
      revoked: revoked.value,
      // Seconds since 1970 rise over restarts and are the same in every worker.
      number: Math.floor(now / 1000),
      thisUpdateMs: now - CLOCK_SKEW_MS,
      nextUpdateMs: now + CRL_LIFE_MS,
    });
    this.#list = { der, issuer: signer.certificate.fingerprint, madeAtMs: now };
    return der;
  }
}

function leafSettings({ leafKey, groups, options }: AuthorityParts): LeafSettings {
  return {
    publicKey: createPublicKey(leafKey),
    privateKeyPem: keyText(leafKey),
    groups,
    crlUrl: options.crlUrl,
    days: options.leafDays ?? LEAF_DAYS,
    onSigned: options.onSigned,
  };
}

/** During a rotation the next CA signs from its day on. */
function signerAt({ signer, nextSigner }: KeyStore, nowMs: number): Signer {
  return nextSigner !== null && nowMs >= nextSigner.activateAtMs ? nextSigner : signer;
}

async function readUsableStore(dir: string, clock: Clock): Promise<Result<KeyStore, AuthorityFault>> {
  const store = await readKeyStore(dir);
  if (!store.ok) return store;
  const now = clock.now();
  const ended = signerAt(store.value, now).chain.find((one) => one.notAfterMs <= now);
  if (ended === undefined) return store;
  const detail = `The CA in ${JSON.stringify(dir)} cannot sign: ${JSON.stringify(ended.x509.subject ?? '')} expired on ${new Date(ended.notAfterMs).toISOString()}. Run gatewright ca rotate.`;
  return err(fault('ca-expired', detail));
}

function optionFault(options: AuthorityOptions): AuthorityFault | null {
  const { crlUrl, leafDays = LEAF_DAYS } = options;
  // Clients would need a certificate check to fetch the list that a certificate check needs (RFC 5280 section 8).
  if (!/^http:\/\/[\x21-\x7e]+$/.test(crlUrl))
    return fault(
      'ca-options',
      `Cannot point leaves to the revocation list at ${JSON.stringify(crlUrl)}: it is a plain HTTP address, as http://gate.example.com:3128/ca.crl.`,
    );
  if (!Number.isInteger(leafDays) || leafDays < 1 || leafDays > LEAF_MAX_DAYS)
    return fault(
      'ca-options',
      `Cannot make leaves for ${leafDays} days: it is a whole number from 1 to ${LEAF_MAX_DAYS}.`,
    );
  return null;
}
