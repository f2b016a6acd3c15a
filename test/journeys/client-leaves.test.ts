// Clients that leave: after their answers, which is no failure, and before, which is one.
// Must not know how the gate notices.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import type { OutcomeEvent } from '../../src/core/record/events.ts';
import { openHttp2 } from '../support/http2-client.ts';
import { inside, startOffice } from '../support/office.ts';
import { runToEnd } from '../support/processes.ts';
import type { RawConnection } from '../support/raw-client.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';
import { requireTool } from '../support/tools.ts';

const BODY = 'x'.repeat(2_000);
const office = await startOffice(fileScope(), {
  policy: { version: 1, restrict: { enterprises: ['12345'] }, allow: ['github.com'], otherwise: 'splice' },
  twin: {
    answer: (request, response) => {
      request.resume();
      response.setHeader('content-length', BODY.length);
      const body = request.url?.startsWith('/half') ? BODY.slice(0, 1_000) : BODY;
      if (request.url?.startsWith('/whole')) response.end(body);
      // `/open` has all of its body, and its end does not come.
      else if ('stream' in response) {
        response.writeHead(200);
        response.stream.write(body);
      }
    },
  },
});

/** How often a race may go either way before it is believed that it cannot. */
const ROUNDS = 12;

async function outcomeOf(path: string): Promise<OutcomeEvent> {
  return (await office.gate.pair((decision) => decision.request?.path === path)).outcome;
}

/** Asks over HTTP/2 and reads so many bytes of the answer. */
async function readHttp2(t: TestScope, path: string, bytes: number): Promise<RawConnection> {
  const connection = await inside(t, office, { alpn: ['h2'] });
  const session = await openHttp2(t, connection.socket, 'github.com');
  const stream = session.request({ ':path': path });
  stream.on('error', () => undefined);
  session.on('error', () => undefined);
  let read = 0;
  for await (const piece of stream) {
    read += piece.length;
    if (read >= bytes && !path.startsWith('/whole')) break;
  }
  return connection;
}

async function curl(t: TestScope, args: readonly string[]): Promise<void> {
  const proxy = `http://127.0.0.1:${office.gate.port('open')}`;
  assert.equal((await runToEnd(t, ['curl', '-sS', '-k', '--proxy', proxy, ...args])).status, 0);
}

describe('C5 a client that leaves after its answers', () => {
  test('C5 over HTTP/2 is no failure, however it goes', async (t) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { socket } = await readHttp2(t, `/whole-${round}`, BODY.length);
      if (round % 2 === 0) socket.destroy();
      else socket.end();
      const { status, bytesOut, failure } = await outcomeOf(`/whole-${round}`);
      assert.deepEqual([status, bytesOut, failure], [200, BODY.length, null]);
    }
  });

  test('C5 over HTTP/2 is no failure where it had every byte that was announced', async (t) => {
    const { socket } = await readHttp2(t, '/open', BODY.length);
    socket.destroy();
    assert.equal((await outcomeOf('/open')).failure, null);
  });

  test('C5 over HTTP/2 is one where bytes are left to come', async (t) => {
    const { socket } = await readHttp2(t, '/half', 1_000);
    socket.destroy();
    assert.equal((await outcomeOf('/half')).failure?.code, 'client-gone');
  });

  for (const version of ['--http1.1', '--http2'] as const) {
    test(`C5 curl ${version} is no failure`, async (t) => {
      if (requireTool(t, 'curl') === null) return;
      for (let round = 0; round < ROUNDS; round += 1) {
        const path = `/whole-curl${version}-${round}`;
        await curl(t, [version, `https://github.com${path}`]);
        const { id, failure } = await outcomeOf(path);
        assert.equal(failure, null);
        const { outcome } = await office.gate.pair((decision) => decision.id === id.replace(/\..*/, ''));
        assert.equal(outcome.failure, null);
      }
    });
  }

  test('C5 in a splice is no failure, where what comes behind finds nobody', async (t) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      office.gate.forgetEvents();
      const connection = await inside(t, office, {
        authority: 'www.example.org:443',
        ca: office.authority.rootPem,
      });
      await connection.send('GET /whole HTTP/1.1\r\nHost: www.example.org\r\n\r\n');
      await connection.readAnswer();
      connection.socket.end();
      await once(connection.socket, 'close');
      const { outcome } = await office.gate.pair((decision) => decision.verdict === 'splice');
      assert.equal(outcome.failure, null);
    }
  });
});
