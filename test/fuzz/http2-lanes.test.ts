// Fuzzed requests over HTTP/2, and over both: a share of each lane. Must not know what is fuzzed.
import { http2FieldsLane, http2Lane } from './http2-lane.ts';
import { namesLane } from './names-lane.ts';
import { testShares } from './share.ts';
import { websocketLane } from './websocket-lane.ts';

testShares([
  [http2Lane, 300, 1 / 3],
  [http2FieldsLane, 150, 1 / 3],
  [namesLane, 100, 1 / 3],
  [websocketLane, 150, 1 / 10],
]);
