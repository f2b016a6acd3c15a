// A client that has ended its half by the time its WebSocket opens, over HTTP/1.1, as a stream of HTTP/2, and across both:
// what it opened ends with it, long before anything idles. Must not know how the gate joins two sides.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { inside, insideHttp2, type Office, startOffice } from '../support/office.ts';
import { fileScope } from '../support/test-scope.ts';

const scope = fileScope();
const streams = await startOffice(scope, { twin: { extendedConnect: 'yes' } });
const older = await startOffice(scope);
const CONNECT = {
  ...{ ':method': 'CONNECT', ':protocol': 'websocket', ':scheme': 'https' },
  ...{ ':authority': 'github.com', 'sec-websocket-version': '13' },
};

describe('R-33 a client that ends its half with its handshake holds nothing open', () => {
  const rows: readonly (readonly [name: string, office: Office, ask: typeof askPlainly])[] = [
    ['over HTTP/1.1', older, askPlainly],
    ['as a stream of HTTP/2', streams, askStream],
    ['over HTTP/2 towards HTTP/1.1', older, askStream],
  ];
  for (const [at, [name, office, ask]] of rows.entries()) {
    test(name, async (t) => {
      const path = `/ended-${at}`;
      await ask(t, office, path);
      const { outcome } = await office.gate.pair(({ request }) => request?.path === path);
      assert.notEqual(outcome.failure?.code, 'idle-timeout');
    });
  }
});

async function askPlainly(t: TestContext, office: Office, path: string): Promise<void> {
  const { socket } = await inside(t, office);
  socket.end(
    `GET ${path} HTTP/1.1\r\nHost: github.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  );
  socket.resume();
}

async function askStream(t: TestContext, office: Office, path: string): Promise<void> {
  const session = await insideHttp2(t, office);
  const stream = session.request({ ...CONNECT, ':path': path }, { endStream: true });
  stream.on('error', () => undefined);
  stream.resume();
}
