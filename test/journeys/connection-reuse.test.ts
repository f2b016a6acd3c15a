// Upstream connections that serve one request after another: what one request left behind must not touch the next.
// Must not know the pool.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createSecureServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createTestAuthority, type TestAuthority } from '../support/certificates.ts';
import { askHttp2 } from '../support/http2-client.ts';
import { inside, insideHttp2, startOffice, UPSTREAM_NAMES } from '../support/office.ts';
import { tunnel } from '../support/raw-client.ts';
import type { TestScope } from '../support/test-scope.ts';

const BIG = Buffer.alloc(1_048_576, 'x');

test('R-10 an answer larger than the client takes at once does not stall the next request on its connection', async (t) => {
  const office = await startOffice(t, { twin: { answer: (_request, response) => response.end(BIG) } });
  const client = await inside(t, office);
  for (const path of ['/first', '/second', '/third']) {
    await client.send(`GET ${path} HTTP/1.1\r\nHost: github.com\r\n\r\n`);
    const answer = await client.readAnswer();
    assert.equal(answer.status, 200);
    assert.equal(answer.body.length, BIG.length);
  }
  assert.equal(new Set(office.twin.requests().map(({ connection }) => connection)).size, 1);
});

test('R-10 two listeners share no connection, though one address comes through both', async (t) => {
  const office = await startOffice(t, { listeners: [{ name: 'open' }, { name: 'second' }] });
  for (const name of ['open', 'second', 'open', 'second']) {
    const client = await tunnel(t, 'github.com:443', {
      proxyPort: office.gate.port(name),
      ca: office.roots.join('\n'),
    });
    await client.send('GET /x HTTP/1.1\r\nHost: github.com\r\n\r\n');
    assert.equal((await client.readAnswer()).status, 200);
  }
  const [open, second, ...again] = office.twin.requests().map(({ connection }) => connection);
  assert.notEqual(open, second);
  assert.deepEqual(again, [open, second]);
});

test('R-10 HTTP/2 connections that upstream lets carry few streams are used side by side, and again', async (t) => {
  const authority = await createTestAuthority();
  const upstream = await startNarrow(t, authority);
  const office = await startOffice(t, { authority, upstreamPort: upstream.port });
  const client = await insideHttp2(t, office);
  const ask = async (): Promise<number> => (await askHttp2(client, { ':path': '/' })).status;
  assert.equal(await ask(), 200);
  for (let round = 0; round < 10; round += 1) {
    assert.deepEqual(await Promise.all(Array.from({ length: 6 }, ask)), Array(6).fill(200));
  }
  assert.ok(upstream.sessions() <= 6, `${upstream.sessions()} connections for 6 streams at a time`);
});

/** An upstream that takes two streams at a time on each connection, and answers each in a later turn. */
async function startNarrow(
  t: TestScope,
  authority: TestAuthority,
): Promise<{ readonly port: number; sessions(): number }> {
  const leaf = await authority.issue({ names: UPSTREAM_NAMES });
  const server = createSecureServer({ ...leaf, settings: { maxConcurrentStreams: 2 } });
  let sessions = 0;
  server.on('session', (session) => {
    sessions += 1;
    t.after(() => session.destroy());
  });
  server.on('stream', (stream: ServerHttp2Stream) => {
    setImmediate(() => {
      if (stream.destroyed) return;
      stream.respond({ ':status': 200 });
      stream.end('narrow');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  // A TCP server's address is never a pipe's.
  const { port } = server.address() as AddressInfo;
  return { port, sessions: () => sessions };
}
