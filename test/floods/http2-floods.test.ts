// Floods of HTTP/2 frames inside a tunnel: the session ends with the right word, a member elsewhere is served meanwhile,
// and what reached upstream is bounded. Frames are written by hand, since no library would send them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gateSays } from '../support/gate-answers.ts';
import { askHttp2 } from '../support/http2-client.ts';
import {
  continuationFrame,
  dataFrame,
  FLAG,
  FRAME,
  frameOf,
  goAwayCode,
  headersFrame,
  indexedLiteral,
  literalFields,
  newestEntry,
  PREFACE,
  pingFrame,
  readFrames,
  resetFrame,
  settingsFrame,
  windowUpdateFrame,
} from '../support/http2-frames.ts';
import { memberElsewhere, memberInside } from '../support/member.ts';
import { inside, insideHttp2, startOffice } from '../support/office.ts';
import { fileScope } from '../support/test-scope.ts';
import { untilTrue } from '../support/until.ts';

const LIMITS = {
  streamResets: 50,
  streamResetsPerSecond: 1,
  emptyFrames: 100,
  controlFramesPerSecond: 100,
  streamsPerConnection: 20,
};
const office = await startOffice(fileScope(), { limits: LIMITS });
const GET = [':method', 'GET', ':path', '/flood', ':scheme', 'https', ':authority', 'github.com'];
const POST = [':method', 'POST', ...GET.slice(2)];
const CALM = 11;

const times = (count: number, frame: (stream: number) => Buffer): Buffer[] =>
  Array.from({ length: count }, (_, at) => frame(1 + 2 * at));

interface Row {
  readonly name: string;
  readonly sent: readonly Buffer[];
  readonly code: 'http2-limit' | 'bad-request';
  /** Requests that may reach upstream before the end. */
  readonly upstream: number;
  readonly goAway?: number;
}

const ROWS: readonly Row[] = [
  {
    name: 'rapid reset (CVE-2023-44487)',
    sent: times(2_000, (stream) => Buffer.concat([openStream(stream), resetFrame(stream, 8)])),
    code: 'http2-limit',
    // Those at once, and what comes back while a slow machine reads them.
    upstream: 2 * LIMITS.streamResets,
    goAway: CALM,
  },
  {
    name: 'CONTINUATION without end (CVE-2024-27316)',
    sent: [headersFrame(GET, { stream: 1, flags: FLAG.endStream }), ...continuations(1_000, 'x')],
    code: 'http2-limit',
    upstream: 0,
  },
  {
    name: 'empty CONTINUATION without end',
    sent: [headersFrame(GET, { stream: 1, flags: FLAG.endStream }), ...continuations(1_000, '')],
    code: 'http2-limit',
    upstream: 0,
  },
  { name: 'PING', sent: times(300, pingFrame), code: 'http2-limit', upstream: 0 },
  { name: 'SETTINGS', sent: times(300, () => settingsFrame()), code: 'http2-limit', upstream: 0 },
  {
    name: 'one SETTINGS with too much in it',
    sent: [settingsFrame(Array.from({ length: 1_000 }, () => [3, 100] as const))],
    code: 'bad-request',
    upstream: 0,
  },
  {
    name: 'empty DATA (CVE-2019-9518)',
    sent: [headersFrame(POST, { stream: 1, flags: FLAG.endHeaders }), ...times(2_000, () => dataFrame(1, 0))],
    code: 'http2-limit',
    upstream: 1,
  },
  {
    name: 'empty HEADERS',
    sent: times(2_000, (stream) => headersFrame([], { stream, flags: FLAG.endStream | FLAG.endHeaders })),
    code: 'http2-limit',
    upstream: 0,
  },
  {
    name: 'HPACK bombs',
    sent: times(200, (stream) =>
      frameOf(
        { type: FRAME.headers, flags: FLAG.endStream | FLAG.endHeaders, stream },
        Buffer.concat([literalFields(GET), indexedLiteral('x-bomb', 'x'.repeat(4_000)), newestEntry(8_000)]),
      ),
    ),
    code: 'http2-limit',
    upstream: 0,
    goAway: CALM,
  },
  {
    name: 'resets by window updates of nothing',
    sent: times(2_000, (stream) => Buffer.concat([openStream(stream), windowUpdateFrame(stream, 0)])),
    code: 'bad-request',
    upstream: 1,
  },
  {
    name: 'a frame over the size that was agreed',
    sent: [dataFrame(1, 0, Buffer.alloc(17_000))],
    code: 'bad-request',
    upstream: 0,
  },
];

describe('R-38 a flood of HTTP/2 ends with its session, and a member elsewhere is served:', () => {
  for (const row of ROWS) {
    test(row.name, async (t) => {
      const ask = memberElsewhere(t, office);
      const before = office.twin.requests().length;
      const port = await flood(t, row.sent);
      await ask();
      const outcome = await outcomeOf(port.id());
      assert.equal(outcome.failure?.code, row.code, JSON.stringify(outcome.failure));
      const frames = readFrames(await port.received);
      if (row.goAway !== undefined) assert.equal(goAwayCode(frames), row.goAway);
      const floods = office.twin
        .requests()
        .slice(before)
        .filter(({ target }) => target === '/flood');
      assert.ok(floods.length <= row.upstream, `${floods.length} requests reached upstream`);
    });
  }
});

describe('R-38 a flood of HTTP/2 that costs nothing keeps only its own connection busy:', () => {
  const rows: readonly {
    readonly name: string;
    readonly sent: readonly Buffer[];
    readonly upstream: number;
  }[] = [
    {
      name: 'streams beyond the limit',
      sent: times(500, (stream) => headersFrame(POST, { stream, flags: FLAG.endHeaders })),
      upstream: LIMITS.streamsPerConnection,
    },
    { name: 'window updates', sent: times(5_000, () => windowUpdateFrame(0, 1)), upstream: 0 },
  ];
  for (const row of rows) {
    test(row.name, async (t) => {
      const askHere = await memberInside(t, office);
      const ask = memberElsewhere(t, office);
      const before = office.twin.requests().length;
      await flood(t, row.sent);
      await ask();
      await askHere();
      const floods = office.twin
        .requests()
        .slice(before)
        .filter(({ target }) => target === '/flood');
      assert.ok(floods.length <= row.upstream, `${floods.length} requests reached upstream`);
    });
  }
});

test('R-38 a target over its limit is 414 on HTTP/2 too', async (t) => {
  const session = await insideHttp2(t, office);
  const long = await askHttp2(session, { ':path': `/${'a'.repeat(16_384)}` });
  assert.deepEqual([long.status, gateSays(long.headers).code], [414, 'bad-request']);
  assert.equal((await askHttp2(session, { ':path': `/${'a'.repeat(16_000)}` })).status, 200);
});

describe('R-38 HTTP/2 streams that stall', () => {
  test('in front of a window of nothing are ended after the idle time, forwarded or answered by the gate', async (t) => {
    const limits = { ...LIMITS, idleTimeout: '200ms', answerTimeout: '200ms', drainTimeout: '50ms' };
    const slow = await startOffice(t, {
      authority: office.authority,
      upstreamPort: office.twin.port,
      limits,
    });
    const connection = await inside(t, slow, { alpn: ['h2'] });
    const refused = [...GET.slice(0, 2), ':path', '/settings/tokens', ...GET.slice(4)];
    const sent = [
      PREFACE,
      settingsFrame([[4, 0]]),
      openStream(1),
      headersFrame(refused, { stream: 3, flags: 5 }),
    ];
    await connection.send(Buffer.concat(sent));
    const forwarded = await slow.gate.pair(({ request }) => request?.path === '/flood');
    assert.equal(forwarded.outcome.failure?.code, 'idle-timeout');
    const answered = await slow.gate.pair(({ request }) => request?.path === '/settings/tokens');
    assert.equal(answered.outcome.by, 'gate');
  });

  test('in a header block that never ends are ended with their session in the time for a head', async (t) => {
    const limits = { ...LIMITS, headTimeout: '200ms', drainTimeout: '50ms' };
    const slow = await startOffice(t, {
      authority: office.authority,
      upstreamPort: office.twin.port,
      limits,
    });
    const connection = await inside(t, slow, { alpn: ['h2'] });
    const block = headersFrame(GET, { stream: 1, flags: FLAG.endStream });
    await connection.send(Buffer.concat([PREFACE, settingsFrame(), block]));
    await connection.readToEnd();
    const stages = (kind: 'decision' | 'outcome'): readonly string[] =>
      slow.gate.events().flatMap((event) => (event.kind === kind ? [event.stage] : []));
    await untilTrue(() => stages('outcome').length > 0, 'the connection has no outcome');
    // The connection was decided and ended; no request came of it.
    assert.deepEqual([stages('decision'), stages('outcome')], [['connection'], ['connection']]);
  });
});

function openStream(stream: number): Buffer {
  return headersFrame(GET, { stream, flags: FLAG.endStream | FLAG.endHeaders });
}

function continuations(count: number, value: string): Buffer[] {
  const block = value === '' ? Buffer.alloc(0) : literalFields(['x-more', value.repeat(100)]);
  return Array.from({ length: count }, () => continuationFrame(1, FLAG.none, block));
}

interface Flood {
  readonly id: () => string;
  readonly received: Promise<Buffer>;
}

/** Sends the frames on a tunnel of its own; the tunnel's id is found in the record by the client's port. */
async function flood(t: Parameters<typeof inside>[0], sent: readonly Buffer[]): Promise<Flood> {
  const connection = await inside(t, office, { alpn: ['h2'] });
  const { localPort } = connection.socket;
  const received = connection.readToEnd();
  connection.socket.write(Buffer.concat([PREFACE, settingsFrame(), ...sent]));
  const id = (): string => {
    const events = office.gate.events();
    const found = events.find((event) => event.kind === 'decision' && event.client.port === localPort);
    return found?.kind === 'decision' ? found.id : '';
  };
  return { id, received };
}

async function outcomeOf(id: string): Promise<{ readonly failure: { readonly code: string } | null }> {
  const find = () => office.gate.events().find((event) => event.kind === 'outcome' && event.id === id);
  await untilTrue(() => find() !== undefined, 'the flooded connection has no outcome');
  const found = find();
  assert.equal(found?.kind, 'outcome');
  return found?.kind === 'outcome' ? found : { failure: null };
}
