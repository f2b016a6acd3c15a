// The raw client says what it is told to, and reads what comes, through a proxy that only pipes.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createNetServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createTestAuthority } from './certificates.ts';
import { freePort, takenPort } from './ports.ts';
import { connectThrough, openRaw, requestThrough, tunnel } from './raw-client.ts';
import { tempDir } from './temp-dir.ts';
import { startTwin, type Twin } from './twin.ts';

test('tunnel() speaks TLS with the given name and protocols through a CONNECT', async (t) => {
  const { twin, proxyPort, ca } = await startPath(t);
  const connection = await tunnel(t, 'github.com:443', { proxyPort, ca, alpn: ['http/1.1'] });
  assert.equal(connection.socket.alpnProtocol, 'http/1.1');
  await connection.send('GET / HTTP/1.1\r\nHost: github.com\r\n\r\n', [3, 16]);
  assert.equal((await connection.readAnswer()).status, 200);
  assert.equal(twin.connections()[0]?.serverName, 'github.com');
});

test('tunnel() sends another name than it asked for, or none', async (t) => {
  const { twin, proxyPort, ca } = await startPath(t);
  for (const serverName of ['api.github.com', null]) {
    const connection = await tunnel(t, 'github.com:443', { proxyPort, ca, serverName });
    await connection.send('GET / HTTP/1.1\r\nHost: github.com\r\n\r\n');
    await connection.readAnswer();
  }
  assert.deepEqual(
    twin.connections().map(({ serverName }) => serverName),
    ['api.github.com', null],
  );
});

test('tunnel() rejects when the CA is not the one it trusts', async (t) => {
  const { proxyPort } = await startPath(t);
  const { rootPem } = await createTestAuthority();
  await assert.rejects(tunnel(t, 'github.com:443', { proxyPort, ca: rootPem }), {
    code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  });
});

test('connectThrough() gives a refusal as it came, and sends credentials', async (t) => {
  const { proxyPort, seen } = await startPath(t);
  const { answer } = await connectThrough(t, 'refuse.example:443', { proxyPort, credentials: 'dave:x' });
  assert.deepEqual([answer.status, answer.body.toString()], [403, 'no']);
  assert.equal(seen[0]?.['proxy-authorization'], 'Basic ZGF2ZTp4');
});

test("requestThrough() sends a body and reads the answer with Node's own client", async (t) => {
  const { twin, proxyPort, ca } = await startPath(t);
  const answer = await requestThrough(t, 'https://github.com/a?b', {
    proxyPort,
    ca,
    method: 'POST',
    body: 'hello',
  });
  const [request] = twin.requests();
  assert.deepEqual([answer.status, answer.body.toString()], [200, request?.nonce]);
  assert.deepEqual([request?.method, request?.target, request?.bodyBytes], ['POST', '/a?b', 5]);
});

const ANSWERS: readonly (readonly [name: string, bytes: string, body: string])[] = [
  ['by length', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', 'ok'],
  [
    'in chunks',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x\r\no\r\n1\r\nk\r\n0\r\nt: u\r\n\r\n',
    'ok',
  ],
  ['after 100 Continue', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', 'ok'],
  ['without a body', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n', ''],
];

for (const [name, bytes, body] of ANSWERS) {
  test(`readAnswer() reads an answer ${name}, and leaves what follows`, async (t) => {
    const connection = await openRaw(t, await serverThatSays(t, `${bytes}NEXT`));
    assert.equal((await connection.readAnswer()).body.toString(), body);
    assert.equal((await connection.readToEnd()).toString(), 'NEXT');
  });
}

test('readAnswer() rejects when the connection ends before the head is over', async (t) => {
  const connection = await openRaw(t, await serverThatSays(t, 'HTTP/1.1 200'));
  await assert.rejects(connection.readAnswer());
});

test('tempDir() gives a folder that is gone after the test, freePort() a free port, takenPort() a taken one', async (t) => {
  let path = '';
  await t.test('inner', async (t) => {
    path = await tempDir(t);
    assert.ok((await stat(path)).isDirectory());
  });
  await assert.rejects(stat(path), { code: 'ENOENT' });
  const listen = (port: number): Promise<unknown> => {
    const server = createNetServer().listen(port, '127.0.0.1');
    t.after(() => server.close());
    return once(server, 'listening');
  };
  await listen(await freePort());
  await assert.rejects(listen(await takenPort(t)), { code: 'EADDRINUSE' });
});

/** A twin for github.com and api.github.com behind a proxy that pipes every CONNECT to it. */
async function startPath(
  t: TestContext,
): Promise<{ twin: Twin; proxyPort: number; ca: string; seen: NodeJS.Dict<string | string[]>[] }> {
  const authority = await createTestAuthority();
  const twin = await startTwin(t, {
    tls: await authority.issue({ names: ['github.com', 'api.github.com'] }),
  });
  const seen: NodeJS.Dict<string | string[]>[] = [];
  const proxy = createServer();
  proxy.on('connect', (request, client) => {
    seen.push(request.headers);
    client.on('error', () => {});
    if (request.url?.startsWith('refuse')) {
      client.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
      return;
    }
    const upstream = connect(twin.port, '127.0.0.1', () => client.write('HTTP/1.1 200 OK\r\n\r\n'));
    upstream.on('error', () => {});
    client.pipe(upstream).pipe(client);
  });
  t.after(() => proxy.close());
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return { twin, proxyPort: (proxy.address() as AddressInfo).port, ca: authority.rootPem, seen };
}

async function serverThatSays(t: TestContext, bytes: string): Promise<number> {
  const server = createNetServer((socket) => socket.end(bytes));
  t.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
