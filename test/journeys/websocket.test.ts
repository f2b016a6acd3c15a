// WebSockets through the gate: over HTTP/1.1, as HTTP/2 streams, refused, unasked for, and with data ahead of the answer.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { createTestAuthority } from '../support/certificates.ts';
import { gateSays } from '../support/gate-answers.ts';
import { answerOf } from '../support/http2-client.ts';
import { inside, insideHttp2, startOffice, UPSTREAM_NAMES } from '../support/office.ts';
import { type ScriptedRequest, startScripted } from '../support/scripted-upstream.ts';
import { fileScope } from '../support/test-scope.ts';
import { webSocketAccept } from '../support/twin.ts';
import { untilTrue } from '../support/until.ts';
import { clientFrame, serverFrame } from '../support/websocket-frames.ts';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const HANDSHAKE = `GET /ws HTTP/1.1\r\nHost: github.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n\r\n`;
const SWITCHED = `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${webSocketAccept(KEY)}\r\n\r\n`;
const CONNECT = {
  ':method': 'CONNECT',
  ':protocol': 'websocket',
  ':path': '/ws',
  ':scheme': 'https',
  ':authority': 'github.com',
  'sec-websocket-version': '13',
};

const scope = fileScope();
const office = await startOffice(scope, { twin: { extendedConnect: 'yes' } });
const older = await startOffice(scope);
const script: { play: (request: ScriptedRequest) => void } = { play: () => undefined };
const authority = await createTestAuthority();
const leaf = await authority.issue({ names: UPSTREAM_NAMES });
const upstream = await startScripted(scope, leaf, (request) => script.play(request));
/** Answers the next request so, and knows what came behind it by the end of upstream's connection. */
function watchedUpstream(answer: (socket: ScriptedRequest['socket']) => void): { theEnd(): Promise<string> } {
  let behind = '';
  let isOver = false;
  script.play = ({ socket }) => {
    socket.on('data', (piece) => {
      behind += piece;
    });
    socket.once('close', () => {
      isOver = true;
    });
    answer(socket);
  };
  return {
    theEnd: async () => {
      await untilTrue(() => isOver, 'upstream was not let go of');
      return behind;
    },
  };
}

const world = await startOffice(scope, { authority, upstreamPort: upstream.port });

describe('R-33 a WebSocket', () => {
  test('over HTTP/1.1 carries bytes both ways until one side ends', async (t) => {
    const connection = await inside(t, office);
    await connection.send(HANDSHAKE);
    const { status } = await connection.readAnswer();
    assert.equal(status, 101);
    await connection.send(clientFrame());
    assert.deepEqual(await connection.read(serverFrame().length), serverFrame());
    connection.socket.end();
    assert.equal((await connection.readToEnd()).length, 0);
    const { decision, outcome } = await office.gate.pair((event) => event.request?.httpVersion === '1.1');
    assert.deepEqual(
      [decision.request?.websocket, outcome.status, outcome.bytesIn, outcome.bytesOut],
      [true, 101, clientFrame().length, serverFrame().length],
    );
  });

  test('data that comes with the handshake goes up only after the 101', async (t) => {
    const connection = await inside(t, office);
    await connection.send(Buffer.concat([Buffer.from(HANDSHAKE), clientFrame()]));
    assert.equal((await connection.readAnswer()).status, 101);
    assert.deepEqual(await connection.read(serverFrame().length), serverFrame());
  });

  for (const [name, which] of [
    ['takes them as streams', office],
    ['takes them over HTTP/1.1 alone', older],
  ] as const) {
    test(`over HTTP/2, where upstream ${name}`, async (t) => {
      const session = await insideHttp2(t, which);
      const stream = session.request(CONNECT, { endStream: false });
      const [headers] = await once(stream, 'response');
      assert.equal(headers[':status'], 200);
      stream.write(clientFrame());
      const [piece] = await once(stream, 'data');
      assert.deepEqual(piece, serverFrame());
      stream.end();
      await once(stream, 'end');
      const { outcome } = await which.gate.pair((event) => event.request?.httpVersion === '2');
      assert.deepEqual(
        [outcome.bytesIn, outcome.bytesOut, outcome.failure],
        [clientFrame().length, serverFrame().length, null],
      );
    });
  }

  test('that ends at the client ends upstream, and the record says how much it carried', async (t) => {
    const session = await insideHttp2(t, older);
    const stream = session.request({ ...CONNECT, ':path': '/left' }, { endStream: false });
    await once(stream, 'response');
    stream.close();
    await older.gate.pair((event) => event.request?.path === '/left');
  });
});

describe('R-33 an upgrade that is not one', () => {
  test('refused by upstream is a status and a close', async (t) => {
    script.play = ({ socket }) => socket.write('HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno');
    const connection = await inside(t, world);
    await connection.send(`${HANDSHAKE}early`);
    const answer = await connection.readAnswer();
    assert.deepEqual([answer.status, answer.body.toString()], [404, 'no']);
    assert.equal((await connection.readToEnd()).length, 0);
    assert.equal(connection.errorCode, null);
  });

  test('refused by upstream over HTTP/2 is that status', async (t) => {
    const answer = await startOffice(t, {
      twin: {
        upgrade: (_, socket) => void socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno'),
      },
    });
    const session = await insideHttp2(t, answer);
    const stream = session.request(CONNECT, { endStream: false });
    const { status, body } = await answerOf(stream);
    assert.deepEqual([status, body.toString()], [404, 'no']);
  });

  test('refused by GitHub over HTTP/2 is known for that in the record', async (t) => {
    const body =
      'Your network administrator has blocked access to GitHub except for the octo-corp Enterprise.';
    const answer = `HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const github = await startOffice(t, { twin: { upgrade: (_, socket) => void socket.end(answer) } });
    const session = await insideHttp2(t, github);
    const stream = session.request(CONNECT, { endStream: false });
    assert.equal((await answerOf(stream)).status, 403);
    const { outcome } = await github.gate.pair((event) => event.request?.path === '/ws');
    assert.deepEqual([outcome.status, outcome.by, outcome.said], [403, 'upstream', 'refused']);
  });

  test('that upstream never answers is 504 over HTTP/2', async (t) => {
    const silent = await startOffice(t, {
      limits: { responseTimeout: '50ms' },
      twin: { upgrade: () => undefined },
    });
    const session = await insideHttp2(t, silent);
    const { status, headers } = await answerOf(session.request(CONNECT, { endStream: false }));
    assert.deepEqual([status, gateSays(headers).code], [504, 'upstream-timeout']);
  });

  const broken: readonly { name: string; request: string; reply: string }[] = [
    {
      name: 'a 101 that nobody asked for',
      request: 'GET /x HTTP/1.1\r\nHost: github.com\r\n\r\n',
      reply: SWITCHED,
    },
    {
      name: 'a 101 with a right accept that nobody asked for',
      request: `GET /x HTTP/1.1\r\nHost: github.com\r\nSec-WebSocket-Key: ${KEY}\r\n\r\n`,
      reply: SWITCHED,
    },
    {
      name: 'a 101 with a wrong accept',
      request: HANDSHAKE,
      reply: SWITCHED.replace(webSocketAccept(KEY), 'AAAA'),
    },
    { name: 'a 101 without an accept', request: HANDSHAKE, reply: SWITCHED.replace(/Sec-.*\r\n/, '') },
    { name: 'a 101 to another protocol', request: HANDSHAKE, reply: SWITCHED.replace('websocket', 'h2c') },
    {
      name: 'a 101 to h2c',
      request: 'GET /x HTTP/1.1\r\nHost: github.com\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
      reply: SWITCHED.replace('websocket', 'h2c'),
    },
  ];
  for (const [at, row] of broken.entries()) {
    test(`${row.name} is 502, and nothing goes up behind it`, async (t) => {
      const upTo = watchedUpstream((socket) => socket.write(row.reply));
      const connection = await inside(t, world);
      await connection.send(`${row.request}GET /smuggled-${at} HTTP/1.1\r\nHost: github.com\r\n\r\n`);
      const answer = await connection.readAnswer();
      assert.deepEqual([answer.status, gateSays(answer.headers).code], [502, 'bad-response']);
      // What came up is known once upstream's connection is over.
      assert.equal(await upTo.theEnd(), '');
      // Behind a plain request it is a request of its own, and has a connection of its own.
      const isOwn = !row.request.includes('Upgrade');
      assert.ok(isOwn || upstream.heads().every((head) => !head.includes(`smuggled-${at}`)));
    });
  }

  test('a 200 to a handshake opens no tunnel', async (t) => {
    script.play = ({ socket }) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    const connection = await inside(t, world);
    await connection.send(`${HANDSHAKE}GET /behind HTTP/1.1\r\nHost: evil.example\r\n\r\n`);
    assert.equal((await connection.readAnswer()).status, 200);
    await connection.readToEnd();
    assert.ok(upstream.heads().every((head) => !head.includes('behind')));
  });

  const handshakes: readonly { name: string; request: string }[] = [
    { name: 'with a body', request: HANDSHAKE.replace('\r\n\r\n', '\r\nContent-Length: 1\r\n\r\nx') },
    {
      name: 'with a body in chunks',
      request: HANDSHAKE.replace('\r\n\r\n', '\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
    },
    { name: 'by POST', request: HANDSHAKE.replace('GET', 'POST') },
    { name: 'of HTTP/1.0', request: HANDSHAKE.replace('HTTP/1.1', 'HTTP/1.0') },
  ];
  for (const { name, request } of handshakes) {
    test(`a handshake ${name} is 400, and goes no further`, async (t) => {
      const connection = await inside(t, world);
      const heads = upstream.heads().length;
      await connection.send(`${request}GET /behind HTTP/1.1\r\nHost: github.com\r\n\r\n`);
      const answer = await connection.readAnswer();
      assert.deepEqual([answer.status, gateSays(answer.headers).code], [400, 'bad-request']);
      assert.equal((await connection.readToEnd()).length, 0);
      assert.equal(upstream.heads().length, heads);
    });
  }

  test('an upgrade to anything else is a plain request upstream', async (t) => {
    const connection = await inside(t, office);
    await connection.send(
      'GET /x HTTP/1.1\r\nHost: github.com\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n',
    );
    assert.equal((await connection.readAnswer()).status, 200);
    const names =
      office.twin
        .requests()
        .at(-1)
        ?.headers.map((item) => item.toLowerCase()) ?? [];
    assert.ok(!names.includes('upgrade') && !names.includes('http2-settings'));
  });
});
