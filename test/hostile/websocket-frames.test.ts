// What is no frame behind the opening of a WebSocket, of either side, over HTTP/1.1, as a stream of HTTP/2, and across
// both: it stops at the gate, both sides are closed with 1002, and the record says whose it was.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { describe, type TestContext, test } from 'node:test';
import { askHttp2 } from '../support/http2-client.ts';
import { type InsideWish, inside, insideHttp2, type Office, startOffice } from '../support/office.ts';
import { fileScope } from '../support/test-scope.ts';
import type { TwinOptions } from '../support/twin.ts';
import { untilTrue } from '../support/until.ts';
import { clientFrame, serverFrame } from '../support/websocket-frames.ts';

const MARK = 'SMUGGLED';
const CLOSED = serverFrame({ first: 0x88, payload: Buffer.of(0x03, 0xea) });
const CONNECT = {
  ...{ ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/ws', ':scheme': 'https' },
  ...{ ':authority': 'github.com', 'sec-websocket-version': '13' },
};
const GO = clientFrame({ payload: 'go' });

/** Says what a frame of the client wants said, raw. */
const parrot: Partial<TwinOptions> = {
  webSocket: (socket) =>
    void socket.on('data', (bytes: Buffer) => {
      if (bytes[0] === 0x82) socket.write(bytes.subarray(6));
    }),
};

const scope = fileScope();
const streams = await startOffice(scope, { twin: { extendedConnect: 'yes', ...parrot } });
const older = await startOffice(scope, { twin: parrot });

/** A WebSocket that stands, and all that it has said so far. */
interface Opened {
  readonly office: Office;
  readonly path: string;
  readonly socket: Duplex;
  readonly said: () => Buffer;
  readonly isOver: () => boolean;
}

interface Way {
  readonly name: string;
  readonly office: Office;
  readonly open: (t: TestContext, office: Office, path: string, wish?: InsideWish) => Promise<Duplex>;
}

const WAYS: readonly Way[] = [
  {
    name: 'over HTTP/1.1',
    office: older,
    open: async (t, office, path, wish) => {
      const connection = await inside(t, office, wish);
      await connection.send(
        `GET ${path} HTTP/1.1\r\nHost: github.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
      );
      assert.equal((await connection.readAnswer()).status, 101);
      return connection.socket;
    },
  },
  { name: 'as a stream of HTTP/2', office: streams, open: openStream },
  { name: 'over HTTP/2 towards HTTP/1.1', office: older, open: openStream },
];

async function openStream(t: TestContext, office: Office, path: string, wish?: InsideWish): Promise<Duplex> {
  const session = await insideHttp2(t, office, wish);
  const stream = session.request({ ...CONNECT, ':path': path }, { endStream: false });
  const [headers] = await once(stream, 'response');
  assert.equal(headers[':status'], 200);
  return stream;
}

let opened = 0;
async function open(t: TestContext, way: Way): Promise<Opened> {
  opened += 1;
  const path = `/ws-${opened}`;
  const socket = await way.open(t, way.office, path);
  let said = Buffer.alloc(0);
  let isOver = false;
  socket.on('error', () => undefined);
  socket.on('data', (piece: Buffer) => {
    said = Buffer.concat([said, piece]);
  });
  socket.once('end', () => {
    isOver = true;
  });
  return { office: way.office, path, socket, said: () => said, isOver: () => isOver };
}

/** Everything upstream received, on whatever connection. */
function upstreamBytes({ twin }: Office): Buffer {
  return Buffer.concat(twin.connections().map(({ bytes }) => bytes()));
}

/** Whether some masked Close of 1002 is in there. */
function hasClosed(bytes: Buffer): boolean {
  for (
    let at = bytes.indexOf('\x88\x82', 0, 'latin1');
    at >= 0;
    at = bytes.indexOf('\x88\x82', at + 1, 'latin1')
  ) {
    const [a = 0, b = 0] = [2, 3].map((byte) => (bytes[at + byte] ?? 0) ^ (bytes[at + byte + 4] ?? 0));
    if (a === 0x03 && b === 0xea) return true;
  }
  return false;
}

async function assertClosed({ office, path, said, isOver }: Opened, failure: string): Promise<void> {
  const hasPassed = (): boolean =>
    (failure.startsWith('client') ? upstreamBytes(office) : said()).includes(MARK);
  await untilTrue(() => isOver() || hasPassed(), 'the client was not told of the end');
  assert.equal(hasPassed(), false);
  await untilTrue(() => hasClosed(upstreamBytes(office)), 'upstream was not told of the end');
  const { outcome } = await office.gate.pair((event) => event.request?.path === path);
  assert.equal(`${outcome.failure?.code} ${outcome.failure?.detail.split(':')[0]}`, failure);
}

const fromClient: readonly { name: string; bytes: Buffer; fault: string }[] = [
  {
    name: 'a request',
    bytes: Buffer.from(`GET /${MARK} HTTP/1.1\r\nHost: github.com\r\n\r\n`),
    fault: 'bad-opcode',
  },
  { name: 'a word', bytes: Buffer.from(MARK), fault: 'bad-opcode' },
  { name: 'an unmasked frame', bytes: clientFrame({ mask: null, payload: MARK }), fault: 'bad-mask' },
  { name: 'a reserved opcode', bytes: clientFrame({ first: 0x83, payload: MARK }), fault: 'bad-opcode' },
  { name: 'a reserved bit', bytes: clientFrame({ first: 0xc1, payload: MARK }), fault: 'bad-reserved-bits' },
  {
    name: 'a long Ping',
    bytes: clientFrame({ first: 0x89, payload: MARK.repeat(20) }),
    fault: 'bad-control-frame',
  },
  {
    name: 'a Ping in fragments',
    bytes: clientFrame({ first: 0x09, payload: MARK }),
    fault: 'bad-control-frame',
  },
  {
    name: 'a continuation of nothing',
    bytes: clientFrame({ first: 0x80, payload: MARK }),
    fault: 'bad-fragment',
  },
  { name: 'a wasteful length', bytes: clientFrame({ payload: MARK, lengthBytes: 8 }), fault: 'bad-length' },
  {
    name: 'a Close of 1005',
    bytes: clientFrame({ first: 0x88, payload: `\x03\xed${MARK}` }),
    fault: 'bad-close-code',
  },
];

const fromUpstream: readonly { name: string; bytes: Buffer; fault: string }[] = [
  { name: 'an answer', bytes: Buffer.from(`HTTP/1.1 200 OK\r\n\r\n${MARK}`), fault: 'bad-reserved-bits' },
  { name: 'a masked frame', bytes: clientFrame({ payload: MARK }), fault: 'bad-mask' },
  { name: 'a reserved opcode', bytes: serverFrame({ first: 0x8b, payload: MARK }), fault: 'bad-opcode' },
  {
    name: 'a Ping in fragments',
    bytes: serverFrame({ first: 0x09, payload: MARK }),
    fault: 'bad-control-frame',
  },
];

for (const way of WAYS) {
  describe(`R-64 A7 a WebSocket ${way.name}`, () => {
    for (const { name, bytes, fault } of fromClient) {
      test(`on which the client sends ${name} is closed with 1002, and nothing of it goes up`, async (t) => {
        way.office.twin.forget();
        const one = await open(t, way);
        one.socket.write(Buffer.concat([GO, bytes, clientFrame({ payload: MARK })]));
        await assertClosed(one, `client-frame ${fault}`);
        assert.deepEqual(one.said(), CLOSED);
        const up = upstreamBytes(way.office);
        assert.ok(up.includes(GO) && !up.includes(MARK));
      });
    }

    for (const { name, bytes, fault } of fromUpstream) {
      test(`on which upstream sends ${name} is closed with 1002, and nothing of it comes down`, async (t) => {
        way.office.twin.forget();
        const one = await open(t, way);
        const good = serverFrame({ payload: 'good' });
        one.socket.write(clientFrame({ first: 0x82, payload: Buffer.concat([good, bytes]) }));
        await assertClosed(one, `upstream-frame ${fault}`);
        assert.deepEqual(one.said(), Buffer.concat([good, CLOSED]));
      });
    }

    test('within a frame of which it fails is ended without a Close there', async (t) => {
      way.office.twin.forget();
      const one = await open(t, way);
      const begun = serverFrame({ payload: 'x'.repeat(50) }).subarray(0, 10);
      one.socket.write(clientFrame({ first: 0x82, payload: begun }));
      await untilTrue(() => one.said().length === begun.length, 'the frame did not begin');
      one.socket.write(MARK);
      await assertClosed(one, 'client-frame bad-opcode');
      assert.deepEqual(one.said(), begun);
    });

    test('that ends within a frame is recorded as cut', async (t) => {
      const one = await open(t, way);
      one.socket.end(GO.subarray(0, 5));
      const { outcome } = await way.office.gate.pair((event) => event.request?.path === one.path);
      assert.equal(outcome.failure?.code, 'client-gone');
    });
  });
}

test('R-64 A7 what is meant for a WebSocket goes nowhere before there is one', async (t) => {
  const waiting: { open: (() => void) | null } = { open: null };
  const office = await startOffice(t, {
    twin: {
      upgrade: (_, socket) => {
        socket.resume();
        waiting.open = () => socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
      },
    },
  });
  const connection = await inside(t, office);
  await connection.send(
    Buffer.concat([
      Buffer.from(
        'GET /ws HTTP/1.1\r\nHost: github.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
      ),
      clientFrame({ payload: MARK }),
    ]),
  );
  await untilTrue(() => waiting.open !== null, 'upstream was not asked');
  waiting.open?.();
  assert.equal((await connection.readAnswer()).status, 404);
  assert.ok(!upstreamBytes(office).includes(MARK));
});

test('R-64 A7 what is meant for a stream of HTTP/2 goes nowhere before it is a WebSocket', async (t) => {
  const waiting: { open: (() => void) | null } = { open: null };
  const office = await startOffice(t, {
    twin: {
      extendedConnect: 'yes',
      whenOpened: (open) => {
        waiting.open = open;
      },
    },
  });
  const session = await insideHttp2(t, office);
  const stream = session.request(CONNECT, { endStream: false });
  stream.write(clientFrame({ payload: MARK }));
  await untilTrue(() => waiting.open !== null, 'upstream was not asked');
  // Answered on the same connection upstream, behind whatever was sent there.
  for (const path of ['/fence', '/fence'])
    assert.equal((await askHttp2(session, { ':path': path })).status, 200);
  assert.equal(office.twin.connections().length, 1);
  assert.ok(!upstreamBytes(office).includes(MARK));
  waiting.open?.();
  const [piece] = await once(stream, 'data');
  assert.deepEqual(piece, serverFrame({ payload: MARK }));
  stream.close();
});
