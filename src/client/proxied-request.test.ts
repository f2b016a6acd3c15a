// The way of a request: what a proxy is told, and every way to get no answer. Answers are seen in whole journeys.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer as createPlainServer, type Server } from 'node:net';
import type { Duplex } from 'node:stream';
import test from 'node:test';
import { askThrough } from './proxied-request.ts';

const TRUST = { ca: [] };

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on an address has a port.
  const { port } = server.address() as AddressInfo;
  return port;
}

test('askThrough() asks the proxy by CONNECT, with its credentials, and tells of a refusal', async (t) => {
  const asked: (string | undefined)[] = [];
  const proxy = createServer();
  proxy.on('connect', (request: IncomingMessage, socket: Duplex) => {
    asked.push(request.url, request.headers['proxy-authorization']);
    socket.end('HTTP/1.1 403 Forbidden\r\nproxy-status: x\r\ncontent-length: 0\r\n\r\n');
  });
  t.after(() => proxy.close());
  const way = { kind: 'proxy', url: `http://carol:a%3Ab@127.0.0.1:${await portOf(proxy)}` } as const;
  const answered = await askThrough(way, { url: 'https://github.com:22/' }, TRUST);
  assert.deepEqual(asked, ['github.com:22', `Basic ${Buffer.from('carol:a:b').toString('base64')}`]);
  assert.deepEqual(answered, {
    kind: 'refused',
    status: 403,
    headers: ['proxy-status', 'x', 'content-length', '0'],
  });
});

test('askThrough() tells why nothing came where nothing listens', async () => {
  const way = { kind: 'direct', host: '127.0.0.1', port: 1 } as const;
  const answered = await askThrough(way, { url: 'https://github.com/' }, TRUST);
  assert.equal(answered.kind, 'silent');
  assert.match(answered.kind === 'silent' ? answered.why : '', /ECONNREFUSED/);
});

test('askThrough() tells why nothing came where nobody speaks TLS', async (t) => {
  const server = createPlainServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n'));
  t.after(() => server.close());
  const way = { kind: 'direct', host: '127.0.0.1', port: await portOf(server) } as const;
  assert.equal((await askThrough(way, { url: 'https://github.com/' }, TRUST)).kind, 'silent');
});
