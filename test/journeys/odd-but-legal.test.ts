// What HTTP/1.1 and TLS allow and few clients and servers do. It is legal traffic: it passes, and is read as RFC 9112 reads
// it. Must not know how the gate reads heads.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTestAuthority } from '../support/certificates.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { gateSays, headerOf } from '../support/gate-answers.ts';
import { atProxy, inside, startOffice, UPSTREAM_NAMES } from '../support/office.ts';
import { assertOfficeHolds } from '../support/office-verdict.ts';
import { valuesOf } from '../support/request-readings.ts';
import { type ScriptedRequest, startScripted } from '../support/scripted-upstream.ts';
import { fileScope } from '../support/test-scope.ts';
import { webSocketAccept } from '../support/twin.ts';

const scope = fileScope();
const office = await startOffice(scope);
const { twin, plain } = office;
const authority = await createTestAuthority();
const script: { play: (request: ScriptedRequest) => void } = { play: () => undefined };
const upstream = await startScripted(scope, await authority.issue({ names: UPSTREAM_NAMES }), (request) =>
  script.play(request),
);
const relay = await startFaultProxy(scope, upstream.port);
const world = await startOffice(scope, { authority, upstreamPort: relay.port });

const GET = 'GET /x HTTP/1.1\r\nHost: github.com\r\n\r\n';

describe('R-29 B11 one empty line ahead of a request is overlooked:', () => {
  test('behind the body of a request, as old clients end it', async (t) => {
    const connection = await inside(t, office);
    const post = 'POST /x HTTP/1.1\r\nHost: github.com\r\nContent-Length: 1\r\n\r\na\r\n';
    for (const text of [post, GET, `\r\n${GET}`, `${post}${post}${GET}`]) await connection.send(text);
    for (let answers = 0; answers < 6; answers += 1)
      assert.equal((await connection.readAnswer()).status, 200);
  });

  test('at the proxy port', async (t) => {
    const connection = await atProxy(t, office);
    await connection.send('\r\nGET http://github.com/x HTTP/1.1\r\nHost: github.com\r\n\r\n');
    assert.equal((await connection.readAnswer()).status, 200);
  });

  test('alone it is no request, and a second is refused', async (t) => {
    const connection = await inside(t, office);
    await connection.send(`\r\n\r\n${GET}`);
    assert.equal((await connection.readAnswer()).status, 400);
  });
});

describe('R-29 D6 absolute-form inside a tunnel', () => {
  for (const target of ['https://github.com/x?y', 'HTTPS://GitHub.com:443/x?y']) {
    test(`for the tunnel's own host goes on in origin-form: ${target}`, async (t) => {
      const connection = await inside(t, office);
      await connection.send(`GET ${target} HTTP/1.1\r\nHost: github.com\r\n\r\n`);
      const answer = await connection.readAnswer();
      const nonce = headerOf(answer.headers, 'x-twin-nonce');
      assert.equal(twin.requests().find((request) => request.nonce === nonce)?.target, '/x?y');
    });
  }

  test('is decided on its path', async (t) => {
    const connection = await inside(t, office);
    await connection.send('GET https://github.com/settings/tokens HTTP/1.1\r\nHost: github.com\r\n\r\n');
    assert.deepEqual(gateSays((await connection.readAnswer()).headers).rule, 'no-tokens');
  });

  for (const target of [
    'https://evil.example/x',
    'https://github.com:8443/x',
    'http://github.com/x',
    'https:///x',
  ]) {
    test(`for anything else is refused: ${target}`, async (t) => {
      const before = twin.requests().length;
      const connection = await inside(t, office);
      await connection.send(`GET ${target} HTTP/1.1\r\nHost: github.com\r\n\r\n${GET}`);
      assert.equal((await connection.readAnswer()).status, 400);
      assert.equal((await connection.readToEnd()).length, 0);
      assert.equal(twin.requests().length, before);
    });
  }

  test('names the host that Host names too', async (t) => {
    const connection = await inside(t, office);
    await connection.send('GET https://github.com/x HTTP/1.1\r\nHost: gist.github.com\r\n\r\n');
    assert.equal((await connection.readAnswer()).status, 421);
  });
});

test('R-29 D6 blanks around the extensions of a chunk are overlooked, and stay behind', async (t) => {
  const connection = await inside(t, office);
  const head = 'POST /x HTTP/1.1\r\nHost: github.com\r\nTransfer-Encoding: chunked\r\n\r\n';
  await connection.send(`${head}5 ; a = "b" \t;c\r\nhello\r\n0\t;\td\r\n\r\n`);
  const nonce = headerOf((await connection.readAnswer()).headers, 'x-twin-nonce');
  assert.equal(twin.requests().find((request) => request.nonce === nonce)?.bodyBytes, 5);
});

describe('R-06 B12 HTTP/1.0 without a Host', () => {
  test('gets that of its absolute-form target', async (t) => {
    const connection = await atProxy(t, office);
    await connection.send('GET http://github.com/x HTTP/1.0\r\n\r\n');
    const nonce = headerOf((await connection.readAnswer()).headers, 'x-twin-nonce');
    const request = plain.requests().find((one) => one.nonce === nonce);
    assert.deepEqual(valuesOf(request?.headers ?? [], 'host'), ['github.com']);
  });

  test('gets it inside a tunnel too, and is refused there without', async (t) => {
    for (const [target, status] of [
      ['https://github.com/x', 200],
      ['/x', 421],
    ] as const) {
      const connection = await inside(t, office);
      await connection.send(`GET ${target} HTTP/1.0\r\n\r\n`);
      assert.equal((await connection.readAnswer()).status, status);
    }
  });
});

test('R-33 B12 a 101 that says how it is framed opens the WebSocket, without saying so', async (t) => {
  const key = 'dGhlIHNhbXBsZSBub25jZQ==';
  script.play = ({ socket }) =>
    void socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked\r\nSec-WebSocket-Accept: ${webSocketAccept(key)}\r\n\r\n`,
    );
  const connection = await inside(t, world);
  await connection.send(
    `GET /ws HTTP/1.1\r\nHost: github.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  const { status, headers } = await connection.readAnswer();
  assert.deepEqual([status, headerOf(headers, 'transfer-encoding')], [101, null]);
});

describe('R-40 B12 a body that ends with its connection', () => {
  test('does so for the client', async (t) => {
    script.play = ({ socket }) => socket.end('HTTP/1.1 200 OK\r\n\r\nhello');
    const connection = await inside(t, world);
    await connection.send(GET);
    const text = (await connection.readToEnd()).toString('latin1');
    assert.equal(text, 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello');
    assert.equal(connection.errorCode, null);
  });

  test('is cut for the client where it is reset upstream', async (t) => {
    relay.plan({ atEnd: 'reset' });
    script.play = ({ socket }) => void socket.write('HTTP/1.1 200 OK\r\n\r\nhello', () => socket.destroy());
    const connection = await inside(t, world);
    await connection.send('GET /reset HTTP/1.1\r\nHost: github.com\r\n\r\n');
    const text = (await connection.readToEnd()).toString('latin1');
    assert.ok(!text.includes('chunked'), text);
    const { outcome } = await world.gate.pair(({ request }) => request?.path === '/reset');
    assert.equal(outcome.failure?.side, 'upstream');
  });
});

describe('R-39 B10 a client that has ended its half of TLS 1.3 is answered:', () => {
  for (const [name, text, answers] of [
    ['one request', GET, 1],
    ['a pipeline', GET.repeat(3), 3],
    ['a body', 'POST /x HTTP/1.1\r\nHost: github.com\r\nContent-Length: 5\r\n\r\nhello', 1],
  ] as const) {
    test(name, async (t) => {
      const connection = await inside(t, office);
      connection.socket.end(text);
      for (let answer = 0; answer < answers; answer += 1)
        assert.equal((await connection.readAnswer()).status, 200);
      assert.equal((await connection.readToEnd()).length, 0);
    });
  }

  test('not where the request is cut', async (t) => {
    const connection = await inside(t, office);
    connection.socket.end('POST /x HTTP/1.1\r\nHost: github.com\r\nContent-Length: 5\r\n\r\nhel');
    assert.equal((await connection.readToEnd()).length, 0);
  });
});

test('R-01, R-46 all that went upstream here was stamped and recorded', () => assertOfficeHolds(office));
