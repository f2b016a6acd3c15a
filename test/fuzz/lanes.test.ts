// Fuzzed requests over HTTP/1.1, a share of each lane. Must not know what is fuzzed.
import { absoluteLane } from './absolute-lane.ts';
import { connectLane } from './connect-lane.ts';
import { http1Lane } from './http1-lane.ts';
import { readerLane } from './reader-lane.ts';
import { testShares } from './share.ts';

testShares([
  [readerLane, 1_000, 1 / 3],
  [http1Lane, 300, 1 / 3],
  [connectLane, 400, 1 / 10],
  [absoluteLane, 300, 1 / 5],
]);
