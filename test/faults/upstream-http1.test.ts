// Upstream breaks over HTTP/1.1 at every phase of a connection and in every way: the client is told 502 or 504, or sees
// the cut; the record says on whose side; the next request works, and nothing is kept.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createTestAuthority } from '../support/certificates.ts';
import { type Fault, type FaultPlan, type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { gateSays } from '../support/gate-answers.ts';
import { inside, type Office, startOffice, UPSTREAM_NAMES } from '../support/office.ts';
import type { RawConnection } from '../support/raw-client.ts';
import { type ScriptedRequest, startScripted } from '../support/scripted-upstream.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';
import { untilTrue } from '../support/until.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

const scope = fileScope();
const authority = await createTestAuthority();
// What is not silent is told at once, so that no time-out can come first, however busy the machine is.
const patient = await openWorld({ poolIdleTimeout: '1s' });
const hurried = await openWorld({
  ...{ responseTimeout: '1s', idleTimeout: '2s', handshakeTimeout: '1s', poolIdleTimeout: '1s' },
});
// Nothing else than an upload that stands still can end a request here, however slow the machine is.
const stalling = await openWorld({ idleTimeout: '2s', poolIdleTimeout: '1s' });
let names = 0;

type Script = (request: ScriptedRequest) => void;

/** An office whose upstream stands behind a relay, and plays a script of its own for each host. */
interface World {
  readonly office: Office;
  readonly relay: FaultProxy;
  readonly scripts: Map<string, Script>;
}

async function openWorld(limits: Readonly<Record<string, string>>): Promise<World> {
  const scripts = new Map<string, Script>();
  const upstream = await startScripted(scope, await authority.issue({ names: UPSTREAM_NAMES }), (request) => {
    const host = /^Host: (.*)\r$/im.exec(request.head)?.[1] ?? '';
    (scripts.get(host) ?? serve)(request);
  });
  const relay = await startFaultProxy(scope, upstream.port);
  const office = await startOffice(scope, { authority, upstreamPort: relay.port, limits });
  return { office, relay, scripts };
}

function serve({ socket }: ScriptedRequest): void {
  socket.write(OK);
}

function worldFor(fault: Fault): World {
  return fault === 'silence' ? hurried : patient;
}

/** A host that the gate has not proved yet, so that it dials while the test looks on. */
function newHost(): string {
  names += 1;
  return `h${names}.github.com`;
}

async function ask(connection: RawConnection, host: string, path: string): Promise<void> {
  await connection.send(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
}

/** A new client is served by the same host, and the record has the outcome of the request that failed. */
async function recovers(t: TestScope, { office, scripts }: World, host: string): Promise<void> {
  scripts.delete(host);
  const connection = await inside(t, office, { authority: `${host}:443` });
  await ask(connection, host, '/again');
  assert.equal((await connection.readAnswer()).body.toString(), 'ok');
  connection.socket.destroy();
}

async function outcomeOf(
  { office }: World,
  path: string,
): Promise<{ readonly status: number | null; readonly failure: unknown }> {
  const { outcome } = await office.gate.pair(({ request }) => request?.path === path);
  const { code, side } = outcome.failure ?? {};
  return { status: outcome.status, failure: outcome.failure === null ? null : `${side} ${code}` };
}

describe('R-40 a connection that breaks before there is a request is told of inside the tunnel:', () => {
  interface Row {
    readonly name: string;
    readonly at: NonNullable<FaultPlan['at']>;
    readonly status: number;
    readonly code: RegExp;
  }
  const broken = (name: string, direction: 'up' | 'down', bytes: number): Row[] =>
    (['reset', 'end'] as const).map((does) => ({
      name: `${name} (${does})`,
      at: { direction, bytes, does },
      status: 502,
      // A reset may come before the connection is known to stand.
      code: bytes === 0 ? /^(?:upstream-tls|connect-failed)$/ : /^upstream-tls$/,
    }));
  const silent = (name: string, bytes: number): Row => ({
    name: `${name} (silence)`,
    at: { direction: 'down', bytes, does: 'silence' },
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
      const world = worldFor(row.at.does);
      const { office, relay } = world;
      relay.plan({ at: row.at });
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
      relay.plan({});
      await recovers(t, world, host);
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

for (const atEnd of ['reset', 'end', 'silence'] as const) {
  const world = worldFor(atEnd);
  const hosts: string[] = [];
  const name = `R-40 an upstream that breaks within its answer never makes it look whole (${atEnd}):`;
  // The plan of the relay is the same for all phases, and the script is the host's own.
  describe(name, { concurrency: true }, () => {
    before(() => world.relay.plan({ atEnd }));
    for (const phase of PHASES) {
      test(phase.name, async (t) => {
        const { office, scripts } = world;
        const host = newHost();
        hosts.push(host);
        const path = `/${host}/${atEnd}`;
        // Without a goodbye of TLS: the relay says how it ends.
        scripts.set(host, ({ socket }) => {
          socket.write(phase.sent, () => socket.destroy());
        });
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
        const outcome = await outcomeOf(world, path);
        assert.deepEqual(outcome, { status: expected.status, failure: `${expected.side} ${expected.code}` });
      });
    }
  });
  test(`R-40 each upstream that broke within its answer serves the next client (${atEnd})`, async (t) => {
    assert.equal(hosts.length, PHASES.length);
    world.relay.plan({});
    for (const host of hosts) await recovers(t, world, host);
  });
}

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
      const { office, relay, scripts } = patient;
      relay.plan({ atEnd: does });
      scripts.set(host, ({ socket }) => socket.destroy());
      const connection = await inside(t, office, { authority: `${host}:443` });
      await connection.send(`POST /up HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1000000\r\n\r\nabc`);
      const answer = await connection.readAnswer();
      assert.deepEqual([answer.status, gateSays(answer.headers).code], [502, 'upstream-closed']);
      relay.plan({});
      await recovers(t, patient, host);
    });
  }

  test('by silence is a time-out for the client', async (t) => {
    const host = newHost();
    const { office, relay, scripts } = stalling;
    relay.plan({ atEnd: 'silence' });
    const stalled: ScriptedRequest['socket'][] = [];
    scripts.set(host, ({ socket }) => stalled.push(socket.pause()));
    const connection = await inside(t, office, { authority: `${host}:443` });
    const path = `/${host}/stalled`;
    await connection.send(`POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 50000000\r\n\r\n`);
    connection.socket.write(Buffer.alloc(50_000_000));
    connection.socket.resume();
    const { failure } = await outcomeOf(stalling, path);
    assert.equal(failure, 'gateway idle-timeout');
    // What is on its way is read, so that the relay sees that the gate has gone.
    // Not by the script, which would look for heads in ever more bytes, for longer than anything here may wait.
    for (const socket of stalled) socket.removeAllListeners('data').resume();
    relay.plan({});
    await recovers(t, stalling, host);
  });
});

describe('R-40 a connection that waits in the pool', () => {
  const { office, relay, scripts } = patient;
  for (const [name, strike] of [
    ['and is reset', () => relay.resetAll()],
    ['and was reset while its next request was on the way', () => undefined],
  ] as const) {
    test(`${name} costs its principal nothing`, async (t) => {
      relay.plan({});
      const host = newHost();
      const connection = await inside(t, office, { authority: `${host}:443` });
      await ask(connection, host, '/first');
      assert.equal((await connection.readAnswer()).status, 200);
      strike();
      let isFirst = true;
      scripts.set(host, ({ socket, onConnection }) => {
        if (onConnection > 0 && isFirst) socket.destroy();
        else socket.write(OK);
        isFirst = false;
      });
      await ask(connection, host, '/second');
      assert.equal((await connection.readAnswer()).status, 200);
    });
  }
});

test('R-40 an answer that drips in byte by byte, TLS handshake included, is whole', async (t) => {
  const host = newHost();
  const { office, relay, scripts } = patient;
  relay.plan({ pace: 'drip' });
  scripts.set(host, ({ socket }) => socket.write(`${CHUNKED}3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n`));
  const connection = await inside(t, office, { authority: `${host}:443` });
  await ask(connection, host, '/drip');
  const answer = await connection.readAnswer();
  assert.deepEqual([answer.status, answer.body.toString()], [200, 'abcdef']);
});

test('R-54 after all these faults nothing is kept: no client connection, no upstream connection', async () => {
  for (const { office, relay } of [patient, hurried, stalling]) {
    await office.gate.stop();
    await untilTrue(() => relay.open() === 0, 'an upstream connection is still open');
    const ids = new Set<string>();
    for (const event of office.gate.events()) {
      if (event.kind === 'decision') ids.add(event.id);
      if (event.kind === 'outcome') ids.delete(event.id);
    }
    assert.deepEqual([...ids], []);
  }
});
