// Splices and WebSockets whose one side breaks, ends its half, or falls silent: the other side sees it, the record says
// which side it was, and nothing is kept.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import type { OutcomeEvent } from '../../src/core/record/events.ts';
import { createTestAuthority } from '../support/certificates.ts';
import { captureClientHello } from '../support/client-hellos.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { listening } from '../support/listening.ts';
import { inside, startOffice, UPSTREAM_NAMES } from '../support/office.ts';
import { connectThrough, type RawConnection } from '../support/raw-client.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';
import { startTwin } from '../support/twin.ts';
import { until, untilTrue } from '../support/until.ts';
import { clientFrame, serverFrame } from '../support/websocket-frames.ts';

const IDLE = '400ms';
const SPLICED = 'docs.example.org';
const scope = fileScope();
const authority = await createTestAuthority();

/** What stands at the end of a splice sees bytes; it takes them, and each test has the socket. */
const accepted: Socket[] = [];
const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  socket.on('error', () => undefined);
  accepted.push(socket);
});
const relay = await startFaultProxy(scope, await listening(scope, server));
const twin = await startTwin(scope, {
  tls: await authority.issue({ names: UPSTREAM_NAMES }),
  alpn: ['http/1.1'],
});
const twinRelay = await startFaultProxy(scope, twin.port);
const office = await startOffice(scope, {
  authority,
  upstreamPort: twinRelay.port,
  resolve: { [`${SPLICED}:443`]: `127.0.0.1:${relay.port}` },
  limits: { idleTimeout: IDLE },
});

interface Splice {
  readonly client: RawConnection;
  readonly upstream: Socket;
}

/** A splice that stands: upstream has the client's hello. */
async function openSplice(t: TestScope): Promise<Splice> {
  const hello = await captureClientHello(t, { servername: SPLICED });
  const before = accepted.length;
  const proxyPort = office.gate.port();
  const { connection, answer } = await connectThrough(t, `${SPLICED}:443`, { proxyPort });
  assert.equal(answer.status, 200);
  await connection.send(hello);
  const upstream = await until(() => accepted[before] ?? null, 'upstream was not connected to');
  const [first] = await once(upstream, 'data');
  assert.deepEqual(first, Buffer.from(hello));
  return { client: connection, upstream };
}

/** The next outcome of a spliced connection. */
async function spliceEnd(after: number): Promise<OutcomeEvent> {
  return until(() => {
    const events = office.gate.events().slice(after);
    const ids = events.flatMap((event) =>
      event.kind === 'decision' && event.destination.startsWith(SPLICED) ? [event.id] : [],
    );
    for (const event of events) if (event.kind === 'outcome' && ids.includes(event.id)) return event;
    return null;
  }, 'the splice has no outcome');
}

describe('R-40 a splice whose', () => {
  const rows: readonly {
    readonly name: string;
    readonly strike: (splice: Splice) => void;
    readonly failure: string;
  }[] = [
    { name: 'upstream is reset', strike: () => relay.resetAll(), failure: 'upstream upstream-closed' },
    {
      name: 'client is reset',
      strike: ({ client }) => {
        if ('resetAndDestroy' in client.socket) (client.socket as Socket).resetAndDestroy();
      },
      failure: 'client client-gone',
    },
    { name: 'both sides fall silent', strike: () => undefined, failure: 'gateway idle-timeout' },
  ];
  for (const { name, strike, failure } of rows) {
    test(`${name} ends on the other side too`, async (t) => {
      const before = office.gate.events().length;
      const splice = await openSplice(t);
      const gone = once(splice.upstream, 'close');
      splice.upstream.on('end', () => splice.upstream.destroy());
      splice.upstream.resume();
      strike(splice);
      const outcome = await spliceEnd(before);
      assert.equal(`${outcome.failure?.side} ${outcome.failure?.code}`, failure);
      await gone;
      await splice.client.readToEnd();
    });
  }

  test('client ends its half still gets what upstream has to say', async (t) => {
    const before = office.gate.events().length;
    const { client, upstream } = await openSplice(t);
    client.socket.end('last words');
    const [words] = await once(upstream, 'data');
    assert.equal(String(words), 'last words');
    await once(upstream, 'end');
    upstream.end('an answer');
    assert.equal((await client.readToEnd()).toString(), 'an answer');
    assert.equal((await spliceEnd(before)).failure, null);
  });

  test('upstream ends its half still gets what the client has to say', async (t) => {
    const before = office.gate.events().length;
    const { client, upstream } = await openSplice(t);
    upstream.end('goodbye');
    assert.equal((await client.readToEnd()).toString(), 'goodbye');
    client.socket.end('late words');
    const [words] = await once(upstream, 'data');
    assert.equal(String(words), 'late words');
    assert.equal((await spliceEnd(before)).failure, null);
  });

  test('upstream is reset before it is told of, is 502 at the CONNECT', async (t) => {
    const gone = await startOffice(t, { authority, resolve: { [`${SPLICED}:443`]: '127.0.0.1:1' } });
    const { answer } = await connectThrough(t, `${SPLICED}:443`, { proxyPort: gone.gate.port() });
    assert.equal(answer.status, 502);
  });
});

describe('R-33 a WebSocket whose', () => {
  const HANDSHAKE =
    'GET /ws HTTP/1.1\r\nHost: github.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
  const rows = [
    { name: 'upstream is reset', strike: () => twinRelay.resetAll(), failure: 'upstream upstream-closed' },
    {
      name: 'client leaves',
      strike: (client: RawConnection) => void client.socket.destroy(),
      failure: 'undefined undefined',
    },
    { name: 'both sides fall silent', strike: () => undefined, failure: 'gateway idle-timeout' },
  ] as const;
  for (const { name, strike, failure } of rows) {
    test(`${name} ends on the other side too`, async (t) => {
      const before = office.gate.events().length;
      const client = await inside(t, office);
      await client.send(HANDSHAKE);
      assert.equal((await client.readAnswer()).status, 101);
      await client.send(clientFrame());
      assert.deepEqual(await client.read(serverFrame().length), serverFrame());
      strike(client);
      await client.readToEnd();
      const outcome = await until(() => {
        const events = office.gate.events().slice(before);
        const asked = events.find((event) => event.kind === 'decision' && event.stage === 'request');
        const id = asked?.kind === 'decision' ? asked.id : '';
        const found = events.find((event) => event.kind === 'outcome' && event.id === id);
        return found?.kind === 'outcome' ? found : null;
      }, 'the WebSocket has no outcome');
      assert.equal(`${outcome.failure?.side} ${outcome.failure?.code}`, failure);
      assert.equal(outcome.status, 101);
    });
  }
});

test('R-54 after all these faults nothing is kept', async () => {
  await untilTrue(() => relay.open() === 0, 'a splice is still open');
  await office.gate.stop();
  await untilTrue(() => twinRelay.open() === 0, 'an upstream connection is still open');
});
