// A short, seeded share of `npm run fuzz`, bounded by cases, so that it is the same everywhere. Must not know what is fuzzed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Lane } from './lane.ts';

const SEED = 28;

/** How many cases of a lane, and what share of them must get through: a lane that tries only what is refused tries little. */
export type Share = readonly [lane: Lane, cases: number, least: number];

/** One test for each. */
export function testShares(shares: readonly Share[]): void {
  for (const [lane, wanted, least] of shares) {
    test(`R-01, R-28 and R-46 ${lane.name}: fuzzed cases of seed ${SEED}`, async (t) => {
      const { property, tried } = await lane.open(t);
      await fc.assert(property, { seed: SEED, numRuns: wanted });
      const { cases, through } = tried();
      t.diagnostic(`${through} of ${cases} ${lane.through}`);
      assert.ok(through > least * cases && through < cases);
    });
  }
}
