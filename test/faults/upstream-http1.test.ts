// Upstream breaks over HTTP/1.1 at every phase of a connection and in every way: the client is told 502 or 504, or sees
// the cut; the record says on whose side; the next request works, and nothing is kept.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTestAuthority } from '../support/certificates.ts';
import { type Fault, type FaultPlan, startFaultProxy } from '../support/fault-proxy.ts';
import { gateSays } from '../support/gate-answers.ts';
import { inside, startOffice, UPSTREAM_NAMES } from '../support/office.ts';
import type { RawConnection } from '../support/raw-client.ts';
import { type ScriptedRequest, startScripted } from '../support/scripted-upstream.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';
import { untilTrue } from '../support/until.ts';

const SHORT = '300ms';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

const scope = fileScope();
const authority = await createTestAuthority();
const script: { play: (request: ScriptedRequest) => void } = { play: ({ socket }) => socket.write(OK) };
const upstream = await startScripted(scope, await authority.issue({ names: UPSTREAM_NAMES }), (request) =>
  script.play(request),
);
const relay = await startFaultProxy(scope, upstream.port);
const office = await startOffice(scope, {
  authority,
  upstreamPort: relay.port,
  limits: { responseTimeout: SHORT, idleTimeout: '600ms', handshakeTimeout: SHORT, poolIdleTimeout: '1s' },
});
let names = 0;

/** A host that the gate has not proved yet, so that it dials while the test looks on. */
function newHost(): string {
  names += 1;
  return `h${names}.github.com`;
}

function healthy(): void {
  relay.plan({});
  script.play = ({ socket }) => socket.write(OK);
}

async function ask(connection: RawConnection, host: string, path: string): Promise<void> {
  await connection.send(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
}

/** A new client is served by the same host, and the record has the outcome of the request that failed. */
async function recovers(t: TestScope, host: string): Promise<void> {
  healthy();
  const connection = await inside(t, office, { authority: `${host}:443` });
  await ask(connection, host, '/again');
  assert.equal((await connection.readAnswer()).body.toString(), 'ok');
  connection.socket.destroy();
}

async function outcomeOf(
  path: string,
): Promise<{ readonly status: number | null; readonly failure: unknown }> {
  const { outcome } = await office.gate.pair(({ request }) => request?.path === path);
  const { code, side } = outcome.failure ?? {};
  return { status: outcome.status, failure: outcome.failure === null ? null : `${side} ${code}` };
}

describe('R-40 a connection that breaks before there is a request is told of inside the tunnel:', () => {
  interface Row {
    readonly name: string;
    readonly plan: FaultPlan;
    readonly status: number;
    readonly code: RegExp;
  }
  const broken = (name: string, direction: 'up' | 'down', bytes: number): Row[] =>
    (['reset', 'end'] as const).map((does) => ({
      name: `${name} (${does})`,
      plan: { at: { direction, bytes, does } },
      status: 502,
      // A reset may come before the connection is known to stand.
      code: bytes === 0 ? /^(?:upstream-tls|connect-failed)$/ : /^upstream-tls$/,
    }));
  const silent = (name: string, bytes: number): Row => ({
    name: `${name} (silence)`,
    plan: { at: { direction: 'down', bytes, does: 'silence' } },
    status: 504,
    code: /^upstream-tls-timeout$/,
  });
  const rows: readonly Row[] = [
    ...broken('as soon as it is accepted', 'down', 0),
    ...broken('after half of our hello', 'up', 200),
    ...broken('within the server’s hello', 'down', 60),
    ...broken('within the certificate', 'down', 600),
    silent('as soon as it is accepted', 0),
    silent('within the certificate', 600),
  ];
  for (const row of rows) {
    test(row.name, async (t) => {
      const host = newHost();
      relay.plan(row.plan);
      const connection = await inside(t, office, { authority: `${host}:443` });
      await ask(connection, host, '/x');
      const answer = await connection.readAnswer();
      const { code, reference } = gateSays(answer.headers);
      assert.equal(answer.status, row.status);
      assert.match(code ?? '', row.code);
      connection.socket.destroy();
      const event = await office.gate.event(
        ({ kind, ...rest }) => kind === 'outcome' && 'id' in rest && rest.id === reference,
      );
      const failure = event.kind === 'outcome' ? event.failure : null;
      assert.deepEqual([failure?.side, failure?.code], ['upstream', code]);
      await recovers(t, host);
    });
  }
});

interface Phase {
  readonly name: string;
  /** What upstream sends before it breaks. */
  readonly sent: string;
  /** Whether an answer's head was whole, so that the client sees a cut instead of a status. */
  readonly seen: 'status' | 'cut';
}

const PHASES: readonly Phase[] = [
  { name: 'before the head', sent: '', seen: 'status' },
  { name: 'within the head', sent: 'HTTP/1.1 200 OK\r\nContent-Le', seen: 'status' },
  { name: 'after an interim answer', sent: 'HTTP/1.1 103 Early Hints\r\n\r\n', seen: 'status' },
  { name: 'after the head', sent: 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n', seen: 'cut' },
  { name: 'within a body', sent: 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc', seen: 'cut' },
  { name: 'within a chunk', sent: `${CHUNKED}10\r\nabc`, seen: 'cut' },
  { name: 'between two chunks', sent: `${CHUNKED}3\r\nabc\r\n`, seen: 'cut' },
  { name: 'in front of the last chunk', sent: `${CHUNKED}3\r\nabc\r\n0`, seen: 'cut' },
  { name: 'within the trailers', sent: `${CHUNKED}3\r\nabc\r\n0\r\ngrpc-sta`, seen: 'cut' },
];

describe('R-40 an upstream that breaks within its answer never makes it look whole:', () => {
  for (const phase of PHASES) {
    for (const atEnd of ['reset', 'end', 'silence'] as const) {
      test(`${phase.name} (${atEnd})`, async (t) => {
        const host = newHost();
        const path = `/${host}/${atEnd}`;
        relay.plan({ atEnd });
        // Without a goodbye of TLS: the relay says how it ends.
        script.play = ({ socket }) => {
          socket.write(phase.sent, () => socket.destroy());
        };
        const connection = await inside(t, office, { authority: `${host}:443` });
        await ask(connection, host, path);
        const expected = expectation(phase, atEnd);
        if (phase.seen === 'status') {
          const answer = await connection.readAnswer();
          assert.deepEqual([answer.status, gateSays(answer.headers).code], [expected.status, expected.code]);
        } else {
          const raw = (await connection.readToEnd()).toString('latin1');
          assert.match(raw, /^HTTP\/1\.1 200 /);
          assert.ok(!raw.endsWith('\r\n0\r\n\r\n'), raw);
        }
        const outcome = await outcomeOf(path);
        assert.deepEqual(outcome, { status: expected.status, failure: `${expected.side} ${expected.code}` });
        await recovers(t, host);
      });
    }
  }
});

function expectation(phase: Phase, fault: Fault): { status: number; code: string; side: string } {
  if (phase.seen === 'cut') {
    return fault === 'silence'
      ? { status: 200, code: 'idle-timeout', side: 'gateway' }
      : { status: 200, code: 'bad-response', side: 'upstream' };
  }
  return fault === 'silence'
    ? { status: 504, code: 'upstream-timeout', side: 'upstream' }
    : { status: 502, code: 'upstream-closed', side: 'upstream' };
}

describe('R-40 an upstream that breaks within an upload', () => {
  for (const does of ['reset', 'end'] as const) {
    test(`is 502, whatever the client still sends (${does})`, async (t) => {
      const host = newHost();
      relay.plan({ atEnd: does });
      script.play = ({ socket }) => socket.destroy();
      const connection = await inside(t, office, { authority: `${host}:443` });
      await connection.send(`POST /up HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1000000\r\n\r\nabc`);
      const answer = await connection.readAnswer();
      assert.deepEqual([answer.status, gateSays(answer.headers).code], [502, 'upstream-closed']);
      await recovers(t, host);
    });
  }

  test('by silence is a time-out for the client', async (t) => {
    const host = newHost();
    relay.plan({ atEnd: 'silence' });
    script.play = ({ socket }) => socket.pause();
    const connection = await inside(t, office, { authority: `${host}:443` });
    const path = `/${host}/stalled`;
    await connection.send(`POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 50000000\r\n\r\n`);
    connection.socket.write(Buffer.alloc(50_000_000));
    connection.socket.resume();
    const { failure } = await outcomeOf(path);
    assert.equal(failure, 'gateway idle-timeout');
    await recovers(t, host);
  });
});

describe('R-40 a connection that waits in the pool', () => {
  for (const [name, strike] of [
    ['and is reset', () => relay.resetAll()],
    ['and was reset while its next request was on the way', () => undefined],
  ] as const) {
    test(`${name} costs its principal nothing`, async (t) => {
      healthy();
      const host = newHost();
      const connection = await inside(t, office, { authority: `${host}:443` });
      await ask(connection, host, '/first');
      assert.equal((await connection.readAnswer()).status, 200);
      strike();
      let isFirst = true;
      script.play = ({ socket, onConnection }) => {
        if (onConnection > 0 && isFirst) socket.destroy();
        else socket.write(OK);
        isFirst = false;
      };
      await ask(connection, host, '/second');
      assert.equal((await connection.readAnswer()).status, 200);
    });
  }
});

test('R-40 an answer that drips in byte by byte, TLS handshake included, is whole', async (t) => {
  const host = newHost();
  relay.plan({ pace: 'drip' });
  script.play = ({ socket }) => socket.write(`${CHUNKED}3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n`);
  const connection = await inside(t, office, { authority: `${host}:443` });
  await ask(connection, host, '/drip');
  const answer = await connection.readAnswer();
  assert.deepEqual([answer.status, answer.body.toString()], [200, 'abcdef']);
});

test('R-54 after all these faults nothing is kept: no client connection, no upstream connection', async () => {
  await office.gate.stop();
  await untilTrue(() => relay.open() === 0, 'an upstream connection is still open');
  const ids = new Set<string>();
  for (const event of office.gate.events()) {
    if (event.kind === 'decision') ids.add(event.id);
    if (event.kind === 'outcome') ids.delete(event.id);
  }
  assert.deepEqual([...ids], []);
});
