// A short, seeded share of `npm run fuzz`. Must not know what is fuzzed.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { connectLane } from './connect-lane.ts';
import { gateLane } from './gate-lane.ts';
import { readerLane } from './reader-lane.ts';

const SEED = 28;
const CASES = 200;

describe(`R-28 ${CASES} fuzzed cases of seed ${SEED}`, () => {
  for (const lane of [readerLane, gateLane, connectLane]) {
    test(lane.name, async (t) => {
      const { property, tried } = await lane.open(t);
      await fc.assert(property, { seed: SEED, numRuns: CASES });
      const { cases, through } = tried();
      t.diagnostic(`${through} of ${cases} ${lane.through}`);
      assert.ok(through > 0 && through < cases);
    });
  }
});
