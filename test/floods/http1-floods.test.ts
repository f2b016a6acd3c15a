// Clients that are slow, silent or too many over HTTP/1, at the proxy port and inside the tunnel: each is ended or told
// to come back, the record says why, and a member is served meanwhile.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { OutcomeEvent } from '../../src/core/record/events.ts';
import { createTestAuthority } from '../support/certificates.ts';
import { captureClientHello } from '../support/client-hellos.ts';
import { credentialsOf } from '../support/gate.ts';
import { gateSays, headerOf } from '../support/gate-answers.ts';
import { memberElsewhere, memberInside } from '../support/member.ts';
import {
  atProxy,
  type InsideWish,
  inside,
  type Office,
  officePolicy,
  startOffice,
} from '../support/office.ts';
import { connectThrough, openRaw, type RawConnection } from '../support/raw-client.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';
import { startTwin } from '../support/twin.ts';
import { until, untilDone, untilTrue } from '../support/until.ts';

const SHORT = '200ms';
const MEGABYTE = Buffer.alloc(1 << 20);
const GET = 'GET /x HTTP/1.1\r\nHost: github.com\r\n\r\n';
const BLOCKED = 'GET /settings/tokens HTTP/1.1\r\nHost: github.com\r\n\r\n';

const scope = fileScope();
const authority = await createTestAuthority();
const office = await startOffice(scope, { authority });
/** Where who is slow is ended while a test looks on. */
const hasty = await startOffice(scope, {
  authority,
  limits: { connectHeadTimeout: SHORT, headTimeout: SHORT, sniffTimeout: SHORT, handshakeTimeout: SHORT },
});

/** The first outcome with this failure, once it is recorded. */
async function endingOf(of: Office, code: string, after = 0): Promise<OutcomeEvent> {
  const find = () =>
    of.gate
      .events()
      .slice(after)
      .flatMap((event) => (event.kind === 'outcome' ? [event] : []))
      .find(({ failure }) => failure?.code === code) ?? null;
  return until(find, `nothing ended with ${code}`);
}

describe('R-54 a client that is too slow is ended, and the record says why:', () => {
  interface Slow {
    readonly name: string;
    readonly code: string;
    readonly phase: string;
    readonly open: (t: TestScope) => Promise<RawConnection>;
    /** The status that it is told, where something can be told. */
    readonly status?: number;
  }
  const begun = async (t: TestScope, text: string): Promise<RawConnection> => {
    const connection = await atProxy(t, hasty);
    await connection.send(text);
    return connection;
  };
  const tunnelBegun = async (t: TestScope, bytes: Uint8Array): Promise<RawConnection> => {
    const proxyPort = hasty.gate.port();
    const { connection } = await connectThrough(t, 'github.com:443', { proxyPort });
    await connection.send(bytes);
    return connection;
  };
  const rows: readonly Slow[] = [
    {
      name: 'slowloris at the CONNECT',
      code: 'head-timeout',
      phase: 'request',
      open: (t) => begun(t, 'CONNECT github.com:443 HTTP/1.1\r\nHost: gi'),
      status: 408,
    },
    {
      name: 'slowloris inside the tunnel',
      code: 'head-timeout',
      phase: 'request',
      open: async (t) => {
        const connection = await inside(t, hasty);
        await connection.send(GET.slice(0, 30));
        return connection;
      },
      status: 408,
    },
    {
      name: 'a TLS hello that does not end',
      code: 'hello-timeout',
      phase: 'sniff',
      open: (t) => tunnelBegun(t, Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])),
    },
    {
      name: 'a TLS handshake that does not go on after the hello',
      code: 'hello-timeout',
      phase: 'intercept',
      open: async (t) =>
        tunnelBegun(
          t,
          await captureClientHello(t, { servername: 'github.com', ALPNProtocols: ['http/1.1'] }),
        ),
    },
    {
      name: 'a balancer that does not end its PROXY header',
      code: 'proxy-header',
      phase: 'accept',
      open: async (t) => {
        const connection = await openRaw(t, hasty.gate.port('balanced'));
        await connection.send('PROXY TCP4 10.1.2.3 ');
        return connection;
      },
    },
  ];
  for (const row of rows) {
    test(row.name, async (t) => {
      const before = hasty.gate.events().length;
      const connection = await row.open(t);
      if (row.status !== undefined) {
        const answer = await connection.readAnswer();
        assert.deepEqual([answer.status, gateSays(answer.headers).code], [row.status, row.code]);
      }
      await connection.readToEnd();
      const { failure } = await endingOf(hasty, row.code, before);
      assert.deepEqual([failure?.side, failure?.phase], ['client', row.phase]);
    });
  }
});

test('R-54 a client that leaves within its TLS handshake is let go of at once', async (t) => {
  const before = office.gate.events().length;
  const hello = await captureClientHello(t, { servername: 'github.com', ALPNProtocols: ['http/1.1'] });
  const proxyPort = office.gate.port();
  const { connection } = await connectThrough(t, 'github.com:443', { proxyPort });
  await connection.send(hello);
  await connection.read(5);
  connection.socket.end();
  // The time for a handshake is ten seconds here; nobody waits for that.
  const { failure } = await endingOf(office, 'client-refused-leaf', before);
  assert.equal(failure?.phase, 'intercept');
});

describe('R-54 a body that stops is ended after the idle time, and upstream is let go of:', () => {
  const limits = { idleTimeout: SHORT };
  test('one that the client sends', async (t) => {
    const slow = await startOffice(t, { authority, limits });
    const connection = await inside(t, slow);
    await connection.send('POST /body HTTP/1.1\r\nHost: github.com\r\nContent-Length: 10\r\n\r\nx');
    const { failure } = await endingOf(slow, 'idle-timeout');
    assert.equal(failure?.side, 'gateway');
    await untilTrue(() => slow.twin.requests().at(-1)?.end === 'cut', 'upstream was not let go of');
  });

  test('one that the client does not read, and little of it is held', async (t) => {
    const twin = await startTwin(t, {
      tls: await authority.issue({ names: ['github.com'] }),
      alpn: ['http/1.1'],
      answer: (_request, response) => {
        if ('stream' in response) return;
        const more = (): void => {
          while (!response.destroyed && response.write(MEGABYTE));
        };
        response.on('drain', more);
        more();
      },
    });
    const slow = await startOffice(t, { authority, upstreamPort: twin.port, limits });
    const connection = await inside(t, slow);
    connection.socket.pause();
    await connection.send(GET);
    const { outcome } = await slow.gate.pair(({ request }) => request?.path === '/x');
    assert.equal(outcome.failure?.code, 'idle-timeout');
    // Two kernels' buffers of a loopback socket, at their largest, and one read.
    assert.ok(outcome.bytesOut < 24 << 20, `${outcome.bytesOut} bytes were taken from upstream`);
  });
});

test('R-54 a pipeline whose answers are not read is not read either', async (t) => {
  const connection = await inside(t, office);
  const askElsewhere = memberElsewhere(t, office);
  connection.socket.pause();
  const wanted = 20_000;
  connection.socket.write(BLOCKED.repeat(wanted));
  let before = -1;
  for (let now = 0; now !== before; now = refused()) {
    before = now;
    for (let round = 0; round < 2; round += 1) await askElsewhere();
  }
  assert.ok(before > 0 && before < wanted, `${before} of ${wanted} were answered`);
  connection.socket.destroy();
});

test('R-54 a pipeline is read no faster than it is answered', async (t) => {
  const connection = await inside(t, office);
  connection.socket.removeAllListeners('data');
  connection.socket.resume();
  const megabyte = Buffer.from(BLOCKED.repeat(Math.ceil((1 << 20) / BLOCKED.length)));
  const before = refused();
  for (let at = 0; at < 100; at += 1) connection.socket.write(megabyte);
  await untilTrue(() => refused() > before + 200, 'the pipeline is not answered');
  // What two kernels and one read hold; the rest waits at the client.
  assert.ok(connection.socket.writableLength > 60 << 20, `${connection.socket.writableLength} bytes wait`);
});

describe('R-54 a client that asks too often is told to wait:', () => {
  test('tunnels over the rate are 429 with a time to come back, recorded; what stands goes on', async (t) => {
    const strict = await startOffice(t, { authority, limits: { handshakesPerSecond: 1 } });
    const askHere = await memberInside(t, strict);
    const statuses: number[] = [];
    let refused: readonly string[] = [];
    for (let at = 0; at < 12; at += 1) {
      const proxyPort = strict.gate.port();
      const { connection, answer } = await connectThrough(t, 'github.com:443', { proxyPort });
      connection.socket.destroy();
      statuses.push(answer.status);
      if (answer.status === 429) refused = answer.headers;
    }
    assert.equal(statuses[0], 200);
    assert.ok(statuses.includes(429), statuses.join(' '));
    assert.equal(gateSays(refused).code, 'handshake-limit');
    assert.deepEqual(headerOf(refused, 'retry-after'), '1');
    await askHere();
    await memberElsewhere(t, strict)();
    assert.equal((await endingOf(strict, 'handshake-limit')).status, 429);
  });

  test('connections over the limits are 503, and recorded', async (t) => {
    const few = await startOffice(t, { authority, limits: { connections: 3, connectionsPerClient: 2 } });
    const codes: string[] = [];
    const held: RawConnection[] = [];
    for (let at = 0; at < 3; at += 1) held.push(await atProxy(t, few));
    held.push(await atProxy(t, few, { localAddress: '127.0.0.2' }));
    held.push(await atProxy(t, few, { localAddress: '127.0.0.3' }));
    for (const connection of [held[2], held[4]]) {
      const answer = await connection?.readAnswer();
      codes.push(`${answer?.status} ${gateSays(answer?.headers ?? []).code}`);
    }
    assert.deepEqual(codes, ['503 client-limit', '503 overloaded']);
    const failures = few.gate
      .events()
      .flatMap((event) => (event.kind === 'outcome' && event.failure !== null ? [event.failure.code] : []));
    assert.deepEqual(failures.sort(), ['client-limit', 'overloaded']);
    for (const connection of held) connection.socket.destroy();
    await untilDone(memberElsewhere(t, few));
  });

  test('wrong passwords: 407, then 429, recorded with their connection; who is known is served', async (t) => {
    const askHere = await memberInside(t, office, { user: 'dave' });
    const connection = await atProxy(t, office, { user: 'dave' });
    const wrong = Buffer.from('dave:wrong-guess').toString('base64');
    const statuses: number[] = [];
    for (let at = 0; at < 8; at += 1) {
      await connection.send(
        `CONNECT github.com:443 HTTP/1.1\r\nHost: github.com:443\r\nProxy-Authorization: Basic ${wrong}\r\n\r\n`,
      );
      statuses.push((await connection.readAnswer()).status);
    }
    assert.deepEqual(statuses.slice(0, 6), [407, 407, 407, 407, 407, 429]);
    connection.socket.destroy();
    const { failure } = await endingOf(office, 'credentials-wait');
    assert.equal(failure?.side, 'client');
    await askHere();
    const proxyPort = office.gate.port('staff');
    const again = await connectThrough(t, 'github.com:443', {
      proxyPort,
      credentials: credentialsOf('dave'),
    });
    assert.equal(again.answer.status, 200);
  });

  test('refusals with a leaf of their own: no more in a minute than may be, and content is not touched', async (t) => {
    const block = Array.from({ length: 9 }, (_, at) => ({ name: `b${at}`, to: `b${at}.example.org` }));
    const policy = { ...officePolicy(), block };
    const strict = await startOffice(t, { authority, policy, limits: { refusalLeavesPerMinute: 4 } });
    const ends: string[] = [];
    for (const { to } of block) ends.push(await refusalOf(t, strict, { authority: `${to}:443` }));
    assert.deepEqual(ends, [...Array(4).fill('403'), ...Array(5).fill('ECONNRESET')]);
    await memberElsewhere(t, strict)();
    await (await memberInside(t, strict))();
    const limited = strict.gate
      .events()
      .filter((event) => event.kind === 'outcome' && event.failure?.code === 'leaf-limit');
    assert.equal(limited.length, 5);
  });
});

test('R-54 refusals in a row, at the CONNECT and inside, keep nothing', async (t) => {
  const many = await startOffice(t, { authority, policy: officePolicy() });
  const proxyPort = many.gate.port();
  for (let at = 0; at < 60; at += 1) {
    const { answer, connection } = await connectThrough(t, `no${at}.example.com:443`, { proxyPort });
    assert.equal(answer.status, 403);
    await connection.readToEnd();
    const misdirected = await inside(t, many);
    await misdirected.send('GET / HTTP/1.1\r\nHost: gist.github.com\r\n\r\n');
    assert.equal((await misdirected.readAnswer()).status, 421);
    await misdirected.readToEnd();
  }
  await untilTrue(() => openVisits(many) === 0, 'a refused connection is still there');
});

test('R-15 five hundred clients at once for a new host: one leaf is made, and all are served', async (t) => {
  const fresh = await startOffice(t, { authority });
  const asks = Array.from({ length: 500 }, async () => {
    const connection = await inside(t, fresh, { authority: 'gist.github.com:443' });
    await connection.send(GET.replace('github.com', 'gist.github.com'));
    const { status } = await connection.readAnswer();
    connection.socket.destroy();
    return status;
  });
  const statuses = new Set(await Promise.all(asks));
  assert.deepEqual([...statuses], [200]);
  const signed = fresh.gate.events().filter((event) => event.kind === 'gate' && event.what === 'leaf-signed');
  assert.equal(signed.length, 1);
});

/** Requests for the blocked path so far. */
function refused(): number {
  return office.gate
    .events()
    .filter((event) => event.kind === 'decision' && event.request?.path === '/settings/tokens').length;
}

/** Connections with a decision and no outcome yet. */
function openVisits(of: Office): number {
  const ids = new Set<string>();
  for (const event of of.gate.events()) {
    if (event.kind === 'gate' || event.stage !== 'connection') continue;
    if (event.kind === 'decision') ids.add(event.id);
    else ids.delete(event.id);
  }
  return ids.size;
}

async function refusalOf(t: TestScope, of: Office, wish: InsideWish): Promise<string> {
  try {
    const connection = await inside(t, of, wish);
    await connection.send(`GET / HTTP/1.1\r\nHost: ${wish.authority?.replace(':443', '')}\r\n\r\n`);
    return String((await connection.readAnswer()).status);
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}
