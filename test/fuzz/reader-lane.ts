// Our HTTP/1 readers beside llhttp: whatever they accept, llhttp reads the same out of the same bytes.
// Must not know the gate.
import fc from 'fast-check';
import { assertLlhttpAgrees } from '../support/http1-oracle.ts';
import { http1Stream } from '../support/http1-streams.ts';
import type { Lane } from './lane.ts';

export const readerLane: Lane = {
  name: 'readers',
  through: 'accepted in part or whole',
  cases: 2_000,
  open: async () => {
    const tried = { cases: 0, through: 0 };
    const property = fc.asyncProperty(http1Stream, async (text) => {
      const requests = await assertLlhttpAgrees(text);
      tried.cases += 1;
      if (requests.length > 0) tried.through += 1;
    });
    return { property, tried: () => tried };
  },
};
