// Bodies and answers while they are on their way: events one by one, 100-continue, trailers, slow readers, early answers.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse, ServerHttp2Stream } from 'node:http2';
import { describe, test } from 'node:test';
import { askHttp2 } from '../support/http2-client.ts';
import { inside, insideHttp2, startOffice } from '../support/office.ts';
import { fileScope } from '../support/test-scope.ts';
import { until, untilTrue } from '../support/until.ts';

type Incoming = IncomingMessage | Http2ServerRequest;
type Outgoing = ServerResponse | Http2ServerResponse;

const MIB = 1_048_576;
/** What kernels and windows on the way may hold of a body that nobody reads. */
const HELD_LIMIT = 24 * MIB;
const BIG = 64 * MIB;
const held: { response: Outgoing | null; request: Incoming | null; written: number } = {
  response: null,
  request: null,
  written: 0,
};

const office = await startOffice(fileScope(), {
  twin: { answer: (request, response, nonce) => answer(request, response, nonce) },
});

function answer(request: Incoming, response: Outgoing, nonce: string): void {
  switch (request.url) {
    case '/events':
      response.setHeader('content-type', 'text/event-stream');
      if ('flushHeaders' in response) response.flushHeaders();
      held.response = response;
      return;
    case '/big':
      void pourInto(response);
      return;
    case '/slow-upload':
      request.pause();
      held.request = request;
      return;
    case '/early':
      response.setHeader('content-type', 'text/plain');
      response.statusCode = 413;
      // Only behind its whole answer may a server tell the client to stop (RFC 9113 section 8.1).
      if ('stream' in response) void closeBehindEnd(response.stream);
      response.end('too large');
      return;
    case '/trailers':
      request.resume();
      request.on('end', () => {
        response.setHeader('trailer', 'grpc-status, x-secret');
        write(response, 'data');
        response.addTrailers({ 'grpc-status': '0', 'x-secret': '1', 'sec-github-allowed-enterprise': '2' });
        response.end();
      });
      return;
    case '/hints':
      if ('writeEarlyHints' in response) response.writeEarlyHints({ link: '</a.css>; rel=preload' });
      request.resume();
      response.end('after');
      return;
    case '/escape':
      response.setHeader('alt-svc', 'h3=":443"');
      response.end('x');
      return;
    default:
      request.resume();
      request.on('end', () => response.end(nonce));
  }
}

async function pourInto(response: Outgoing): Promise<void> {
  const piece = Buffer.alloc(256 * 1024, 'x');
  held.written = 0;
  while (held.written < BIG) {
    held.written += piece.length;
    if (!write(response, piece)) await once(response, 'drain');
  }
  response.end();
}

function write(response: Outgoing, piece: Buffer | string): boolean {
  // Both kinds of response take both kinds of piece; the union of their overloads cannot be called.
  const stream: NodeJS.WritableStream = response;
  return stream.write(piece);
}

function heldResponse(): Promise<Outgoing> {
  return until(() => held.response, 'upstream has no request');
}

describe('R-39 an event is read at the client before the next is sent', () => {
  test('over HTTP/1.1', async (t) => {
    held.response = null;
    const connection = await inside(t, office);
    await connection.send('GET /events HTTP/1.1\r\nHost: github.com\r\n\r\n');
    const response = await heldResponse();
    let seen = '';
    connection.socket.on('data', (piece: Buffer) => {
      seen += piece.toString('latin1');
    });
    await untilTrue(() => seen.endsWith('\r\n\r\n'), 'no response head before the first event');
    for (let at = 0; at < 20; at += 1) {
      write(response, `data: ${at}\n\n`);
      await untilTrue(() => seen.includes(`data: ${at}\n\n`), `event ${at} did not come`);
    }
    response.end();
  });

  test('over HTTP/2', async (t) => {
    held.response = null;
    const session = await insideHttp2(t, office);
    const stream = session.request({ ':path': '/events' });
    let seen = '';
    stream.on('data', (piece: Buffer) => {
      seen += piece.toString('latin1');
    });
    await once(stream, 'response');
    const response = await heldResponse();
    for (let at = 0; at < 20; at += 1) {
      write(response, `data: ${at}\n\n`);
      await untilTrue(() => seen.includes(`data: ${at}\n\n`), `event ${at} did not come`);
    }
    response.end();
    await once(stream, 'close');
  });

  test('a client that leaves ends the stream upstream', async (t) => {
    held.response = null;
    const connection = await inside(t, office);
    await connection.send('GET /events HTTP/1.1\r\nHost: github.com\r\n\r\n');
    const response = await heldResponse();
    const closed = once(response, 'close');
    connection.socket.destroy();
    await closed;
    const { outcome } = await office.gate.pair(
      (event) => event.request?.path === '/events' && event.client.port > 0,
    );
    assert.notEqual(outcome, null);
  });
});

test('R-32 an expectation is met by upstream, end to end', async (t) => {
  const connection = await inside(t, office);
  await connection.send(
    'POST /x HTTP/1.1\r\nHost: github.com\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n',
  );
  const head = (await connection.read('HTTP/1.1 100 Continue\r\n\r\n'.length)).toString('latin1');
  assert.equal(head, 'HTTP/1.1 100 Continue\r\n\r\n');
  await connection.send('hello');
  assert.equal((await connection.readAnswer()).status, 200);
  assert.equal(office.twin.requests().at(-1)?.bodyBytes, 5);
});

test('early hints pass on', async (t) => {
  const connection = await inside(t, office);
  await connection.send('GET /hints HTTP/1.1\r\nHost: github.com\r\n\r\n');
  assert.match(await readUntil(connection, '\r\n\r\n'), /^HTTP\/1\.1 103 .*preload/s);
  assert.equal((await connection.readAnswer()).status, 200);
});

describe('R-30 trailers: only those that gRPC and digests need', () => {
  test('over HTTP/1.1', async (t) => {
    const connection = await inside(t, office);
    await connection.send(
      'POST /trailers HTTP/1.1\r\nHost: github.com\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\ngrpc-timeout: 1S\r\nx-secret: 1\r\nAuthorization: Bearer x\r\n\r\n',
    );
    const end = '0\r\ngrpc-status: 0\r\n\r\n';
    const raw = await readUntil(connection, end);
    assert.ok(raw.endsWith(`4\r\ndata\r\n${end}`), raw);
    assert.deepEqual(office.twin.requests().at(-1)?.trailers, ['grpc-timeout', '1S']);
  });

  test('over HTTP/2', async (t) => {
    const session = await insideHttp2(t, office);
    const stream = session.request(
      { ':path': '/trailers', ':method': 'POST' },
      { endStream: false, waitForTrailers: true },
    );
    stream.on('wantTrailers', () =>
      stream.sendTrailers({ 'grpc-timeout': '1S', 'x-secret': '1', authorization: 'x' }),
    );
    const trailers = once(stream, 'trailers');
    stream.resume();
    stream.end('a');
    const [, , raw] = await trailers;
    assert.deepEqual(raw, ['grpc-status', '0']);
    assert.deepEqual(office.twin.requests().at(-1)?.trailers, ['grpc-timeout', '1S']);
  });
});

describe('R-39 a big body that nobody reads is held in bounded memory, and then arrives whole', () => {
  test('down, over HTTP/1.1', async (t) => {
    const connection = await inside(t, office);
    connection.socket.removeAllListeners('data');
    connection.socket.pause();
    await connection.send('GET /big HTTP/1.1\r\nHost: github.com\r\nConnection: close\r\n\r\n');
    assert.ok((await settledCount(() => held.written)) < HELD_LIMIT, String(held.written));
    let seen = 0;
    connection.socket.on('data', (piece: Buffer) => {
      seen += piece.length;
    });
    connection.socket.resume();
    await once(connection.socket, 'end');
    assert.ok(seen > BIG);
  });

  test('down, over HTTP/2', async (t) => {
    const session = await insideHttp2(t, office);
    const stream = session.request({ ':path': '/big' });
    await once(stream, 'response');
    assert.ok((await settledCount(() => held.written)) < HELD_LIMIT, String(held.written));
    let seen = 0;
    stream.on('data', (piece: Buffer) => {
      seen += piece.length;
    });
    await once(stream, 'end');
    assert.equal(seen, BIG);
  });

  test('up, over HTTP/1.1', async (t) => {
    held.request = null;
    const connection = await inside(t, office);
    await connection.send(`POST /slow-upload HTTP/1.1\r\nHost: github.com\r\nContent-Length: ${BIG}\r\n\r\n`);
    const sending = sendBig(connection.socket);
    const request = await until(() => held.request, 'upstream has no request');
    assert.ok((await settledCount(sending.sent)) < HELD_LIMIT, String(sending.sent()));
    let seen = 0;
    request.on('data', (piece: Buffer) => {
      seen += piece.length;
    });
    request.resume();
    await once(request, 'end');
    assert.equal(seen, BIG);
  });

  test('up, over HTTP/2', async (t) => {
    held.request = null;
    const session = await insideHttp2(t, office);
    const stream = session.request({ ':path': '/slow-upload', ':method': 'POST' }, { endStream: false });
    const sending = sendBig(stream, () => stream.end());
    const request = await until(() => held.request, 'upstream has no request');
    assert.ok((await settledCount(sending.sent)) < HELD_LIMIT, String(sending.sent()));
    let seen = 0;
    request.on('data', (piece: Buffer) => {
      seen += piece.length;
    });
    request.resume();
    await once(request, 'end');
    assert.equal(seen, BIG);
  });
});

describe('an answer before the request is over', () => {
  test('reaches the client over HTTP/1.1, and the connection closes', async (t) => {
    const connection = await inside(t, office);
    await connection.send('POST /early HTTP/1.1\r\nHost: github.com\r\nContent-Length: 1000000\r\n\r\nabc');
    const early = await connection.readAnswer();
    assert.deepEqual([early.status, early.body.toString()], [413, 'too large']);
    assert.equal((await connection.readToEnd()).length, 0);
  });

  test('reaches the client over HTTP/2, and the session goes on', async (t) => {
    const session = await insideHttp2(t, office);
    const stream = session.request({ ':path': '/early', ':method': 'POST' }, { endStream: false });
    stream.write('abc');
    const [headers] = await once(stream, 'response');
    assert.equal(headers[':status'], 413);
    let ended = 0;
    const push = stream.push.bind(stream);
    stream.push = (piece, encoding) => {
      // Node ends a stream that was reset too, but only once it is closed.
      if (piece === null && !stream.closed) ended += 1;
      return push(piece, encoding);
    };
    // The client has not ended its request: it is told to stop, without an error.
    stream.resume();
    await once(stream, 'close');
    assert.deepEqual([stream.rstCode, ended], [0, 1], 'the answer ends, and then the stream is reset');
    assert.equal((await askHttp2(session, { ':path': '/x' })).status, 200);
  });
});

test('R-36 the way around the gate is not advertised', async (t) => {
  const connection = await inside(t, office);
  await connection.send('GET /escape HTTP/1.1\r\nHost: github.com\r\n\r\n');
  const names = (await connection.readAnswer()).headers.map((item) => item.toLowerCase());
  assert.ok(!names.includes('alt-svc'));
  const session = await insideHttp2(t, office);
  assert.ok(!(await askHttp2(session, { ':path': '/escape' })).headers.includes('alt-svc'));
});

async function closeBehindEnd(stream: ServerHttp2Stream): Promise<void> {
  await untilTrue(() => stream.state.localClose === 1, 'the answer is not over');
  stream.close(0);
}

function sendBig(
  stream: NodeJS.WritableStream,
  whenSent: () => void = () => undefined,
): { readonly sent: () => number } {
  const piece = Buffer.alloc(256 * 1024, 'x');
  let sent = 0;
  const pour = (): void => {
    while (sent < BIG) {
      sent += piece.length;
      if (!stream.write(piece)) {
        stream.once('drain', pour);
        return;
      }
    }
    whenSent();
  };
  pour();
  return { sent: () => sent };
}

/** The count once it has stood still for many turns of the event loop. */
async function settledCount(count: () => number): Promise<number> {
  let last = -1;
  let still = 0;
  await untilTrue(() => {
    still = count() === last && last > 0 ? still + 1 : 0;
    last = count();
    return still > 2_000;
  }, 'the count does not stand still');
  return last;
}

async function readUntil(
  connection: { read(length: number): Promise<Buffer> },
  end: string,
): Promise<string> {
  let text = '';
  while (!text.endsWith(end)) {
    const piece = await connection.read(1);
    if (piece.length === 0) break;
    text += piece.toString('latin1');
  }
  return text;
}
