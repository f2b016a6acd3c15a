// Whatever our parser accepts, Node's strict one must accept too, and read the same requests out of the same bytes:
// then no server behind the gate can be made to see another request than the gate judged.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assertLlhttpAgrees } from '../../../test/support/http1-oracle.ts';
import { http1Stream } from '../../../test/support/http1-streams.ts';

// A short share; `npm run fuzz` goes on for as long as one likes.
const RUNS = 4_000;
const SEED = 28;

test('R-28 whatever readRequestHead() and the body decoders accept, llhttp reads the same from the same bytes', async () => {
  const seen = { accepted: 0, refused: 0, bodies: 0 };
  await fc.assert(
    fc.asyncProperty(http1Stream, async (text) => {
      const requests = await assertLlhttpAgrees(text);
      seen[requests.length > 0 ? 'accepted' : 'refused'] += 1;
      seen.bodies += requests.filter(({ body }) => body !== '').length;
    }),
    { numRuns: RUNS, seed: SEED },
  );
  assert.ok(
    seen.accepted > RUNS / 5 && seen.refused > RUNS / 20 && seen.bodies > RUNS / 10,
    JSON.stringify(seen),
  );
});
