// GitHub's published list beside the policy in force, again and again: it reports drift, and changes nothing.
// Must not know how the list is fetched, nor where reports go.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type AllowlistDiff, diffSteps, driftOf, hasDrift } from '../core/policy/compare/allowlist-diff.ts';
import { type PublishedPatterns, publishedPatterns } from '../core/policy/compare/published-patterns.ts';
import type { AllowlistDriftDetail } from '../core/record/events.ts';
import { parsePublishedDomains } from '../core/vendors/github/published-domains.ts';
import type { AllowlistMetricSink, Clock, Log, PolicySource } from '../ports.ts';
import type { PublishedAnswer } from './fetch-published.ts';

export interface AllowlistWatchOptions {
  /** For messages. */
  readonly url: string;
  readonly everyMs: number;
  /** Null: all. */
  readonly categories: readonly string[] | null;
  fetch(etag: string | null, signal: AbortSignal): Promise<PublishedAnswer>;
  readonly policy: PolicySource;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: AllowlistMetricSink;
  /** Writes drift that is there or changed into the record. */
  tellDrift(detail: AllowlistDriftDetail): void;
  /** 0 to 1. */
  random(): number;
  /** Calls `act` once, later; returns the way to call it off. */
  later(ms: number, act: () => void): () => void;
}

/** The last comparison, for whoever asks. */
export interface AllowlistReport {
  readonly source: string;
  /** RFC 3339; null before the list was first read. */
  readonly checkedAt: string | null;
  /** Why the last question brought no list; null when it did. */
  readonly failure: string | null;
  readonly drift: boolean;
  readonly diff: AllowlistDiff | null;
}

/** Asks at once and then every period; compares at once when the policy changes. */
export class AllowlistWatch {
  readonly #options: AllowlistWatchOptions;
  readonly #stopped = new AbortController();
  readonly #forgetPolicy: () => void;
  #known: { readonly etag: string | null; readonly published: PublishedPatterns } | null = null;
  #report: AllowlistReport;
  /** The drift that was told last, as one text; null before any comparison. */
  #told: string | null = null;
  #comparison = 0;
  #callOff: () => void = () => undefined;
  #checking: Promise<void>;

  constructor(options: AllowlistWatchOptions) {
    this.#options = options;
    this.#report = { source: options.url, checkedAt: null, failure: null, drift: false, diff: null };
    this.#forgetPolicy = options.policy.onChange(() => void this.#compare());
    this.#checking = this.#check();
  }

  report(): AllowlistReport {
    return this.#report;
  }

  /** Ends what runs; nothing is told any more. */
  async close(): Promise<void> {
    this.#stopped.abort();
    this.#callOff();
    this.#forgetPolicy();
    await this.#checking;
  }

  async #check(): Promise<void> {
    const { fetch, metrics, log, url } = this.#options;
    const answer = await fetch(this.#known?.etag ?? null, this.#stopped.signal);
    if (this.#stopped.signal.aborted) return;
    const failure = this.#take(answer);
    metrics.allowlistChecked(
      failure !== null ? 'failed' : answer.kind === 'changed' ? 'fetched' : 'unchanged',
    );
    if (failure === null) {
      this.#report = { ...this.#report, checkedAt: this.#now(), failure };
      metrics.allowlistHad(this.#options.clock.now());
      await this.#compare();
    } else {
      this.#report = { ...this.#report, failure };
      log.warn(`GitHub's list of domains could not be read from ${url}; the policy stands as it is.`, {
        failure,
      });
    }
    this.#askLater(failure === null ? this.#options.everyMs : Math.min(this.#options.everyMs, RETRY_MS));
  }

  /** Keeps the list of an answer; or says why there is none. */
  #take(answer: PublishedAnswer): string | null {
    if (answer.kind === 'failed') return answer.detail;
    if (answer.kind === 'unchanged') return this.#known === null ? 'it was not sent' : null;
    const read = parsePublishedDomains(answer.body);
    if (!read.ok) return read.error;
    const unknown = this.#options.categories?.find((name) => !read.value.categories.includes(name));
    if (unknown !== undefined)
      return `it has no category ${JSON.stringify(unknown)}, only ${read.value.categories.join(', ')}`;
    this.#known = { etag: answer.etag, published: publishedPatterns(read.value) };
    return null;
  }

  async #compare(): Promise<void> {
    if (this.#known === null) return;
    const { policy, categories, metrics, log, url, tellDrift } = this.#options;
    const current = policy.current();
    const diff = await this.#inTurns(diffSteps(current, this.#known.published, categories));
    if (diff === null || this.#stopped.signal.aborted) return;
    this.#report = { ...this.#report, drift: hasDrift(diff), diff };
    const drift = driftOf(diff);
    const counts = countsOf(diff);
    metrics.allowlistDrift(counts);
    const text = drift.join('\n');
    if (text === (this.#told ?? '')) {
      this.#told = text;
      return;
    }
    this.#told = text;
    tellDrift({ source: url, policy: current.revision, ...counts, first: drift.slice(0, FIRST).join(', ') });
    if (drift.length === 0)
      log.info("The policy has caught up with GitHub's list of domains.", { source: url });
    else
      log.warn("GitHub's list of domains and the policy differ; gatewright allowlist diff shows how.", {
        source: url,
        ...counts,
        first: drift.slice(0, FIRST),
      });
  }

  /** Serves traffic in between; null when another comparison has begun, or the watch was closed. */
  async #inTurns(steps: ReturnType<typeof diffSteps>): Promise<AllowlistDiff | null> {
    const { clock } = this.#options;
    this.#comparison += 1;
    const own = this.#comparison;
    let sinceMs = clock.monotonic();
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      if (clock.monotonic() - sinceMs < SLICE_MS) continue;
      await nextTurn();
      if (own !== this.#comparison || this.#stopped.signal.aborted) return null;
      sinceMs = clock.monotonic();
    }
  }

  #now(): string {
    return new Date(this.#options.clock.now()).toISOString();
  }

  /** Up to a tenth earlier or later, so that many gates do not ask in the same second. */
  #askLater(ms: number): void {
    const { later, random } = this.#options;
    const spread = ms * (0.9 + 0.2 * random());
    this.#callOff = later(Math.round(spread), () => {
      this.#checking = this.#check();
    });
  }
}

const SLICE_MS = 10;
const RETRY_MS = 900_000;
const FIRST = 10;

function countsOf(diff: AllowlistDiff): Readonly<Record<'missing' | 'unpublished' | 'unreadable', number>> {
  return {
    missing: diff.published.filter(({ state }) => state === 'missing').length,
    unpublished: diff.allowed.filter(({ state }) => state === 'unpublished').length,
    unreadable: diff.unreadable.length,
  };
}
