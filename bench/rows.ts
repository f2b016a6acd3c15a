// The table: every kind of work, who does it, and how fast the gate must be beside whom.
// Must not know how anything is measured.
import type { ContestantKind } from './contestant.ts';
import { decisionRow, type InnerRow } from './decision.ts';
import { bareGate, gate, oneWorker, twoWorkers } from './gate.ts';
import { loadHttp1, loadHttp2, loadNew } from './load.ts';
import { type Measure, perGibibyte, perIdleConnection, perRequest } from './measure.ts';
import { mitmproxy } from './mitmproxy.ts';
import { recordRow } from './record.ts';
import { squidBump, squidPeekBump, squidPeekSplice, squidTunnel } from './squid.ts';

/** The gate's figure divided by the best of `against` is to be no more than `ratio`. */
export interface Target {
  readonly against: readonly ContestantKind[];
  readonly ratio: number;
}

export interface Row {
  readonly id: string;
  readonly title: string;
  readonly unit: 'µs' | 's' | 'kB';
  readonly contestants: readonly ContestantKind[];
  readonly measure: Measure;
  readonly targets: readonly Target[];
}

const SQUID_BUMPS = [squidBump, squidPeekBump];
const SQUID_SPLICES = [squidTunnel, squidPeekSplice];

const keepAlive = perRequest({ side: 'stamped', path: '/200', load: loadHttp1 });

export const ROWS: readonly Row[] = [
  {
    id: 'http1',
    title: 'intercepted request, HTTP/1.1, 200 B, keep-alive',
    unit: 'µs',
    contestants: [gate, ...SQUID_BUMPS, mitmproxy],
    measure: keepAlive,
    targets: [{ against: SQUID_BUMPS, ratio: 0.9 }],
  },
  {
    id: 'http2',
    title: 'intercepted request, HTTP/2, 200 B, 4 streams at a time',
    unit: 'µs',
    contestants: [gate, mitmproxy],
    measure: perRequest({ side: 'stamped', path: '/200', load: loadHttp2 }),
    targets: [{ against: [mitmproxy], ratio: 1 / 20 }],
  },
  {
    id: '64k',
    title: 'intercepted request, HTTP/1.1, 64 KiB, keep-alive',
    unit: 'µs',
    contestants: [gate, ...SQUID_BUMPS],
    measure: perRequest({ side: 'stamped', path: '/64k', load: loadHttp1 }),
    targets: [{ against: SQUID_BUMPS, ratio: 1 }],
  },
  {
    id: 'new',
    title: 'new intercepted connection: CONNECT, TLS, one request',
    unit: 'µs',
    contestants: [gate, ...SQUID_BUMPS, mitmproxy],
    measure: perRequest({ side: 'stamped', path: '/200', load: loadNew }),
    targets: [
      { against: SQUID_BUMPS, ratio: 0.7 },
      { against: [squidPeekBump], ratio: 1 / 7 },
    ],
  },
  {
    id: 'bulk',
    title: 'download of 1 GiB, intercepted',
    unit: 's',
    contestants: [gate, ...SQUID_BUMPS, mitmproxy],
    measure: perGibibyte('stamped'),
    targets: [{ against: SQUID_BUMPS, ratio: 0.5 }],
  },
  {
    id: 'splice',
    title: 'spliced request, 200 B, keep-alive',
    unit: 'µs',
    contestants: [gate, ...SQUID_SPLICES, mitmproxy],
    measure: perRequest({ side: 'spliced', path: '/200', load: loadHttp1 }),
    targets: [{ against: SQUID_SPLICES, ratio: 1 }],
  },
  {
    id: 'splice-new',
    title: 'new spliced connection, one request',
    unit: 'µs',
    contestants: [gate, ...SQUID_SPLICES, mitmproxy],
    measure: perRequest({ side: 'spliced', path: '/200', load: loadNew }),
    targets: [{ against: SQUID_SPLICES, ratio: 1 }],
  },
  {
    id: 'splice-bulk',
    title: 'download of 1 GiB, spliced',
    unit: 's',
    contestants: [gate, ...SQUID_SPLICES, mitmproxy],
    measure: perGibibyte('spliced'),
    targets: [{ against: SQUID_SPLICES, ratio: 1 }],
  },
  {
    id: 'idle',
    title: 'memory of an idle intercepted connection',
    unit: 'kB',
    contestants: [gate, ...SQUID_BUMPS],
    measure: perIdleConnection,
    targets: [{ against: SQUID_BUMPS, ratio: 0.4 }],
  },
  {
    id: 'everything',
    title: 'the same as the first row, with policy, record, metrics and users beside without',
    unit: 'µs',
    contestants: [gate, bareGate],
    measure: keepAlive,
    targets: [{ against: [bareGate], ratio: 1.25 }],
  },
  {
    id: 'workers',
    title: 'the same as the first row, with two workers beside one',
    unit: 'µs',
    contestants: [twoWorkers, oneWorker],
    // On one core the two compile the same twice, in the same time; that is paid once a day, not per request.
    measure: perRequest({ side: 'stamped', path: '/200', load: loadHttp1, warmSeconds: 15 }),
    targets: [{ against: [oneWorker], ratio: 1.1 }],
  },
];

export const INNER_ROWS: readonly InnerRow[] = [decisionRow, recordRow];
