// What goes through unseen: both halves end alone, bytes arrive as they were sent, the record counts them; and the
// places that a splice never leads to.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { captureClientHello } from '../support/client-hellos.ts';
import { gateSays } from '../support/gate-answers.ts';
import { startOffice } from '../support/office.ts';
import { connectThrough, type RawConnection } from '../support/raw-client.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';
import { untilTrue } from '../support/until.ts';

const scope = fileScope();
const accepted: Socket[] = [];
const server = createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => undefined);
  accepted.push(socket);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
scope.after(() => {
  for (const socket of accepted) socket.destroy();
  server.close();
});
const port = (server.address() as AddressInfo).port;
const office = await startOffice(scope, {
  resolve: {
    'docs.example.org:443': `127.0.0.1:${port}`,
    'neighbour.example.org:443': '192.0.2.1:443',
    // The same address by way of NAT64 (RFC 6052).
    'translated.example.org:443': '[64:ff9b::c000:201]:443',
    'github.com:443': '192.0.2.1:443',
    'self.example.org:443': null,
  },
});
const { gate } = office;

interface Spliced {
  readonly client: RawConnection;
  readonly upstream: Socket;
  readonly hello: Buffer;
  readonly received: () => Buffer;
}

async function spliced(t: TestScope): Promise<Spliced> {
  const before = accepted.length;
  const { connection, answer } = await connectThrough(t, 'docs.example.org:443', { proxyPort: gate.port() });
  assert.equal(answer.status, 200);
  const hello = Buffer.from(await captureClientHello(t, { servername: 'docs.example.org' }));
  await untilTrue(() => accepted.length > before, 'nobody connected upstream');
  const upstream = accepted[before];
  assert.ok(upstream !== undefined);
  let seen = Buffer.alloc(0);
  upstream.on('data', (piece) => {
    seen = Buffer.concat([seen, Buffer.from(piece)]);
  });
  await connection.send(hello);
  await untilTrue(() => seen.length === hello.length, 'the hello did not arrive');
  return { client: connection, upstream, hello, received: () => seen };
}

describe('a splice', () => {
  test('passes bytes as they were sent, and counts them', async (t) => {
    const { client, upstream, hello, received } = await spliced(t);
    assert.deepEqual(received(), hello);
    upstream.write('down');
    assert.equal((await client.read(4)).toString(), 'down');
    const before = gate.events().length;
    client.socket.end();
    await once(upstream, 'end');
    upstream.end();
    await client.readToEnd();
    const outcome = await gate.event(
      (event) => event.kind === 'outcome' && gate.events().indexOf(event) >= before,
    );
    assert.ok(outcome.kind === 'outcome');
    assert.deepEqual([outcome.bytesIn, outcome.bytesOut, outcome.failure], [hello.length, 4, null]);
  });

  test('lets the client end its half and still read', async (t) => {
    const { client, upstream } = await spliced(t);
    client.socket.end();
    await once(upstream, 'end');
    upstream.end('after the end');
    assert.equal((await client.readToEnd()).toString(), 'after the end');
  });

  test('lets upstream end its half and still read', async (t) => {
    const { client, upstream, hello, received } = await spliced(t);
    upstream.end();
    assert.equal((await client.readToEnd()).length, 0);
    await client.send('after the end');
    client.socket.end();
    await once(upstream, 'end');
    assert.equal(received().subarray(hello.length).toString(), 'after the end');
  });

  test('ends when the client is gone', async (t) => {
    const { client, upstream } = await spliced(t);
    const over = Promise.race([once(upstream, 'end'), once(upstream, 'close')]);
    client.socket.destroy();
    await over;
  });

  test('ends when upstream is gone', async (t) => {
    const { client, upstream } = await spliced(t);
    upstream.resetAndDestroy();
    await client.readToEnd();
  });
});

describe('R-42, R-43, R-45 a splice that must not be', () => {
  for (const [words, host] of [
    ['where a stamped host is', 'neighbour.example.org'],
    ['where NAT64 leads to a stamped host', 'translated.example.org'],
  ] as const) {
    test(`R-43 ${words}`, async (t) => {
      const { answer } = await connectThrough(t, `${host}:443`, { proxyPort: gate.port() });
      assert.deepEqual([answer.status, gateSays(answer.headers).code], [403, 'splice-address']);
    });
  }

  test('to a name without an address', async (t) => {
    const { answer } = await connectThrough(t, 'self.example.org:443', { proxyPort: gate.port() });
    assert.deepEqual([answer.status, gateSays(answer.headers).code], [502, 'address-refused']);
  });

  test('to nobody who listens', async (t) => {
    const idle = await startOffice(t, { resolve: { 'docs.example.org:443': '127.0.0.1:1' } });
    const { answer } = await connectThrough(t, 'docs.example.org:443', { proxyPort: idle.gate.port() });
    assert.deepEqual([answer.status, gateSays(answer.headers).code], [502, 'connect-failed']);
  });
});
