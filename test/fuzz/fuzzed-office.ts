// The office that fuzzed traffic goes through: the ways into it, the valid requests in between, and the judgement on what
// went upstream. Must not know what is sent.
import assert from 'node:assert/strict';
import { headerOf } from '../support/gate-answers.ts';
import { EXEMPT_ADDRESS, type InsideWish, inside, type Office, startOffice } from '../support/office.ts';
import {
  forgetOffice,
  officeFaults,
  requestsUpstream,
  type Stamp,
  untilOver,
} from '../support/office-verdict.ts';
import { withScope } from '../support/own-scope.ts';
import type { TestScope } from '../support/test-scope.ts';
import type { Fate } from './lane.ts';

/** Who comes, and what upstream must see of it. */
export interface Way {
  readonly name: string;
  readonly wish: InsideWish;
  readonly stamp: '12345' | null;
}

const OPEN: Way = { name: 'open', wish: {}, stamp: '12345' };

/** Every kind of listener, with and without an exemption. */
export const WAYS: readonly Way[] = [
  OPEN,
  { name: 'stamped user', wish: { user: 'dave' }, stamp: '12345' },
  { name: 'exempt user', wish: { user: 'carol' }, stamp: null },
  { name: 'exempt address', wish: { from: EXEMPT_ADDRESS }, stamp: null },
];

/** So many cases, then a request that must pass. */
const CONTROL_EVERY = 10;

export class FuzzedOffice {
  readonly office: Office;

  private constructor(office: Office) {
    this.office = office;
  }

  static async start(scope: TestScope): Promise<FuzzedOffice> {
    const limits = { connectHeadTimeout: '1s', headTimeout: '2s', idleTimeout: '2s' };
    const fuzzed = new FuzzedOffice(await startOffice(scope, { limits, twin: { extendedConnect: 'yes' } }));
    // Who was verified once is known; nothing after this waits for a password to be checked.
    for (const way of WAYS) await fuzzed.#control(way);
    return fuzzed;
  }

  /** Judges what `deliver` sent, whose every stream is over by then; then everything of it is dropped. */
  async judge(number: number, stamp: Stamp, deliver: (t: TestScope) => Promise<void>): Promise<Fate> {
    try {
      await withScope(deliver);
      await untilOver(this.office);
      const fate = requestsUpstream(this.office) > 0 ? 'through' : 'stopped';
      await this.#assertHolds(stamp);
      if (number % CONTROL_EVERY === 0) await this.#control(WAYS[(number / CONTROL_EVERY) % WAYS.length]);
      return fate;
    } finally {
      forgetOffice(this.office);
    }
  }

  async #assertHolds(stamp: Stamp): Promise<void> {
    const faults = await officeFaults(this.office, stamp);
    // Any token is a method to the gate; llhttp knows a list of them and stops at all others.
    const isStrange = faults.some(({ seen }) => seen.includes('HPE_INVALID_METHOD'));
    assert.deepEqual(
      faults.filter(({ what }) => !isStrange || /^(?:stamp|.*recorded)/.test(what)),
      [],
    );
  }

  async #control({ name, wish }: Way = OPEN): Promise<void> {
    await withScope(async (t) => {
      const connection = await inside(t, this.office, wish);
      await connection.send('GET /control HTTP/1.1\r\nHost: github.com\r\nConnection: close\r\n\r\n');
      const answer = await connection.readAnswer();
      assert.equal(answer.status, 200, `a valid request of ${name} must pass`);
      const nonce = headerOf(answer.headers, 'x-twin-nonce');
      assert.ok(this.office.twin.requests().some((request) => request.nonce === nonce));
    });
    await untilOver(this.office);
    forgetOffice(this.office);
  }
}
