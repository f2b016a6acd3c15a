// However a client's bytes are cut, at every byte boundary and byte by byte, upstream gets the same bytes, the client the
// same answer, and the record the same lines. Real sockets; two writes around each boundary. Must not know who reads them.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import type { AuditEvent } from '../../src/core/record/events.ts';
import { ChunkDecoder } from '../../src/core/wire/http1-chunked.ts';
import { Http2Answers } from '../support/http2-answers.ts';
import { FLAG, FRAME, frameOf } from '../support/http2-frames.ts';
import { headersFrames, OPENING } from '../support/http2-header-frames.ts';
import { inside, STAMP, startOffice } from '../support/office.ts';
import { forgetOffice, untilOver } from '../support/office-verdict.ts';
import { withScope } from '../support/own-scope.ts';
import { proxyBinary, proxyLineFor } from '../support/proxy-headers.ts';
import { connectThrough, openRaw } from '../support/raw-client.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';
import type { TwinOptions } from '../support/twin.ts';
import { untilTrue } from '../support/until.ts';
import { clientFrame, serverFrame } from '../support/websocket-frames.ts';

/** The same answer to all, so that every count is the same. */
const answer: TwinOptions['answer'] = (request, response) => {
  request.resume();
  request.on('end', () => void response.end('ok'));
};
const office = await startOffice(fileScope(), { twin: { answer } });
const GET = Buffer.from(`GET /x?y=z HTTP/1.1\r\nHost: github.com\r\n${STAMP}: 9\r\nX-A:  b c \r\n\r\n`);
const POST = Buffer.from(
  'POST /x HTTP/1.1\r\nHost: github.com\r\nTransfer-Encoding: chunked\r\n\r\nc;a="b"\r\nhello\r\nworld\r\n1\r\n!\r\n0\r\ngrpc-status: 0\r\n\r\n',
);

/** What the client was told, what upstream received, and what the record says, without times and numbers. */
interface Seen {
  readonly told: string;
  readonly upstream: readonly string[];
  readonly record: readonly string[];
}

async function seenOf(
  act: (t: TestScope) => Promise<string>,
  stage: 'request' | 'any' = 'any',
): Promise<Seen> {
  forgetOffice(office);
  const told = await withScope(act);
  await untilOver(office, stage);
  const { twin, plain, gate } = office;
  const bytes = [...twin.connections(), ...plain.connections()].map((one) => one.bytes().toString('latin1'));
  const events = gate.events().filter((event) => event.kind !== 'gate');
  // What an earlier connection says when it ends is not of this one.
  const own = new Set(events.filter(({ kind }) => kind === 'decision').map(({ id }) => id));
  return {
    told: told.replaceAll(/\d+-[0-9a-f]{16}/g, 'NONCE'),
    upstream: bytes.filter((one) => one !== '').map(withoutChunks),
    record: events
      .filter(({ id }) => own.has(id))
      .map(lineOf)
      .sort(),
  };
}

/** How a body is cut into chunks follows how it came; its data and its trailers do not. */
function withoutChunks(bytes: string): string {
  const [head = '', ...rest] = bytes.split('\r\n\r\n');
  const body = rest.join('\r\n\r\n');
  if (!head.includes('Transfer-Encoding: chunked')) return bytes;
  const decoder = new ChunkDecoder({ chunkExtensionBytes: 0 });
  const step = decoder.push(Buffer.from(body, 'latin1'));
  assert.equal(step.kind, 'done');
  const data = step.data.map((piece) => Buffer.from(piece).toString('latin1')).join('');
  return JSON.stringify([
    head,
    data,
    step.kind === 'done' ? step.trailers : null,
    step.kind === 'done' ? step.used - body.length : null,
  ]);
}

/** What of an event is the same for the same request: no times, ids, ports or places in the record. */
function lineOf(event: Exclude<AuditEvent, { kind: 'gate' }>): string {
  const { kind, stage } = event;
  if (kind === 'decision') {
    const { listener, client, destination, scheme, request, verdict, reason, wouldBlock, stamps, signs } =
      event;
    const { address, user } = client;
    const asked = { listener, address, user, destination, scheme, request };
    return JSON.stringify({ kind, stage, ...asked, verdict, reason, wouldBlock, stamps, signs });
  }
  const { status, by, vendor, said, failure } = event;
  // How many bytes a handshake takes differs from one connection to the next.
  const bytes = stage === 'request' ? [event.bytesIn, event.bytesOut] : [];
  return JSON.stringify({ kind, stage, status, by, bytes, vendor, said, failure });
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

type Cuts = readonly number[];

/** The cuts to try for so many bytes: none first, then each boundary, then all of them at once. */
function everyCut(length: number): Cuts[] {
  const all = Array.from({ length: length - 1 }, (_, at) => at + 1);
  return [[], ...all.map((cut) => [cut]), all];
}

/** Asks with each cut; the first answer is what all the others must be. */
async function assertSame(length: number, see: (cuts: Cuts) => Promise<Seen>): Promise<Seen> {
  const [whole, ...others] = everyCut(length);
  const expected = await see(whole ?? []);
  assert.ok(expected.record.length > 0);
  for (const cuts of others) assert.deepEqual(await see(cuts), expected, `cut at ${cuts.slice(0, 3)}`);
  return expected;
}

for (const [name, header] of [
  ['line', proxyLineFor('10.1.2.3')],
  ['binary header', proxyBinary()],
] as const) {
  test(`R-09, R-28 a PROXY ${name}, a request in absolute form and its chunks, cut anywhere`, async () => {
    const text = POST.toString('latin1').replace('POST /', 'POST http://github.com/');
    const bytes = Buffer.concat([
      header,
      Buffer.from(text.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')),
    ]);
    const { upstream } = await assertSame(bytes.length, (cuts) =>
      seenOf(async (t) => {
        const connection = await openRaw(t, office.gate.port('balanced'));
        await connection.send(bytes, cuts);
        return (await connection.readToEnd()).toString('latin1').replace(/^date:.*$/im, '');
      }),
    );
    assert.equal(upstream.length, 1);
  });
}

test('R-09 a PROXY header that comes alone, as when a client takes its time', async (t) => {
  const connection = await openRaw(t, office.gate.port('balanced'));
  // Until the gate has taken the connection: what is sent then is a read of its own.
  await turns(50);
  await connection.send(proxyLineFor('10.1.2.3'));
  await turns(50);
  await connection.send('GET http://github.com/x HTTP/1.1\r\nHost: github.com\r\nConnection: close\r\n\r\n');
  assert.equal((await connection.readAnswer()).status, 200);
});

test('R-41 a CONNECT, cut anywhere', async () => {
  const connect = Buffer.from('CONNECT github.com:443 HTTP/1.1\r\nHost: github.com:443\r\nX: y\r\n\r\n');
  await assertSame(connect.length, (cuts) =>
    seenOf(async (t) => {
      const connection = await openRaw(t, office.gate.port('open'));
      await connection.send(connect, cuts);
      const { statusLine } = await connection.readAnswer('CONNECT');
      connection.socket.end();
      await connection.readToEnd();
      return statusLine;
    }),
  );
});

test('R-19 a hello, cut anywhere, and the request behind it', async () => {
  // One group keeps the hello short; the usual one is tried byte by byte.
  const see = (cuts: Cuts, tls: { readonly ecdhCurve?: string }): Promise<Seen> =>
    seenOf(async (t) => {
      const { connection } = await connectThrough(t, 'github.com:443', {
        proxyPort: office.gate.port('open'),
      });
      connection.socket.removeAllListeners('data');
      const socket = connectTls({
        socket: new CutDuplex(connection.socket, cuts),
        ...{ servername: 'github.com', ca: [...office.roots], ALPNProtocols: ['http/1.1'], ...tls },
      });
      t.after(() => socket.destroy());
      await once(socket, 'secureConnect');
      socket.write('GET /x HTTP/1.1\r\nHost: github.com\r\nConnection: close\r\n\r\n');
      let told = '';
      for await (const piece of socket) told += String(piece);
      return told.replace(/^date:.*$/im, '');
    });
  await assertSame(220, (cuts) => see(cuts, { ecdhCurve: 'X25519' }));
  const whole = await see([], {});
  assert.deepEqual(
    await see(
      Array.from({ length: 1_400 }, (_, at) => at + 1),
      {},
    ),
    whole,
  );
});

test('R-28 a head, chunks and trailers inside a tunnel, cut anywhere', async (t) => {
  for (const bytes of [GET, POST]) {
    const connection = await inside(t, office);
    await assertSame(bytes.length, (cuts) =>
      seenOf(async () => {
        await connection.send(bytes, cuts);
        const { statusLine, body } = await connection.readAnswer();
        return statusLine + body;
      }, 'request'),
    );
  }
});

test('R-33 a WebSocket handshake and the frame behind it, cut anywhere', async () => {
  const handshake = Buffer.from(
    'GET /ws HTTP/1.1\r\nHost: github.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  const message = clientFrame({ payload: 'hello', mask: [1, 2, 3, 4] });
  const bytes = Buffer.concat([handshake, message]);
  await assertSame(bytes.length, (cuts) =>
    seenOf(async (t) => {
      const connection = await inside(t, office);
      await connection.send(bytes, cuts);
      const { statusLine } = await connection.readAnswer();
      const echo = await connection.read(serverFrame({ payload: 'hello' }).length);
      connection.socket.end();
      await connection.readToEnd();
      return statusLine + echo.toString('hex');
    }),
  );
});

test('R-34 the preface, the frames and the trailers of HTTP/2, cut anywhere', async () => {
  const head = [
    [':method', 'POST'],
    [':scheme', 'https'],
    [':path', '/x'],
    [':authority', 'github.com'],
    ['sec-github-allowed-enterprise', '9'],
  ] as const;
  const bytes = Buffer.concat([
    OPENING,
    headersFrames(head, { endStream: 'no', pieces: 2, padding: 3 }),
    frameOf({ type: FRAME.data, flags: FLAG.none, stream: 1 }, Buffer.from('hello')),
    headersFrames([['grpc-status', '0']]),
  ]);
  await assertSame(bytes.length, (cuts) =>
    seenOf(async (t) => {
      const connection = await inside(t, office, { alpn: ['h2'] });
      const answers = new Http2Answers(connection.socket);
      await connection.send(bytes, cuts);
      await untilTrue(() => answers.areOver([1]), 'no answer');
      connection.socket.end();
      await untilTrue(() => connection.socket.destroyed, 'the gate keeps the session');
      // The frames that upstream gets depend on what else its connection carries: the requests in them count.
      const seen = office.twin.http2Readings().flatMap(({ requests }) => requests);
      return JSON.stringify([
        answers.valuesOf(':status'),
        seen.map(({ fields, trailers, bodyBytes }) => [fields, trailers, bodyBytes]),
      ]);
    }).then((seen) => ({ ...seen, upstream: [] })),
  );
});

/** Writes what comes first in pieces, and everything else as it comes. */
class CutDuplex extends Duplex {
  readonly #under: Duplex;
  #cuts: Cuts;

  constructor(under: Duplex, cuts: Cuts) {
    super();
    this.#under = under;
    this.#cuts = cuts;
    under.on('data', (piece) => this.push(piece));
    under.on('end', () => this.push(null));
    under.on('close', () => this.destroy());
    under.on('error', () => this.destroy());
  }

  override _read(): void {
    this.#under.resume();
  }

  override _write(bytes: Buffer, _: BufferEncoding, written: (error?: Error | null) => void): void {
    const ends = [...this.#cuts.filter((cut) => cut < bytes.length), bytes.length];
    this.#cuts = [];
    const next = (at: number): void => {
      const end = ends[at];
      if (end === undefined) written();
      else this.#under.write(bytes.subarray(ends[at - 1] ?? 0, end), () => setImmediate(() => next(at + 1)));
    };
    next(0);
  }

  override _final(ended: (error?: Error | null) => void): void {
    this.#under.end(ended);
  }

  override _destroy(error: Error | null, destroyed: (error?: Error | null) => void): void {
    this.#under.destroy();
    destroyed(error);
  }
}
