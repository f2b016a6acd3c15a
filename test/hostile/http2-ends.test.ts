// What ends one stream or one connection of HTTP/2 ends nothing beside it, and the record says who ended it.
// Must not know how the gate holds its sessions.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Http2ServerRequest, type Http2Session } from 'node:http2';
import { type TestContext, test } from 'node:test';
import { stringify } from 'yaml';
import { askHttp2 } from '../support/http2-client.ts';
import {
  FLAG,
  FRAME,
  frameOf,
  headersFrame,
  PREFACE,
  readFrames,
  settingsFrame,
  windowUpdateFrame,
} from '../support/http2-frames.ts';
import { inside, insideHttp2, type Office, officePolicy, startOffice } from '../support/office.ts';
import type { TwinOptions } from '../support/twin.ts';
import { untilTrue } from '../support/until.ts';

const silent: { readonly answer: NonNullable<TwinOptions['answer']> } = {
  answer: (request, response) => {
    request.resume();
    if (request.url === '/quick') response.end('quick');
  },
};

test('R-57 R-67 B1 a stop leaves streams all of drainTimeout, and does not blame the client for their end', async (t) => {
  const office = await startOffice(t, { limits: { drainTimeout: '1500ms' }, twin: silent });
  const { gate, twin } = office;
  const session = await insideHttp2(t, office);
  const streamed = askHttp2(session, { ':path': '/silent' });
  await untilTrue(() => twin.requests().length === 1, 'upstream has no request');
  await gate.stop();
  assert.notEqual((await streamed).resetCode, 0);
  const { outcome } = await gate.pair(({ request }) => request?.path === '/silent');
  assert.deepEqual([outcome.failure?.side, outcome.failure?.code], ['gateway', 'draining']);
});

test('R-06 R-67 B1 a stream that is answered 421 takes none beside it along, and none after it is taken', async (t) => {
  const office = await startOffice(t, { limits: { idleTimeout: '1500ms' }, twin: silent });
  const session = await insideHttp2(t, office);
  const goneAway = once(session, 'goaway');
  const beside = askHttp2(session, { ':path': '/beside' });
  await untilTrue(() => office.twin.requests().length === 1, 'upstream has no request');
  const misdirected = await askHttp2(session, { ':path': '/x', ':authority': 'api.github.com' });
  assert.equal(misdirected.status, 421);
  const [code, last] = await goneAway;
  assert.deepEqual([code, last], [0, 3]);
  // It ends by its own limit, which is longer than anything the gate does about the session.
  assert.equal((await beside).status, 504);
  const { outcome } = await office.gate.pair(({ request }) => request?.path === '/beside');
  assert.equal(outcome.failure?.code, 'idle-timeout');
});

test('R-57 R-67 B1 a client that reads nothing for a while gets all of its answer from a session that takes no more', async (t) => {
  const large = Buffer.alloc(8 * 1_048_576, 'x');
  const office = await startOffice(t, { twin: { answer: (_request, response) => void response.end(large) } });
  const { socket } = await inside(t, office, { alpn: ['h2'] });
  const arrived: Buffer[] = [];
  socket.removeAllListeners('data');
  socket.on('data', (bytes: Buffer) => void arrived.push(bytes));
  socket.resume();
  const windows = [settingsFrame([[INITIAL_WINDOW_SIZE, WIDE]]), windowUpdateFrame(0, WIDE - 65_535)];
  socket.write(Buffer.concat([PREFACE, ...windows, getFrame(1, 'github.com')]));
  await untilTrue(() => arrived.length > 0, 'nothing has come');
  socket.pause();
  socket.write(getFrame(3, 'api.github.com'));
  await office.gate.event((event) => event.kind === 'decision' && event.request?.path === '/3');
  // One that has broken the protocol is ended meanwhile, and it began to wait later.
  await untilEnded(t, office);
  socket.resume();
  const { outcome } = await office.gate.pair(({ request }) => request?.path === '/1');
  assert.deepEqual([outcome.failure, outcome.bytesOut], [null, large.length]);
  const isHere = (): boolean => arrived.reduce((sum, { length }) => sum + length, 0) > large.length;
  await untilTrue(isHere, 'the answer is cut');
  assert.equal(bytesOf(arrived, 1), large.length);
});

test('R-52 E13 an upstream session that stood before a new policy takes no request after it, and ends with its last', async (t) => {
  const held: (() => void)[] = [];
  const sessions: Http2Session[] = [];
  const office = await startOffice(t, {
    twin: {
      answer: (request, response) => {
        if (request.url === '/held') held.push(() => void response.end());
        else response.end();
        if (!(request instanceof Http2ServerRequest)) return;
        const { session: own } = request.stream;
        if (own !== undefined) sessions.push(own);
      },
    },
  });
  const session = await insideHttp2(t, office);
  const first = askHttp2(session, { ':path': '/held' });
  await untilTrue(() => held.length === 1, 'upstream has no request');
  await office.gate.setPolicy(stringify({ ...officePolicy(), inspect: ['inspected.example.org'] }));
  assert.equal((await askHttp2(session, { ':path': '/after' })).status, 200);
  const [old, fresh] = sessions;
  assert.ok(old !== undefined && fresh !== undefined && old !== fresh);
  const ended = once(old, 'close');
  held[0]?.();
  assert.equal((await first).status, 200);
  await ended;
  assert.equal(fresh.closed, false);
});

test('R-52 R-67 B1 streams that a new policy ends with their connection are not said to be the client’s doing', async (t) => {
  const office = await startOffice(t, { twin: silent });
  const session = await insideHttp2(t, office);
  const streamed = askHttp2(session, { ':path': '/forbidden' });
  await untilTrue(() => office.twin.requests().length === 1, 'upstream has no request');
  await office.gate.setPolicy(stringify({ ...officePolicy(), allow: ['*.example.org'] }));
  await streamed;
  const { outcome } = await office.gate.pair(({ request }) => request?.path === '/forbidden');
  assert.deepEqual([outcome.failure?.side, outcome.failure?.code], ['gateway', 'policy-changed']);
});

const INITIAL_WINDOW_SIZE = 4;
const WIDE = 2 ** 31 - 1;

function getFrame(stream: number, authority: string): Buffer {
  const fields = [':method', 'GET', ':path', `/${stream}`, ':scheme', 'https', ':authority', authority];
  return headersFrame(fields, { stream, flags: FLAG.endStream | FLAG.endHeaders });
}

function bytesOf(pieces: readonly Buffer[], wanted: number): number {
  return readFrames(Buffer.concat(pieces))
    .filter(({ type, stream }) => type === FRAME.data && stream === wanted)
    .reduce((sum, { payload }) => sum + payload.length, 0);
}

/** Is told to go by a 421, breaks the protocol, and waits for its end (RFC 9113 section 6.1: no DATA on stream 0). */
async function untilEnded(t: TestContext, office: Office): Promise<void> {
  const connection = await inside(t, office, { alpn: ['h2'] });
  const broken = frameOf({ type: FRAME.data, flags: FLAG.none, stream: 0 }, Buffer.alloc(0));
  await connection.send(Buffer.concat([PREFACE, settingsFrame(), getFrame(1, 'api.github.com'), broken]));
  await connection.readToEnd();
}
