// One question to /meta over real sockets: what is asked, and every way to get no list.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import type { TestScope } from '../../test/support/test-scope.ts';
import { parseHostname } from '../core/base/hostname.ts';
import type { MetaPlace } from '../core/settings/settings.ts';
import { fetchPublished, type PublishedAnswer } from './fetch-published.ts';

function place(port = 443): MetaPlace {
  const host = parseHostname('api.github.com');
  assert.ok(host.ok);
  return { url: 'https://api.github.com/meta?x=1', host: host.value, port, path: '/meta?x=1' };
}

/** Asks a server that does as `serve` says once it has the head of the question; gives the answer and the head. */
async function asked(
  t: TestScope,
  serve: (socket: Socket) => void,
  question: { readonly etag?: string; readonly port?: number; readonly signal?: AbortSignal } = {},
): Promise<{ readonly answer: PublishedAnswer; readonly head: string; readonly connection: Socket }> {
  const heads: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    let head = '';
    socket.on('data', (piece) => {
      head += piece.toString('latin1');
      if (!head.endsWith('\r\n\r\n')) return;
      heads.push(head);
      serve(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  const connection = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1');
  const { etag = null, port, signal = new AbortController().signal } = question;
  const answer = await fetchPublished({ place: place(port), etag, signal, open: async () => connection });
  return { answer, head: heads[0] ?? '', connection };
}

function http(status: string, headers: string, body = ''): (socket: Socket) => void {
  return (socket) =>
    socket.end(`HTTP/1.1 ${status}\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`);
}

test('fetchPublished() asks with a name of its own, no token, and the ETag that it knows', async (t) => {
  const first = await asked(t, http('200 OK', 'etag: W/"a"\r\n', '{}'));
  assert.deepEqual(first.answer, { kind: 'changed', body: '{}', etag: 'W/"a"' });
  assert.match(first.head, /^GET \/meta\?x=1 HTTP\/1\.1\r\n/);
  assert.match(first.head, /^host: api\.github\.com\r$/im);
  assert.match(first.head, /^user-agent: gatewright\r$/im);
  assert.doesNotMatch(first.head, /authorization|if-none-match|sec-github/i);
  assert.equal(first.connection.destroyed, true);

  const second = await asked(t, http('304 Not Modified', ''), { etag: 'W/"a"', port: 8443 });
  assert.deepEqual(second.answer, { kind: 'unchanged' });
  assert.match(second.head, /^if-none-match: W\/"a"\r$/im);
  assert.match(second.head, /^host: api\.github\.com:8443\r$/im);
});

const FAILURES: readonly (readonly [name: string, serve: (socket: Socket) => void, detail: RegExp])[] = [
  ['a redirect', http('302 Found', 'location: https://evil.example/\r\n'), /^the answer was 302$/],
  ['304 to who knows nothing', http('304 Not Modified', ''), /^the answer was 304$/],
  ['a refusal', http('403 Forbidden', '', '{}'), /^the answer was 403$/],
  ['no HTTP', (socket) => socket.end('SSH-2.0-x\r\n\r\n'), /./],
  ['nothing', (socket) => socket.end(), /./],
  ['a body that is cut', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{'), /./],
  [
    'a flood',
    (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const flood = (): void => {
        while (!socket.destroyed && socket.write('a'.repeat(65_536)));
      };
      socket.on('drain', flood);
      flood();
    },
    /more than 4194304 bytes/,
  ],
];

describe('fetchPublished() fails on', () => {
  for (const [name, serve, detail] of FAILURES)
    test(name, async (t) => {
      const { answer, connection } = await asked(t, serve);
      assert.equal(answer.kind, 'failed');
      assert.match(answer.kind === 'failed' ? answer.detail : '', detail);
      assert.equal(connection.destroyed, true);
    });
});

test('fetchPublished() ends when it is stopped, in the middle of an answer and before any connection', async (t) => {
  const stop = new AbortController();
  const { answer, connection } = await asked(t, () => stop.abort(), { signal: stop.signal });
  assert.deepEqual([answer.kind, connection.destroyed], ['failed', true]);

  const early = new AbortController();
  const opening = Promise.withResolvers<Socket>();
  const fetching = fetchPublished({
    place: place(),
    etag: null,
    signal: early.signal,
    open: () => opening.promise,
  });
  early.abort();
  assert.equal((await fetching).kind, 'failed');
  const late = connect(1, '127.0.0.1');
  late.on('error', () => undefined);
  const closed = once(late, 'close');
  opening.resolve(late);
  await closed;
});

test('fetchPublished() says why there is no connection', async () => {
  const open = async () => ({ detail: 'dns-failed: no such name' });
  const answer = await fetchPublished({
    place: place(),
    etag: null,
    signal: new AbortController().signal,
    open,
  });
  assert.deepEqual(answer, { kind: 'failed', detail: 'dns-failed: no such name' });
});
