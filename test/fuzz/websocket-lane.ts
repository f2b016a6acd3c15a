// Frames on WebSockets through the running gate, over HTTP/1.1, as streams of HTTP/2 and across both: valid ones arrive
// byte by byte as they were sent, and of a spoilt stream upstream receives only what another reader of frames takes.
// Must not know how the gate reads them.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import fc from 'fast-check';
import { inside, insideHttp2, type Office, startOffice } from '../support/office.ts';
import { withScope } from '../support/own-scope.ts';
import type { TestScope } from '../support/test-scope.ts';
import { untilTrue } from '../support/until.ts';
import { clientFrame, type FrameWish, readClientFrames } from '../support/websocket-frames.ts';
import { type Lane, tryCases } from './lane.ts';

type Way = 'http1' | 'http2' | 'bridge';

const mask = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 125 }),
  fc.uint8Array({ minLength: 126, maxLength: 400 }),
  fc.constant(new Uint8Array(65_536)),
  fc.constant(new TextEncoder().encode('GET /smuggled HTTP/1.1\r\nHost: github.com\r\n\r\n')),
);
const control = fc.record({
  first: fc.constantFrom(0x89, 0x8a),
  payload: fc.uint8Array({ maxLength: 125 }),
  mask,
});

/** Messages whole and in fragments, with controls between. */
const message: fc.Arbitrary<readonly FrameWish[]> = fc
  .tuple(
    fc.constantFrom(1, 2),
    fc.array(payload, { minLength: 1, maxLength: 4 }),
    fc.array(control, { maxLength: 3 }),
    mask,
  )
  .map(([opcode, pieces, controls, key]) =>
    pieces.flatMap((piece, at): FrameWish[] => {
      const first = (at === 0 ? opcode : 0) | (at === pieces.length - 1 ? 0x80 : 0);
      const between = controls[at];
      return [{ first, payload: piece, mask: key }, ...(between === undefined ? [] : [between])];
    }),
  );
const close = fc.constantFrom<readonly FrameWish[]>([], [{ first: 0x88, payload: Buffer.of(3, 232) }]);
const stream = fc
  .tuple(fc.array(message, { minLength: 1, maxLength: 4 }), close)
  .map(([messages, end]) => Buffer.concat([...messages.flat(), ...end].map((wish) => clientFrame(wish))));

/** What is done to the bytes at a place: nothing, a bit turned, bytes lost, bytes from elsewhere put in. */
const spoiling = fc.record({
  how: fc.constantFrom('none', 'turn', 'cut', 'insert', 'insert'),
  at: fc.nat(),
  bit: fc.nat(7),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 20 }),
    fc
      .constantFrom('GET /smuggled HTTP/1.1\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '\x16\x03\x01\x00')
      .map((text) => new TextEncoder().encode(text)),
    fc
      .record({ first: fc.nat(255), payload: fc.uint8Array({ maxLength: 130 }), mask: fc.option(mask) })
      .map((wish) => new Uint8Array(clientFrame(wish))),
  ),
});
const frameCase = fc.record({
  way: fc.constantFrom<Way>('http1', 'http2', 'bridge'),
  bytes: stream,
  spoiling,
  cuts: fc.array(fc.nat(), { maxLength: 6 }),
});

export const websocketLane: Lane = {
  name: 'websocket',
  through: 'went up whole',
  cases: 150,
  open: async (scope) => {
    const heard = new Heard();
    const webSocket = (socket: Duplex): void => heard.listen(socket);
    const streams = await startOffice(scope, { twin: { extendedConnect: 'yes', webSocket } });
    const older = await startOffice(scope, { twin: { webSocket } });
    return tryCases(frameCase, async ({ way, bytes, spoiling, cuts }) => {
      const office = way === 'http2' ? streams : older;
      const sent = spoilt(bytes, spoiling);
      const { valid, isWhole } = readClientFrames(sent);
      await withScope(async (t) => {
        heard.begin();
        const socket = await openers[way](t, office);
        const end = once(socket, 'close').catch(() => undefined);
        socket.on('error', () => undefined);
        socket.resume();
        for (const piece of pieces(sent, cuts)) {
          if (!socket.writable) break;
          await new Promise<void>((resolve) => socket.write(piece, () => resolve()));
        }
        socket.end();
        await untilTrue(() => heard.isOver, 'upstream was not told of the end');
        socket.destroy();
        await end;
        judge(heard.bytes, { sent, valid, isWhole });
      });
      for (const { twin, gate } of [streams, older]) {
        twin.forget();
        gate.forgetEvents();
      }
      return sent.length === valid && isWhole ? 'through' : 'stopped';
    });
  },
};

/** Valid streams arrive as they were; of others their valid beginning, then at most the gate's own Close. */
function judge(
  received: Buffer,
  { sent, valid, isWhole }: { readonly sent: Buffer; readonly valid: number; readonly isWhole: boolean },
): void {
  const good = sent.subarray(0, valid);
  if (sent.length === valid && isWhole) {
    assert.deepEqual(received, good);
    return;
  }
  // A connection that is ended for a fault may take bytes with it that were on their way.
  const own =
    received.length >= CLOSE_BYTES && isGatesClose(received.subarray(-CLOSE_BYTES)) ? CLOSE_BYTES : 0;
  const passed = received.subarray(0, received.length - own);
  assert.ok(
    passed.length <= good.length,
    `${passed.length - good.length} bytes behind the last frame went up`,
  );
  assert.deepEqual(passed, good.subarray(0, passed.length));
}

const CLOSE_BYTES = 8;

function isGatesClose(bytes: Buffer): boolean {
  const code = [0, 1].map((at) => (bytes[6 + at] ?? 0) ^ (bytes[2 + at] ?? 0));
  return bytes[0] === 0x88 && bytes[1] === 0x82 && code[0] === 0x03 && code[1] === 0xea;
}

/** What upstream's end of the one WebSocket of a case receives; one of an earlier case changes nothing. */
class Heard {
  #now: { readonly pieces: Buffer[]; isOver: boolean } = { pieces: [], isOver: false };

  get bytes(): Buffer {
    return Buffer.concat(this.#now.pieces);
  }

  get isOver(): boolean {
    return this.#now.isOver;
  }

  begin(): void {
    this.#now = { pieces: [], isOver: false };
  }

  listen(socket: Duplex): void {
    const now = this.#now;
    const over = (): void => {
      now.isOver = true;
    };
    socket.on('data', (piece: Buffer) => now.pieces.push(piece));
    socket.once('end', () => {
      over();
      socket.end();
    });
    socket.once('close', over);
  }
}

const openers: Readonly<Record<Way, (t: TestScope, office: Office) => Promise<Duplex>>> = {
  http1: async (t, office) => {
    const connection = await inside(t, office);
    await connection.send(
      'GET /ws HTTP/1.1\r\nHost: github.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    assert.equal((await connection.readAnswer()).status, 101);
    return connection.socket;
  },
  http2: openStream,
  bridge: openStream,
};

async function openStream(t: TestScope, office: Office): Promise<Duplex> {
  const session = await insideHttp2(t, office);
  const stream = session.request(
    {
      ...{ ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/ws', ':scheme': 'https' },
      ...{ ':authority': 'github.com', 'sec-websocket-version': '13' },
    },
    { endStream: false },
  );
  const [headers] = await once(stream, 'response');
  assert.equal(headers[':status'], 200);
  return stream;
}

interface Spoiling {
  readonly how: string;
  readonly at: number;
  readonly bit: number;
  readonly bytes: Uint8Array;
}

function spoilt(bytes: Buffer, { how, at, bit, bytes: other }: Spoiling): Buffer {
  const place = at % (bytes.length + 1);
  const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)];
  switch (how) {
    case 'turn':
      return Buffer.concat([
        before,
        after.subarray(0, 1).map((byte) => byte ^ (1 << bit)),
        after.subarray(1),
      ]);
    case 'cut':
      return Buffer.concat([before, after.subarray(1 + bit)]);
    case 'insert':
      return Buffer.concat([before, other, after]);
    default:
      return bytes;
  }
}

function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...ends].map((from, at) => bytes.subarray(from, ends[at] ?? bytes.length));
}
