// What a record says in sum: a fold over its events, in memory that does not grow with the record.
// Must not know where events come from, nor how the sum is shown.
import {
  type HitSides,
  type NamedPerson,
  type NamedReason,
  type NamedTable,
  NamedTables,
  type Person,
  personOf,
  Sides,
} from './hit-sides.ts';
import { HitTable, type TopHits } from './hit-table.ts';
import type { RecordedDecision, RecordedOutcome, RecordLine } from './recorded.ts';
import { TokenCensus, type TokenCount } from './token-census.ts';

export interface RecordReport {
  /** First and last event that counted, milliseconds since 1970 UTC; null when none did. */
  readonly period: { readonly fromMs: number; readonly toMs: number } | null;
  readonly events: {
    readonly decisions: number;
    readonly outcomes: number;
    readonly acts: number;
    /** Outside `since` and `until`. */
    readonly outside: number;
    /** Outcomes that name nobody, and whose decision is not in what was read. */
    readonly unjoined: number;
  };
  readonly connections: { readonly intercepted: number; readonly spliced: number; readonly blocked: number };
  readonly requests: { readonly forwarded: number; readonly stamped: number; readonly blocked: number };
  /** Revisions of the policies that decided. */
  readonly policies: readonly string[];
  /** What report mode held back. */
  readonly wouldBlock: HitSides;
  readonly wouldStamp: HitSides;
  /** Requests that would have been stamped, by the kind of their token. */
  readonly tokens: readonly TokenCount[];
  /** What was stopped. */
  readonly blocked: HitSides;
  /** What vendors said of the restriction, by vendor: `github refused`. */
  readonly vendors: readonly NamedTable[];
  /** Signs of an attack, whatever was decided. */
  readonly signs: readonly NamedTable[];
  /** Ends that were failures, by code: a client that does not trust the gate's CA is one. */
  readonly failures: readonly NamedTable[];
  readonly talkers: {
    readonly byRequests: TopHits<Person>;
    readonly byBytes: TopHits<Person>;
    readonly hostsByBytes: TopHits<string>;
  };
}

export interface ReportOptions {
  /** Milliseconds since 1970 UTC; `since` counts, `until` does not. Null: no bound. */
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
  /** Rows of each table. */
  readonly top: number;
}

export class ReportFold {
  readonly #options: ReportOptions;
  readonly #events = { decisions: 0, outcomes: 0, acts: 0, outside: 0, unjoined: 0 };
  readonly #connections = { intercepted: 0, spliced: 0, blocked: 0 };
  readonly #requests = { forwarded: 0, stamped: 0, blocked: 0 };
  readonly #policies = new Set<string>();
  readonly #wouldBlock = new Sides();
  readonly #wouldStamp = new Sides();
  readonly #blocked = new Sides();
  readonly #tokens = new TokenCensus();
  readonly #vendors = new NamedTables();
  readonly #signs = new NamedTables();
  readonly #failures = new NamedTables();
  readonly #people = new HitTable<Person>();
  readonly #hosts = new HitTable<string>();
  readonly #waiting = new Map<string, Waiting>();
  #fromMs = Number.POSITIVE_INFINITY;
  #toMs = Number.NEGATIVE_INFINITY;

  constructor(options: ReportOptions) {
    this.#options = options;
  }

  add(event: RecordLine): void {
    if (!this.#isInside(event.atMs)) {
      this.#events.outside += 1;
      return;
    }
    this.#fromMs = Math.min(this.#fromMs, event.atMs);
    this.#toMs = Math.max(this.#toMs, event.atMs);
    if (event.kind === 'decision') this.#addDecision(event);
    else if (event.kind === 'outcome') this.#addOutcome(event);
    else this.#events.acts += 1;
  }

  report(): RecordReport {
    const { top } = this.#options;
    return {
      period: this.#fromMs > this.#toMs ? null : { fromMs: this.#fromMs, toMs: this.#toMs },
      events: { ...this.#events },
      connections: { ...this.#connections },
      requests: { ...this.#requests },
      policies: [...this.#policies],
      wouldBlock: this.#wouldBlock.sum(top),
      wouldStamp: this.#wouldStamp.sum(top),
      tokens: this.#tokens.counts(),
      blocked: this.#blocked.sum(top),
      vendors: this.#vendors.sum(top),
      signs: this.#signs.sum(top),
      failures: this.#failures.sum(top),
      talkers: {
        byRequests: this.#people.top(top),
        byBytes: this.#people.top(top, 'bytes'),
        hostsByBytes: this.#hosts.top(top, 'bytes'),
      },
    };
  }

  #isInside(atMs: number): boolean {
    const { sinceMs, untilMs } = this.#options;
    return (sinceMs === null || atMs >= sinceMs) && (untilMs === null || atMs < untilMs);
  }

  #addDecision(decision: RecordedDecision): void {
    const { verdict, stage, wouldBlock, restricted, reason, request } = decision;
    this.#events.decisions += 1;
    if (this.#policies.size < POLICY_LIMIT) this.#policies.add(decision.policy);
    if (stage === 'connection') this.#connections[CONNECTION_COUNT[verdict]] += 1;
    else this.#requests[verdict === 'block' ? 'blocked' : 'forwarded'] += 1;
    if (restricted === true) this.#requests.stamped += 1;
    const person = personOf(decision);
    const host = decision.destination;
    this.#people.hit(person.key, person.name, decision);
    this.#hosts.hit(host, host, decision);
    this.#await(decision, person);
    if (verdict === 'block') this.#blocked.hit(reason, { person, host, hit: decision });
    if (wouldBlock !== null) this.#wouldBlock.hit(wouldBlock, { person, host, hit: decision });
    if (decision.isStampHeld || reason.code === 'would-restrict') {
      this.#wouldStamp.hit(RESTRICT, { person, host, hit: decision });
      this.#tokens.add(request?.tokenKind ?? null, request?.tokenPrint ?? null);
    }
    for (const sign of decision.signs) this.#signs.hit(sign, person, decision);
  }

  /** A decision waits for its outcome; of very many, the oldest are given up first. */
  #await(decision: RecordedDecision, person: NamedPerson): void {
    const { id } = decision;
    if (this.#waiting.size >= WAITING_LIMIT) {
      const [oldest] = this.#waiting.keys();
      if (oldest !== undefined) this.#waiting.delete(oldest);
    }
    this.#waiting.set(id, { person, host: decision.destination });
  }

  #addOutcome(outcome: RecordedOutcome): void {
    this.#events.outcomes += 1;
    const decided = this.#waiting.get(outcome.id);
    this.#waiting.delete(outcome.id);
    const { address, destination, atMs, id, stage, vendor, said, failure } = outcome;
    // A line says itself whose it is; one of another version of the gate is joined with its decision.
    const person = address === null ? decided?.person : personOf({ user: outcome.user, address });
    if (person === undefined) {
      this.#events.unjoined += 1;
      return;
    }
    const bytes = outcome.bytesIn + outcome.bytesOut;
    const host = decided?.host ?? destination;
    this.#people.move(person.key, bytes);
    if (host !== null) this.#hosts.move(host, bytes);
    const hit = { stage, atMs, id };
    if (said !== null) this.#vendors.hit(`${vendor ?? ''} ${said}`, person, hit);
    if (failure !== null) this.#failures.hit(failure, person, hit);
  }
}

interface Waiting {
  readonly person: NamedPerson;
  readonly host: string;
}

const WAITING_LIMIT = 100_000;
const POLICY_LIMIT = 100;
const RESTRICT: NamedReason = { code: 'would-restrict', rule: 'restrict' };
const CONNECTION_COUNT = { forward: 'intercepted', splice: 'spliced', block: 'blocked' } as const;
