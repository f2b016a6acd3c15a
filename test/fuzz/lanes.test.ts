// A short, seeded share of `npm run fuzz`, bounded by cases, so that it is the same everywhere. Must not know what is fuzzed.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { absoluteLane } from './absolute-lane.ts';
import { connectLane } from './connect-lane.ts';
import { http1Lane } from './http1-lane.ts';
import { http2FieldsLane, http2Lane } from './http2-lane.ts';
import type { Lane } from './lane.ts';
import { namesLane } from './names-lane.ts';
import { readerLane } from './reader-lane.ts';
import { websocketLane } from './websocket-lane.ts';

const SEED = 28;
/** How many cases of each lane, and what share of them must get through: a lane that tries only what is refused tries little. */
const SHARES: readonly (readonly [lane: Lane, cases: number, least: number])[] = [
  [readerLane, 1_000, 1 / 3],
  [http1Lane, 300, 1 / 3],
  [http2Lane, 300, 1 / 3],
  [http2FieldsLane, 150, 1 / 3],
  [connectLane, 400, 1 / 10],
  [namesLane, 100, 1 / 3],
  [absoluteLane, 300, 1 / 5],
  [websocketLane, 150, 1 / 10],
];

describe(`R-01, R-28 and R-46 fuzzed cases of seed ${SEED}`, () => {
  for (const [lane, wanted, least] of SHARES) {
    test(lane.name, async (t) => {
      const { property, tried } = await lane.open(t);
      await fc.assert(property, { seed: SEED, numRuns: wanted });
      const { cases, through } = tried();
      t.diagnostic(`${through} of ${cases} ${lane.through}`);
      assert.ok(through > least * cases && through < cases);
    });
  }
});
