// Hits looked at from several sides: by rule, by person, by host; and tables that bear a name.
// Must not know what is counted as a hit.
import { type Hit, HitTable, type TopHits } from './hit-table.ts';
import type { RecordedReason } from './recorded.ts';

/** A user of the proxy, or the address where nobody said who it was. */
export interface Person {
  readonly user: string | null;
  readonly address: string | null;
}

export interface NamedReason {
  readonly code: string;
  readonly rule: string | null;
}

/** The same hits, looked at from three sides. */
export interface HitSides {
  readonly connections: number;
  readonly requests: number;
  readonly rules: TopHits<NamedReason>;
  readonly people: TopHits<Person>;
  readonly hosts: TopHits<string>;
}

/** One kind of thing that happened, and to whom. */
export interface NamedTable {
  readonly name: string;
  readonly hits: number;
  readonly people: TopHits<Person>;
}

/** A person with the key it is counted under. */
export interface NamedPerson {
  readonly key: string;
  readonly name: Person;
}

/** A user and an address of the same spelling are two. */
export function personOf({
  user,
  address,
}: {
  readonly user: string | null;
  readonly address: string;
}): NamedPerson {
  if (user !== null) return { key: `u ${user}`, name: { user, address: null } };
  return { key: `a ${address}`, name: { user: null, address } };
}

/** Hits by rule, by person and by host. */
export class Sides {
  readonly #rules = new HitTable<NamedReason>();
  readonly #people = new HitTable<Person>();
  readonly #hosts = new HitTable<string>();
  readonly #counts = { connection: 0, request: 0 };

  hit(
    { code, rule }: RecordedReason | NamedReason,
    at: { readonly person: NamedPerson; readonly host: string; readonly hit: Hit },
  ): void {
    const { person, host, hit } = at;
    this.#counts[hit.stage] += 1;
    this.#rules.hit(`${code} ${rule ?? ''}`, { code, rule }, hit);
    this.#people.hit(person.key, person.name, hit);
    this.#hosts.hit(host, host, hit);
  }

  sum(top: number): HitSides {
    return {
      connections: this.#counts.connection,
      requests: this.#counts.request,
      rules: this.#rules.top(top),
      people: this.#people.top(top),
      hosts: this.#hosts.top(top),
    };
  }
}

/** Tables of people by a name, such as a failure's code. Names are the gate's own and few; what is beyond is left out. */
export class NamedTables {
  readonly #tables = new Map<string, HitTable<Person>>();

  hit(name: string, person: NamedPerson, hit: Hit): void {
    const known = this.#tables.get(name);
    if (known === undefined && this.#tables.size >= TABLE_LIMIT) return;
    const table = known ?? new HitTable<Person>();
    this.#tables.set(name, table);
    table.hit(person.key, person.name, hit);
  }

  sum(top: number): readonly NamedTable[] {
    return [...this.#tables]
      .map(([name, table]) => ({ name, hits: table.hits, people: table.top(top) }))
      .toSorted((one, other) => other.hits - one.hits);
  }
}

const TABLE_LIMIT = 100;
