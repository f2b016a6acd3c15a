// The credentials of requests that GitHub would have judged, counted by kind and by fingerprint, in bounded memory.
// Must not know any token, nor whose it is.

/** What GitHub does with a request of this kind where the restriction is stamped (SOURCES.restriction). */
export type TokenFate = 'judged' | 'installation' | 'app' | 'anonymous';

export interface TokenCount {
  /** A kind of `TOKEN_KINDS`, or null for a request without Authorization. */
  readonly kind: string | null;
  readonly fate: TokenFate;
  readonly requests: number;
  /** Different fingerprints. */
  readonly tokens: number;
  /** True when there were more fingerprints than are kept apart. */
  readonly isLeast: boolean;
}

export class TokenCensus {
  readonly #kinds = new Map<string | null, { requests: number; isLeast: boolean; prints: Set<string> }>();

  add(kind: string | null, print: string | null): void {
    const count = this.#kinds.get(kind) ?? { requests: 0, isLeast: false, prints: new Set<string>() };
    this.#kinds.set(kind, count);
    count.requests += 1;
    if (print === null || count.prints.has(print)) return;
    if (count.prints.size < PRINT_LIMIT) count.prints.add(print);
    else count.isLeast = true;
  }

  counts(): readonly TokenCount[] {
    return [...this.#kinds]
      .map(([kind, { requests, isLeast, prints }]) => ({
        ...{ kind, fate: fateOf(kind), requests, isLeast },
        tokens: prints.size,
      }))
      .toSorted((one, other) => other.requests - one.requests);
  }
}

/** A Basic password or a token of an unknown kind may be a user's, so both count as judged. */
function fateOf(kind: string | null): TokenFate {
  if (kind === null) return 'anonymous';
  if (kind === 'ghs') return 'installation';
  return kind === 'jwt' ? 'app' : 'judged';
}

const PRINT_LIMIT = 50_000;
