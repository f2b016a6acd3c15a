// The sessions that one request is tried on: what refused it unprocessed is given up (RFC 9113 section 8.7).
// Must not know how a request is asked, or what its client is told.
import type { RequestRecord } from '../request/request-record.ts';
import type { Http2Upstream } from '../upstream/http2-upstream.ts';

/** So many sessions that refuse a request, and have taken none, are enough. */
const FRUITLESS_SESSIONS = 3;

export class SessionTries {
  readonly #record: RequestRecord;
  /** Sessions that took nothing at all of what they were asked. */
  #fruitless = 0;
  /** The one that is tried. */
  session: Http2Upstream;

  constructor(first: Http2Upstream, record: RequestRecord) {
    this.session = first;
    this.#record = record;
  }

  /** Upstream has shown that it takes nothing, whatever it says. */
  get areFruitless(): boolean {
    return this.#fruitless >= FRUITLESS_SESSIONS;
  }

  /** The session refused the request unprocessed, which is recorded; says how. */
  refused(): string {
    const { session } = this;
    this.#record.repeats.push(session.refusal);
    if (session.isFruitless) this.#fruitless += 1;
    session.retire();
    return session.refusal;
  }
}
