// kill -9 of the gate's processes under load: every request that upstream saw has its record.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAllRecorded, underFire } from '../support/under-fire.ts';

test('R-48 ten rounds of kill -9, of workers and of the main process, lose no record and break no chain', async (t) => {
  const seed = 7;
  const result = await underFire(t, { rounds: 10, clients: 4, seed });
  assertAllRecorded(result, seed);
  assert.deepEqual(result.kills, { worker: 7, main: 3 });
});
