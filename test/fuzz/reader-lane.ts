// Our HTTP/1 readers beside llhttp: whatever they accept, llhttp reads the same out of the same bytes.
// Must not know the gate.
import fc from 'fast-check';
import { assertLlhttpAgrees } from '../support/http1-oracle.ts';
import { http1Stream, oddHttp1Stream } from '../support/http1-streams.ts';
import { type Lane, tryCases } from './lane.ts';

export const readerLane: Lane = {
  name: 'readers',
  through: 'accepted in part or whole',
  cases: 2_000,
  open: async () =>
    tryCases(fc.oneof(http1Stream, oddHttp1Stream), async (text) =>
      (await assertLlhttpAgrees(text)).length > 0 ? 'through' : 'stopped',
    ),
};
