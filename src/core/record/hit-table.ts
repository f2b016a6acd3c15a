// How often, when first and last, and for example where: per name, in bounded memory.
// Must not know what the names are.

/** What was counted of one name. */
export interface Hits<Name> {
  readonly name: Name;
  readonly connections: number;
  readonly requests: number;
  readonly bytes: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Up to three references, the first ones seen. */
  readonly examples: readonly string[];
}

/** The most frequent names, and how much of the whole they are. */
export interface TopHits<Name> {
  readonly rows: readonly Hits<Name>[];
  /** Names that were counted apart. */
  readonly names: number;
  /** Hits of names that came after the table was full: they are in the sums, and in no row. */
  readonly uncounted: number;
}

export interface Hit {
  readonly stage: 'connection' | 'request';
  readonly atMs: number;
  readonly id: string;
}

/** Up to `NAME_LIMIT` names, first come first kept. */
export class HitTable<Name> {
  readonly #rows = new Map<string, Row<Name>>();
  #uncounted = 0;
  #hits = 0;

  /** All hits, those beyond the table included. */
  get hits(): number {
    return this.#hits;
  }

  hit(key: string, name: Name, hit: Hit): void {
    this.#hits += 1;
    const row = this.#rowOf(key, name, hit.atMs);
    if (row === null) {
      this.#uncounted += 1;
      return;
    }
    if (hit.stage === 'connection') row.connections += 1;
    else row.requests += 1;
    if (hit.atMs < row.firstMs) row.firstMs = hit.atMs;
    if (hit.atMs > row.lastMs) row.lastMs = hit.atMs;
    if (row.examples.length < EXAMPLES) row.examples.push(hit.id);
  }

  /** Adds bytes to a name that has been hit. */
  move(key: string, bytes: number): void {
    const row = this.#rows.get(key);
    if (row !== undefined) row.bytes += bytes;
  }

  top(count: number, by: 'hits' | 'bytes' = 'hits'): TopHits<Name> {
    const weight = (row: Row<Name>): number => (by === 'bytes' ? row.bytes : row.connections + row.requests);
    const sorted = [...this.#rows.values()].toSorted(
      (one, other) => weight(other) - weight(one) || one.firstMs - other.firstMs,
    );
    return { rows: sorted.slice(0, count), names: this.#rows.size, uncounted: this.#uncounted };
  }

  #rowOf(key: string, name: Name, atMs: number): Row<Name> | null {
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    if (this.#rows.size >= NAME_LIMIT) return null;
    const row = { name, connections: 0, requests: 0, bytes: 0, firstMs: atMs, lastMs: atMs, examples: [] };
    this.#rows.set(key, row);
    return row;
  }
}

export const NAME_LIMIT = 50_000;
const EXAMPLES = 3;

interface Row<Name> {
  readonly name: Name;
  connections: number;
  requests: number;
  bytes: number;
  firstMs: number;
  lastMs: number;
  readonly examples: string[];
}
