// HTTP/2 inside the tunnel, by clients that mean harm: pseudo-headers, values, floods, more than one may open.
// A good stream on the same or a new session must pass.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ClientHttp2Session } from 'node:http2';
import { describe, test } from 'node:test';
import { gateSays } from '../support/gate-answers.ts';
import { Http2Answers } from '../support/http2-answers.ts';
import { askHttp2, type Http2Answer } from '../support/http2-client.ts';
import {
  continuationFrame,
  dataFrame,
  FLAG,
  FRAME,
  frameOf,
  headersFrame,
  PREFACE,
  settingsFrame,
} from '../support/http2-frames.ts';
import { inside, insideHttp2, STAMP, startOffice } from '../support/office.ts';
import { assertOfficeHolds } from '../support/office-verdict.ts';
import { fileScope } from '../support/test-scope.ts';
import { untilTrue } from '../support/until.ts';

const office = await startOffice(fileScope(), { limits: { streamsPerConnection: 20 } });
const { gate, twin } = office;
const SETTINGS = settingsFrame();
const GOOD = { ':method': 'GET', ':path': '/good', ':scheme': 'https', ':authority': 'github.com' };

describe('R-34 a stream that is no request is refused, and goes no further', () => {
  const rows: readonly { name: string; headers: readonly string[] }[] = [
    { name: 'another scheme', headers: lines({ ':scheme': 'http' }) },
    { name: 'an empty path', headers: lines({ ':path': '' }) },
    { name: 'an absolute path', headers: lines({ ':path': 'https://github.com/x' }) },
    { name: 'a path with a blank', headers: lines({ ':path': '/x y' }) },
    { name: 'a path with a fragment', headers: lines({ ':path': '/x#y' }) },
    { name: 'a path with a NUL', headers: lines({ ':path': '/x%00' }) },
    { name: 'TRACE', headers: lines({ ':method': 'TRACE' }) },
    { name: 'a plain CONNECT', headers: [':method', 'CONNECT', ':authority', 'evil.example:443'] },
    {
      name: 'an extended CONNECT that is no WebSocket',
      headers: [...lines({ ':method': 'CONNECT' }), ':protocol', 'connect-tcp'],
    },
    { name: 'a protocol without CONNECT', headers: [...lines({}), ':protocol', 'websocket'] },
    { name: 'two hosts', headers: [...lines({}), 'host', 'github.com', 'host', 'evil.example'] },
    { name: 'userinfo in the authority', headers: lines({ ':authority': 'evil@github.com' }) },
  ];
  for (const row of rows) {
    test(row.name, async (t) => {
      const session = await insideHttp2(t, office);
      const before = twin.requests().length;
      const answer = await attempt(session, row.headers);
      assert.ok([0, 400, 403, 421].includes(answer.status), String(answer.status));
      assert.equal(twin.requests().length, before);
      await control(t);
    });
  }
});

describe('R-34 raw frames that no library would send end the session', () => {
  const rows: readonly { name: string; bytes: Buffer }[] = [
    {
      name: 'no authority and no host',
      bytes: Buffer.concat([
        PREFACE,
        SETTINGS,
        headersFrame([':method', 'GET', ':scheme', 'https', ':path', '/x']),
      ]),
    },
    { name: 'no preface', bytes: Buffer.from('GET / HTTP/1.1\r\nHost: github.com\r\n\r\n') },
    {
      name: 'DATA on a stream that was not opened',
      bytes: Buffer.concat([PREFACE, SETTINGS, dataFrame(1, 0, Buffer.from('x'))]),
    },
    {
      name: 'PUSH_PROMISE of a client',
      bytes: Buffer.concat([
        PREFACE,
        SETTINGS,
        frameOf({ type: FRAME.pushPromise, flags: 4, stream: 1 }, Buffer.alloc(4)),
      ]),
    },
    {
      name: 'CONTINUATION alone',
      bytes: Buffer.concat([PREFACE, SETTINGS, continuationFrame(1, 4, Buffer.alloc(1))]),
    },
    {
      name: 'upper-case names',
      bytes: Buffer.concat([PREFACE, SETTINGS, headersFrame([...lines({}), 'X-Upper', '1'])]),
    },
    {
      name: 'CR LF in a path',
      bytes: Buffer.concat([PREFACE, SETTINGS, headersFrame(lines({ ':path': '/x HTTP/1.1\r\nX: y' }))]),
    },
    {
      name: 'two paths',
      bytes: Buffer.concat([PREFACE, SETTINGS, headersFrame([...lines({}), ':path', '/y'])]),
    },
    {
      name: 'two authorities',
      bytes: Buffer.concat([PREFACE, SETTINGS, headersFrame([...lines({}), ':authority', 'evil.example'])]),
    },
    {
      name: 'a late pseudo-header',
      bytes: Buffer.concat([PREFACE, SETTINGS, headersFrame(['x-a', '1', ...lines({})])]),
    },
    {
      name: 'transfer-encoding',
      bytes: Buffer.concat([PREFACE, SETTINGS, headersFrame([...lines({}), 'transfer-encoding', 'chunked'])]),
    },
    {
      name: 'connection',
      bytes: Buffer.concat([
        PREFACE,
        SETTINGS,
        headersFrame([...lines({}), 'connection', STAMP.toLowerCase()]),
      ]),
    },
    {
      name: 'a content-length that lies',
      bytes: Buffer.concat([
        PREFACE,
        SETTINGS,
        headersFrame([...lines({ ':method': 'POST' }), 'content-length', '10']),
      ]),
    },
  ];
  for (const row of rows) {
    test(row.name, async (t) => {
      const before = twin.requests().length;
      await sendRaw(t, row.bytes);
      assert.equal(twin.requests().length, before);
      await control(t);
    });
  }
});

describe('R-38 what floods a session ends with it', () => {
  test('more header lines than may be, as cookie crumbs', async (t) => {
    const session = await insideHttp2(t, office);
    const crumbs = Array.from({ length: 400 }, (_, at) => ['cookie', `c${at}=1`]).flat();
    const before = twin.requests().length;
    const answer = await attempt(session, [...lines({}), ...crumbs]);
    assert.notEqual(answer.status, 200);
    assert.equal(twin.requests().length, before);
    await control(t);
  });

  test('a header block over 64 KiB', async (t) => {
    const session = await insideHttp2(t, office);
    const answer = await attempt(session, [...lines({}), 'x-a', 'a'.repeat(100_000)]);
    assert.notEqual(answer.status, 200);
    await control(t);
  });

  test('streams beyond the limit wait or are refused, and the others are answered', async (t) => {
    const session = await insideHttp2(t, office);
    const answers = await Promise.all(Array.from({ length: 60 }, () => attempt(session, lines({}))));
    assert.equal(answers.filter(({ status }) => status === 200).length, 60);
  });

  test('rapid reset', async (t) => {
    const session = await insideHttp2(t, office);
    const closed = once(session, 'close');
    for (let at = 0; at < 2_000 && !session.destroyed; at += 1) {
      const stream = session.request({ ...GOOD, ':path': '/reset' });
      stream.on('error', () => undefined);
      stream.close(8);
    }
    session.destroy();
    await closed;
    await control(t);
  });
});

test('R-34 a header that a client says twice goes up twice, whatever it is', async (t) => {
  const connection = await inside(t, office, { alpn: ['h2'] });
  const answers = new Http2Answers(connection.socket);
  const twice = [
    'user-agent',
    'a',
    'user-agent',
    'b',
    'authorization',
    'token x',
    'authorization',
    'token y',
  ];
  await connection.send(Buffer.concat([PREFACE, SETTINGS, headersFrame([...lines({}), ...twice])]));
  await untilTrue(() => answers.areOver([1]), 'no answer');
  const [[, nonce] = [0, '']] = answers.valuesOf('x-twin-nonce');
  const seen = twin.requests().find((request) => request.nonce === nonce)?.headers ?? [];
  assert.deepEqual(
    seen.filter((_, at) => twice.includes(seen[at - (at % 2)] ?? '')),
    twice,
  );
});

describe('R-38 an answer for which the client opens no window', () => {
  // SETTINGS_INITIAL_WINDOW_SIZE (RFC 9113 section 6.5.2) of 0.
  const closed = Buffer.concat([PREFACE, settingsFrame([[4, 0]])]);
  const rows: readonly { name: string; path: string; failure: string | undefined }[] = [
    { name: 'of the gate itself is dropped in time', path: '/settings/tokens', failure: undefined },
    { name: 'of upstream is dropped when nothing moves', path: '/untaken', failure: 'idle-timeout' },
  ];
  for (const { name, path, failure } of rows) {
    test(name, async (t) => {
      const hasty = await startOffice(t, { limits: { answerTimeout: '100ms', idleTimeout: '100ms' } });
      const connection = await inside(t, hasty, { alpn: ['h2'] });
      const answers = new Http2Answers(connection.socket);
      await connection.send(Buffer.concat([closed, headersFrame(lines({ ':path': path }))]));
      const { outcome } = await hasty.gate.pair(({ request }) => request?.path === path);
      assert.equal(outcome.failure?.code, failure);
      await untilTrue(() => answers.areOver([1]), 'the stream is still open');
    });
  }
});

test('R-38 a session that is told to go, and whose client then breaks the protocol, ends with all its streams', async (t) => {
  const connection = await inside(t, office, { alpn: ['h2'] });
  // A stream that is answered 421 retires the session; DATA on stream 0 is a fault of the connection (RFC 9113, 6.1).
  const fields = lines({ ':authority': 'api.github.com', ':path': '/misdirected' });
  await connection.send(
    Buffer.concat([
      ...[PREFACE, SETTINGS, headersFrame(fields)],
      frameOf({ type: FRAME.data, flags: FLAG.none, stream: 0 }, Buffer.alloc(0)),
    ]),
  );
  const { decision } = await gate.pair(({ request }) => request?.path === '/misdirected');
  const ofConnection = decision.id.replace(/\.\d+$/, '');
  await gate.event((event) => event.kind === 'outcome' && event.id === ofConnection);
});

test('R-01, R-46 every request that went upstream here was stamped, and recorded before', async () => {
  await assertOfficeHolds(office);
  assert.ok(gate.events().length > 0);
});

function lines(change: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries({ ...GOOD, ...change }).flat();
}

/** An answer with status 0 where the library or the gate ended the stream. */
async function attempt(session: ClientHttp2Session, headers: readonly string[]): Promise<Http2Answer> {
  try {
    return await askHttp2(session, headers);
  } catch {
    return { status: 0, headers: [], trailers: [], body: Buffer.alloc(0), resetCode: 1 };
  }
}

/** Sends bytes inside the tunnel and waits until the gate has closed it. */
async function sendRaw(t: Parameters<typeof insideHttp2>[0], bytes: Buffer): Promise<void> {
  const connection = await inside(t, office, { alpn: ['h2'] });
  await connection.send(bytes);
  connection.socket.end();
  await connection.readToEnd();
}

async function control(t: Parameters<typeof insideHttp2>[0]): Promise<void> {
  const session = await insideHttp2(t, office);
  const answer = await askHttp2(session, GOOD);
  assert.deepEqual([answer.status, gateSays(answer.headers).code], [200, null]);
}
