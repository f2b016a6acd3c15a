// The join finds what has no record, a late one, or one that says something else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DecisionEvent } from '../../src/core/record/events.ts';
import { unjoined } from './record-join.ts';
import type { TwinRequest } from './twin.ts';

const HEADER = 'sec-GitHub-allowed-enterprise';
const STAMPED = [{ vendor: 'github', header: HEADER, value: '12345' }];
const RECEIVED_MS = Date.parse('2026-11-21T10:00:00.100Z');

const request: TwinRequest = {
  ...{ nonce: 'n', connection: 0, receivedMs: RECEIVED_MS, method: 'GET', target: '/a?b=1' },
  ...{ headers: ['Host', 'GitHub.com.:443', HEADER, '12345'], trailers: [], bodyBytes: 0, end: 'whole' },
};
const decision: DecisionEvent = {
  ...{
    v: 1,
    at: '2026-11-21T10:00:00.099Z',
    id: 'x-1.1',
    stage: 'request',
    kind: 'decision',
    listener: 'open',
  },
  ...{
    client: { address: '127.0.0.1', port: 1, user: null, userAgent: null },
    destination: 'github.com:443',
    scheme: 'https',
  },
  request: {
    ...{ method: 'GET', path: '/a?b=1', httpVersion: '1.1', websocket: false },
    ...{ userAgent: null, tokenKind: null, tokenPrint: null },
  },
  ...{
    verdict: 'forward',
    reason: { code: 'restricted', rule: 'restrict', exemption: null },
    wouldBlock: null,
    wouldStamps: [],
  },
  ...{ restricted: true, stamps: STAMPED, policy: 'p', signs: [] },
};

const ROWS: readonly { name: string; change: Partial<DecisionEvent>; what: string | null }[] = [
  { name: 'its own record', change: {}, what: null },
  { name: 'one of the same moment', change: { at: '2026-11-21T10:00:00.100Z' }, what: null },
  { name: 'one written after it arrived', change: { at: '2026-11-21T10:00:00.101Z' }, what: 'recorded-late' },
  {
    name: 'one with another stamp',
    change: { stamps: STAMPED.map((stamp) => ({ ...stamp, value: '67890' })) },
    what: 'recorded-otherwise',
  },
  { name: 'one without a stamp', change: { stamps: [] }, what: 'recorded-otherwise' },
  { name: 'one that refused it', change: { verdict: 'block' }, what: 'unrecorded' },
  { name: 'one of another host', change: { destination: 'api.github.com:443' }, what: 'unrecorded' },
  { name: 'one of plain HTTP', change: { scheme: 'http' }, what: 'unrecorded' },
];

for (const { name, change, what } of ROWS) {
  test(`unjoined() judges a request with ${name}`, () => {
    const found = unjoined([{ scheme: 'https', requests: [request] }], [{ ...decision, ...change }], HEADER);
    assert.deepEqual(
      found.map((finding) => finding.what),
      what === null ? [] : [what],
    );
  });
}

test('unjoined() takes each record once', () => {
  const found = unjoined([{ scheme: 'https', requests: [request, request] }], [decision], HEADER);
  assert.deepEqual(
    found.map(({ what }) => what),
    ['unrecorded'],
  );
});
