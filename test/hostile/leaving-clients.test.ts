// Clients that leave at the worst moment, and connections that would stay for ever: nobody's gate ends, nothing is kept.
// Must not know how the gate lets go.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { constants } from 'node:http2';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import { askHttp2 } from '../support/http2-client.ts';
import { atProxy, insideHttp2, officePolicy, startOffice } from '../support/office.ts';
import { fileScope } from '../support/test-scope.ts';
import type { TwinOptions } from '../support/twin.ts';
import { untilTrue } from '../support/until.ts';

const WEBSOCKET = {
  ':method': 'CONNECT',
  ':protocol': 'websocket',
  ':path': '/ws',
  'sec-websocket-version': '13',
};

/** Answers what it is asked, and leaves the answer to `/open` open. */
const leavingOpen: Partial<TwinOptions> = {
  answer: (request, response, nonce) => {
    request.resume();
    if (request.url === '/open' && 'stream' in response) response.stream.respond({ ':status': 200 });
    else response.end(nonce);
  },
};

const scope = fileScope();
const office = await startOffice(scope, { twin: leavingOpen });

function openConnections(): number {
  const ofTunnels = office.gate
    .events()
    .filter((event) => event.kind !== 'gate' && event.stage === 'connection');
  const outcomes = ofTunnels.filter((event) => event.kind === 'outcome').length;
  return ofTunnels.length - 2 * outcomes;
}

const untilAllAreOver = (): Promise<void> =>
  untilTrue(() => openConnections() === 0, 'a connection whose client left has no outcome');

describe('R-38 a client that leaves over HTTP/2', () => {
  test('within a WebSocket handshake ends nobody else, and every request has its outcome', async (t) => {
    const session = await insideHttp2(t, office);
    for (let round = 0; round < 12; round += 1) {
      const stream = session.request(WEBSOCKET, { endStream: false });
      stream.on('error', () => undefined);
      setImmediate(() => stream.close(constants.NGHTTP2_CANCEL));
      await once(stream, 'close');
    }
    assert.equal((await askHttp2(session, { ':path': '/x' })).status, 200);
    session.destroy();
    await untilAllAreOver();
  });

  test('within an upload, or while its answer is still open, keeps no connection', async (t) => {
    for (const path of ['/open', '/x']) {
      const session = await insideHttp2(t, office);
      const stream = session.request({ ':method': 'POST', ':path': path }, { endStream: false });
      stream.on('error', () => undefined);
      stream.write(Buffer.alloc(100_000));
      if (path === '/open') await once(stream, 'response');
      session.socket.destroy();
    }
    await untilAllAreOver();
  });
});

test('R-52 a policy that changes while a splice waits for its hello holds for it', async (t) => {
  await office.gate.setPolicy(stringify(officePolicy()));
  const waiting = await atProxy(t, office);
  await waiting.send('CONNECT docs.example.org:443 HTTP/1.1\r\nHost: docs.example.org:443\r\n\r\n');
  assert.equal((await waiting.readAnswer('CONNECT')).status, 200);
  await office.gate.setPolicy(
    stringify({ ...officePolicy(), block: [{ name: 'docs', to: 'docs.example.org' }] }),
  );
  await waiting.readToEnd();
  const { outcome } = await office.gate.pair((event) => event.destination === 'docs.example.org:443');
  assert.equal(outcome.failure?.code, 'policy-changed');
  await office.gate.setPolicy(stringify(officePolicy()));
});

test('R-54 what comes behind the last answer buys a connection no time', async (t) => {
  const connection = await atProxy(t, office);
  await connection.send('NO HTTP\r\n\r\n');
  assert.equal((await connection.readAnswer()).status, 400);
  const closed = new Promise((resolve) => connection.socket.once('close', resolve));
  connection.socket.on('error', () => undefined);
  const trickle = setInterval(() => connection.socket.write('x'), 100);
  t.after(() => clearInterval(trickle));
  await closed;
});
