// WebSocket handshakes that open nothing: without what RFC 6455 asks for, or answered by something else over HTTP/2; and
// what of a handshake's fields crosses from HTTP/2 to HTTP/1.1. Must not know how a handshake is judged.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { headerValues } from '../../src/core/base/header-lines.ts';
import { gateSays, headerOf } from '../support/gate-answers.ts';
import { answerOf } from '../support/http2-client.ts';
import { inside, insideHttp2, startOffice } from '../support/office.ts';
import { fileScope } from '../support/test-scope.ts';
import { webSocketAccept } from '../support/twin.ts';
import { untilTrue } from '../support/until.ts';
import { clientFrame } from '../support/websocket-frames.ts';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
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

describe('R-33 a handshake', () => {
  const unopened: readonly { name: string; lines: string; status: number }[] = [
    { name: 'no key', lines: 'Sec-WebSocket-Version: 13', status: 400 },
    { name: 'an empty key', lines: 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key:', status: 400 },
    { name: 'a short key', lines: 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: YQ==', status: 400 },
    {
      name: 'two keys',
      lines: `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Key: ${KEY}`,
      status: 400,
    },
    { name: 'no version', lines: `Sec-WebSocket-Key: ${KEY}`, status: 400 },
    {
      name: 'two versions',
      lines: `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Key: ${KEY}`,
      status: 400,
    },
    { name: 'version 8', lines: `Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: ${KEY}`, status: 426 },
    { name: 'version 1337', lines: `Sec-WebSocket-Version: 1337\r\nSec-WebSocket-Key: ${KEY}`, status: 426 },
  ];
  for (const { name, lines, status } of unopened) {
    test(`D2 a handshake with ${name} is ${status}, and goes no further`, async (t) => {
      const heads = older.twin.requests().length;
      const connection = await inside(t, older);
      await connection.send(
        `GET /ws HTTP/1.1\r\nHost: github.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${lines}\r\n\r\n`,
      );
      const answer = await connection.readAnswer();
      assert.deepEqual([answer.status, gateSays(answer.headers).code], [status, 'bad-request']);
      assert.equal(headerOf(answer.headers, 'sec-websocket-version'), status === 426 ? '13' : null);
      assert.equal((await connection.readToEnd()).length, 0);
      assert.equal(older.twin.requests().length, heads);
    });
  }

  for (const [version, status] of [
    [undefined, 400],
    ['8', 426],
  ] as const) {
    test(`D2 over HTTP/2 a handshake of version ${version ?? 'none'} is ${status}`, async (t) => {
      const { 'sec-websocket-version': _, ...rest } = CONNECT;
      const fields = version === undefined ? rest : { ...rest, 'sec-websocket-version': version };
      for (const which of [office, older]) {
        const requests = which.twin.requests().length;
        const session = await insideHttp2(t, which);
        const [head, , headers] = await once(session.request(fields, { endStream: false }), 'response');
        assert.deepEqual([head[':status'], gateSays(headers).code], [status, 'bad-request']);
        assert.equal(headerOf(headers, 'sec-websocket-version'), status === 426 ? '13' : null);
        assert.equal(which.twin.requests().length, requests);
      }
    });
  }

  const bridged: readonly { name: string; reply: string }[] = [
    ...['200 OK', '201 Created', '204 No Content'].map((status) => ({
      name: `B13 ${status}`,
      reply: `HTTP/1.1 ${status}\r\n${status.startsWith('204') ? '' : 'Content-Length: 4\r\n'}\r\npage`,
    })),
    { name: 'a 101 with a wrong accept', reply: SWITCHED },
    { name: 'a 101 to another protocol', reply: SWITCHED.replace('websocket', 'h2c') },
  ];
  for (const { name, reply } of bridged) {
    test(`${name} is 502 over HTTP/2, and upstream is let go of`, async (t) => {
      let isOver = false;
      const which = await startOffice(t, {
        twin: {
          upgrade: (_, socket) => {
            socket.once('close', () => {
              isOver = true;
            });
            socket.resume();
            socket.write(reply);
          },
        },
      });
      const session = await insideHttp2(t, which);
      const stream = session.request(CONNECT, { endStream: false });
      stream.on('error', () => undefined);
      stream.write(clientFrame());
      const { status, headers, body } = await answerOf(stream);
      assert.deepEqual([status, gateSays(headers).code], [502, 'bad-response']);
      assert.ok(!body.includes('page'));
      await untilTrue(() => isOver, 'upstream was not let go of');
    });
  }

  test('B13 over HTTP/2 towards HTTP/1.1 cookies are one line again, and te stays behind', async (t) => {
    const session = await insideHttp2(t, older);
    const fields = Object.entries(CONNECT).flat();
    const crumbs = ['te', 'trailers', 'cookie', 'a=1', 'x-other', '1', 'cookie', 'b=2', 'cookie', 'c="3; 4"'];
    const stream = session.request([...fields, ...crumbs], { endStream: false });
    await once(stream, 'response');
    stream.close();
    const { headers = [] } = older.twin.requests().at(-1) ?? {};
    assert.deepEqual(headerValues(headers, 'cookie'), ['a=1; b=2; c="3; 4"']);
    assert.deepEqual([headerValues(headers, 'te'), headerValues(headers, 'x-other')], [[], ['1']]);
  });

  test('B13 over HTTP/2 towards HTTP/2 cookies stay as they came, and te goes on', async (t) => {
    const session = await insideHttp2(t, office);
    const fields = Object.entries(CONNECT).flat();
    const stream = session.request([...fields, 'te', 'trailers', 'cookie', 'a=1', 'cookie', 'b=2'], {
      endStream: false,
    });
    await once(stream, 'response');
    stream.close();
    const { headers = [] } = office.twin.requests().at(-1) ?? {};
    assert.deepEqual(headerValues(headers, 'cookie').join('; '), 'a=1; b=2');
    assert.deepEqual(headerValues(headers, 'te'), ['trailers']);
  });
});
