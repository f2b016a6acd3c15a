// Bodies far larger than the gate's memory may grow, past a reader that pauses: `npm run floods` sends ten gigabytes, this
// a share of it. Must not know how they are carried.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAULTS } from '../floods/faults.ts';

const GIGABYTES = 0.2;

for (const fault of FAULTS.filter(({ name }) => name.startsWith('a large body'))) {
  test(`R-39 ${fault.name} arrives whole, in bounded memory`, async (t) => {
    const { figures, wrong } = await fault.run(t, { gigabytes: GIGABYTES });
    assert.equal(wrong, null, JSON.stringify(figures));
  });
}
