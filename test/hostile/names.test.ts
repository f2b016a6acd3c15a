// CONNECT names one host, the hello another, the request a third: in every combination, on the first request and later.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { captureClientHello } from '../support/client-hellos.ts';
import { gateSays, headerOf } from '../support/gate-answers.ts';
import { askHttp2 } from '../support/http2-client.ts';
import { atProxy, inside, insideHttp2, officePolicy, startOffice } from '../support/office.ts';
import { assertOfficeHolds } from '../support/office-verdict.ts';
import { connectThrough, type RawConnection } from '../support/raw-client.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';
import { untilTrue } from '../support/until.ts';

const office = await startOffice(fileScope());
const { gate, twin } = office;
const ALERT = 0x15;

/** What the gate sends after the CONNECT when these bytes come; empty when it just closes. */
async function rawTunnel(t: TestScope, authority: string, bytes: Uint8Array | string): Promise<Buffer> {
  const { connection, answer } = await connectThrough(t, authority, { proxyPort: gate.port() });
  assert.equal(answer.status, 200);
  await connection.send(bytes);
  return connection.readToEnd();
}

describe('R-06, R-17 the hello names the host of the CONNECT', () => {
  const rows = [
    { name: 'another allowed host', connect: 'github.com:443', hello: 'api.github.com' },
    { name: 'a subdomain', connect: 'github.com:443', hello: 'x.github.com' },
    { name: 'the parent', connect: 'gist.github.com:443', hello: 'github.com' },
    { name: 'a stamped host behind a spliced one', connect: 'docs.example.org:443', hello: 'github.com' },
    { name: 'a spliced host behind a stamped one', connect: 'github.com:443', hello: 'docs.example.org' },
    { name: 'no name', connect: 'github.com:443', hello: '' },
    { name: 'no name on a splice', connect: 'docs.example.org:443', hello: '' },
    { name: 'another refused host', connect: 'github.dev:443', hello: 'github.com' },
  ];
  for (const row of rows) {
    test(row.name, async (t) => {
      const hello = await captureClientHello(t, row.hello === '' ? {} : { servername: row.hello });
      const requests = twin.requests().length;
      const reply = await rawTunnel(t, row.connect, hello);
      assert.ok(reply.length === 0 || reply[0] === ALERT, reply.toString('hex'));
      assert.equal(twin.requests().length, requests);
      const codes = ['sni-mismatch', 'sni-missing'];
      await gate.event((event) => event.kind === 'outcome' && codes.includes(event.failure?.code ?? ''));
    });
  }

  for (const name of ['GITHUB.COM', 'GitHub.com']) {
    test(`${name} is github.com`, async (t) => {
      const connection = await inside(t, office, {
        serverName: name,
        tls: { checkServerIdentity: () => undefined },
      });
      await connection.send('GET / HTTP/1.1\r\nHost: github.com\r\n\r\n');
      assert.equal((await connection.readAnswer()).status, 200);
    });
  }
});

test('R-17 a hello without a name is closed on an address that is looked into', async (t) => {
  const policy = { ...officePolicy(), inspect: ['192.0.2.7'], allow: ['192.0.2.7'] };
  const world = await startOffice(t, { policy });
  const hello = await captureClientHello(t, {});
  const { connection, answer } = await connectThrough(t, '192.0.2.7:443', { proxyPort: world.gate.port() });
  assert.equal(answer.status, 200);
  await connection.send(hello);
  assert.ok([undefined, ALERT].includes((await connection.readToEnd())[0]));
  const isMissing = (code: string | undefined): boolean => code === 'sni-missing';
  await world.gate.event((event) => event.kind === 'outcome' && isMissing(event.failure?.code));
});

describe('R-06 every request names the host of its tunnel', () => {
  const wrong = [
    ...['api.github.com', 'evil.example', 'github.com.evil.example', 'github.com:8443', 'github.com:0443'],
    ...['github.com..', '140.82.112.3', 'evilgithub.com'],
  ];
  for (const host of wrong) {
    test(`the first request names ${host}`, async (t) => {
      const connection = await inside(t, office);
      await assertMisdirected(connection, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    });

    test(`the second request names ${host}`, async (t) => {
      const connection = await inside(t, office);
      await connection.send('GET / HTTP/1.1\r\nHost: github.com\r\n\r\n');
      assert.equal((await connection.readAnswer()).status, 200);
      await assertMisdirected(connection, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    });

    test(`a later stream names ${host}`, async (t) => {
      const session = await insideHttp2(t, office);
      const head = { ':method': 'GET', ':path': '/', ':scheme': 'https' };
      assert.equal((await askHttp2(session, { ...head, ':authority': 'github.com' })).status, 200);
      const before = twin.requests().length;
      const answer = await askHttp2(session, { ...head, ':authority': host });
      assert.deepEqual([answer.status, gateSays(answer.headers).code], [421, 'authority-mismatch']);
      assert.equal(twin.requests().length, before);
    });

    test(`an absolute-form request for github.com names ${host}`, async (t) => {
      const connection = await atProxy(t, office);
      await connection.send(`GET http://github.com/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      const answer = await connection.readAnswer();
      assert.deepEqual([answer.status, gateSays(answer.headers).code], [400, 'authority-mismatch']);
    });
  }

  test('a host that differs from :authority', async (t) => {
    const session = await insideHttp2(t, office);
    const head = [':method', 'GET', ':path', '/', ':scheme', 'https', ':authority', 'github.com'];
    const answer = await askHttp2(session, [...head, 'host', 'api.github.com']);
    assert.ok([400, 421].includes(answer.status), String(answer.status));
  });

  for (const host of ['github.com:443', 'GITHUB.com', 'github.com.']) {
    test(`${host} is github.com`, async (t) => {
      const connection = await inside(t, office);
      await connection.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      assert.equal((await connection.readAnswer()).status, 200);
    });
  }

  test('pipelined requests: what follows a wrong one is not answered', async (t) => {
    const before = twin.requests().length;
    const connection = await inside(t, office);
    await connection.send(
      'GET /1 HTTP/1.1\r\nHost: github.com\r\n\r\nGET /2 HTTP/1.1\r\nHost: evil.example\r\n\r\nGET /3 HTTP/1.1\r\nHost: github.com\r\n\r\n',
    );
    assert.equal((await connection.readAnswer()).status, 200);
    assert.equal((await connection.readAnswer()).status, 421);
    assert.equal((await connection.readToEnd()).length, 0);
    assert.equal(twin.requests().length, before + 1);
  });
});

test('R-18 a resumed TLS session is judged like the first', async (t) => {
  const first = await inside(t, office, { tls: { minVersion: 'TLSv1.3' } });
  const session = once(first.socket, 'session');
  await first.send('GET / HTTP/1.1\r\nHost: github.com\r\n\r\n');
  await first.readAnswer();
  const [ticket]: Buffer[] = await session;
  const resumed = await inside(t, office, ticket === undefined ? {} : { tls: { session: ticket } });
  assert.equal(resumed.socket.isSessionReused(), true);
  await assertMisdirected(resumed, 'GET / HTTP/1.1\r\nHost: api.github.com\r\n\r\n');
  const { connection } = await connectThrough(t, 'gist.github.com:443', { proxyPort: gate.port() });
  const other = connectTls({
    ...{ socket: connection.socket, servername: 'github.com', ca: [...office.roots] },
    ...(ticket === undefined ? {} : { session: ticket }),
  });
  connection.socket.removeAllListeners('data');
  const mismatches = (): number =>
    gate.events().filter((event) => event.kind === 'outcome' && event.failure?.code === 'sni-mismatch')
      .length;
  const before = mismatches();
  await assert.rejects(once(other, 'secureConnect'));
  // A client distrusts a leaf of another name; the gate refuses before it shows one.
  await untilTrue(() => mismatches() > before, 'the gate did not refuse the name');
});

describe('R-19 what is not TLS in a tunnel is closed', () => {
  const rows = [
    { name: 'SSH', bytes: 'SSH-2.0-OpenSSH_9.9\r\n' },
    { name: 'plain HTTP', bytes: 'GET / HTTP/1.1\r\nHost: github.com\r\n\r\n' },
    { name: 'HTTP/2 with prior knowledge', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' },
    { name: 'a CONNECT', bytes: 'CONNECT evil.example:443 HTTP/1.1\r\n\r\n' },
    { name: 'SSL 2', bytes: Buffer.from('802e0100020015000000100100800200800300800400800500800600', 'hex') },
    { name: 'a TLS record that is no handshake', bytes: Buffer.from('170303000100', 'hex') },
    { name: 'a handshake that is no hello', bytes: Buffer.from('16030100040200000000', 'hex') },
  ];
  for (const row of rows) {
    for (const authority of ['github.com:443', 'docs.example.org:443', 'github.dev:443']) {
      test(`${row.name} to ${authority}`, async (t) => {
        const connections = twin.connections().length;
        const reply = await rawTunnel(t, authority, row.bytes);
        assert.ok(reply.length === 0 || reply[0] === ALERT, reply.toString('latin1'));
        assert.equal(twin.connections().length, connections);
      });
    }
  }

  for (const size of [1, 7, 100]) {
    test(`a hello in segments of ${size} bytes is read whole`, async (t) => {
      const { connection, answer } = await connectThrough(t, 'github.com:443', { proxyPort: gate.port() });
      assert.equal(answer.status, 200);
      const hello = Buffer.from(await captureClientHello(t, { servername: 'github.com' }));
      const cuts = Array.from({ length: Math.floor(hello.length / size) }, (_, at) => (at + 1) * size);
      await connection.send(hello, cuts.slice(0, 300));
      assert.equal((await connection.read(1))[0], 0x16);
    });
  }

  test('a hello that comes with the CONNECT is read as well', async (t) => {
    const connection = await atProxy(t, office);
    const hello = Buffer.from(await captureClientHello(t, { servername: 'github.com' }));
    const connect = Buffer.from('CONNECT github.com:443 HTTP/1.1\r\nHost: github.com:443\r\n\r\n');
    await connection.send(Buffer.concat([connect, hello]));
    assert.equal((await connection.readAnswer('CONNECT')).status, 200);
    assert.equal((await connection.read(1))[0], 0x16);
  });
});

describe('R-13, R-34 the tunnel speaks the protocols that upstream chose', () => {
  test('a client that offers only another protocol gets an alert', async (t) => {
    await assert.rejects(inside(t, office, { alpn: ['spdy/3'] }), {
      code: 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL',
    });
  });

  for (const maxVersion of ['TLSv1', 'TLSv1.1'] as const) {
    test(`${maxVersion} is refused`, async (t) => {
      const tls = { maxVersion, minVersion: maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' };
      await assert.rejects(inside(t, office, { tls }), { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
    });
  }

  test('h2 in the hello and HTTP/1.1 upstream gives HTTP/1.1', async (t) => {
    const old = await startOffice(t, { twin: { alpn: ['http/1.1'] } });
    const secure = await inside(t, old, { alpn: ['h2', 'http/1.1'] });
    assert.equal(secure.socket.alpnProtocol, 'http/1.1');
  });

  test('no ALPN in the hello gives HTTP/1.1', async (t) => {
    const secure = await inside(t, office, { alpn: [] });
    await secure.send('GET / HTTP/1.1\r\nHost: github.com\r\n\r\n');
    assert.equal((await secure.readAnswer()).status, 200);
  });
});

test('R-09 a PROXY header from a peer that is not listed is no PROXY header', async (t) => {
  const connection = await atProxy(t, office);
  await connection.send(
    'PROXY TCP4 10.20.7.7 127.0.0.1 1 443\r\nGET http://github.com/ HTTP/1.1\r\nHost: github.com\r\n\r\n',
  );
  assert.equal((await connection.readAnswer()).status, 400);
});

test('R-01, R-46 every request that went upstream here was stamped, and recorded before', async () => {
  await assertOfficeHolds(office, ({ headers }) => (headers.includes('gist.github.com') ? null : '12345'));
});

async function assertMisdirected(connection: RawConnection, request: string): Promise<void> {
  const before = twin.requests().length;
  await connection.send(request);
  const answer = await connection.readAnswer();
  assert.deepEqual([answer.status, gateSays(answer.headers).code], [421, 'authority-mismatch']);
  assert.equal(headerOf(answer.headers, 'connection'), 'close');
  assert.equal((await connection.readToEnd()).length, 0);
  assert.equal(twin.requests().length, before);
}
