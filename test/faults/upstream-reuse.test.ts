// What becomes of a connection to upstream that was kept, when it is closed or speaks out of turn, and of answers that come
// before the request is over. Must not know how connections are kept.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTestAuthority } from '../support/certificates.ts';
import { askHttp2 } from '../support/http2-client.ts';
import { inside, insideHttp2, startOffice, UPSTREAM_NAMES } from '../support/office.ts';
import { type ScriptedRequest, startScripted } from '../support/scripted-upstream.ts';
import { fileScope } from '../support/test-scope.ts';

const scope = fileScope();
const authority = await createTestAuthority();
const script: { play: (request: ScriptedRequest) => void } = { play: () => undefined };
const upstream = await startScripted(scope, await authority.issue({ names: UPSTREAM_NAMES }), (request) =>
  script.play(request),
);
const office = await startOffice(scope, { authority, upstreamPort: upstream.port });

const ok = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: github.com\r\n\r\n`;
const post = (path: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: github.com\r\nContent-Length: 1\r\n\r\na`;

test('R-35 A13 what comes late on a kept connection is nobody’s: the next request goes to another', async (t) => {
  script.play = ({ number, socket }) => {
    socket.write(ok(`own-${number}`));
    // In a read of its own, while the gate may already have the next request in hand.
    setImmediate(() => socket.write(ok('poison')));
  };
  const connection = await inside(t, office);
  for (let round = 0; round < 100; round += 1) {
    // Both reach the gate in one turn of its event loop: the late answer behind the client's next request, or before it.
    await connection.send(get(`/late-${round}`));
    const { status, body } = await connection.readAnswer();
    assert.equal(status, 200);
    assert.match(body.toString(), /^own-/);
  }
});

test('R-35 A13 what upstream says before it was asked is nobody’s answer', async (t) => {
  const greeting = { left: 1 };
  const tls = await authority.issue({ names: UPSTREAM_NAMES });
  const serve = ({ socket }: ScriptedRequest): void => void socket.write(ok('own'));
  const eager = await startScripted(t, tls, serve, {
    opened: (socket) => {
      if (greeting.left > 0) socket.write(ok('poison'));
      greeting.left -= 1;
    },
  });
  const hasty = await startOffice(t, { authority, upstreamPort: eager.port });
  const connection = await inside(t, hasty);
  await connection.send(get('/x'));
  assert.equal((await connection.readAnswer()).body.toString(), 'own');
});

describe('R-66 B4 a request that must not be repeated', () => {
  test('meets no connection that was closed while it was idle', async (t) => {
    script.play = ({ socket }) => void socket.write(ok('a'), () => socket.end());
    const connection = await inside(t, office);
    for (let round = 0; round < 20; round += 1) {
      await connection.send(round % 2 === 0 ? get('/first') : post('/second'));
      assert.equal((await connection.readAnswer()).status, 200);
    }
  });

  test('is sent once, and where its connection is closed without a word the client sees just that', async (t) => {
    let tries = 0;
    script.play = ({ head, socket }) => {
      if (head.startsWith('GET')) {
        socket.write(ok('a'));
        return;
      }
      tries += 1;
      socket.destroy();
    };
    const connection = await inside(t, office);
    await connection.send(get('/third'));
    assert.equal((await connection.readAnswer()).status, 200);
    await connection.send(post('/fourth'));
    assert.equal((await connection.readToEnd()).toString('latin1'), '');
    assert.equal(tries, 1);
    const { outcome } = await office.gate.pair(({ request }) => request?.path === '/fourth');
    assert.equal(outcome.failure?.code, 'upstream-closed');
  });

  test('is told from one that may, which is asked again, and the record says so', async (t) => {
    let tries = 0;
    script.play = ({ head, socket }) => {
      tries += head.startsWith('GET /again') ? 1 : 0;
      if (tries === 1) socket.destroy();
      else socket.write(ok('a'));
    };
    const connection = await inside(t, office);
    for (const path of ['/before', '/again']) {
      await connection.send(get(path));
      assert.equal((await connection.readAnswer()).status, 200);
    }
    const { outcome } = await office.gate.pair(({ request }) => request?.path === '/again');
    assert.deepEqual([tries, outcome.repeats], [2, ['closed without a byte']]);
  });

  test('is told of by 502 where the connection was its own', async (t) => {
    script.play = ({ socket }) => void socket.destroy();
    const connection = await inside(t, office, { authority: 'gist.github.com:443' });
    await connection.send(post('/fifth').replace('github.com', 'gist.github.com'));
    assert.equal((await connection.readAnswer()).status, 502);
  });
});

test('R-40 B6 an answer before the request is over arrives, also where upstream then resets', async (t) => {
  // With bytes of the request unread, the end of the socket is a reset.
  script.play = ({ socket }) =>
    void socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\nConnection: close\r\n\r\nlarge', () =>
      socket.destroy(),
    );
  for (let round = 0; round < 30; round += 1) {
    const connection = await inside(t, office);
    const head = 'POST /up HTTP/1.1\r\nHost: github.com\r\nContent-Length: 10000000\r\n\r\n';
    connection.socket.write(Buffer.concat([Buffer.from(head), Buffer.alloc(5_000_000)]));
    const answer = await connection.readAnswer();
    assert.deepEqual([round, answer.status, answer.body.toString()], [round, 413, 'large']);
    connection.socket.destroy();
  }
});

describe('R-54 connections to upstream that serve nobody are given up for those that are wanted:', () => {
  for (const alpn of ['h2', 'http/1.1'] as const) {
    test(`a crowd of idle ones over ${alpn}`, async (t) => {
      const crowded = await startOffice(t, { twin: { alpn: [alpn] }, limits: { poolConnections: 2 } });
      const answers = async (host: string, user?: string): Promise<number> => {
        const wish = { authority: `${host}:443`, ...(user === undefined ? {} : { user }) };
        if (alpn === 'h2') {
          const session = await insideHttp2(t, crowded, wish);
          const { status } = await askHttp2(session, { ':path': '/' });
          session.destroy();
          return status;
        }
        const connection = await inside(t, crowded, wish);
        await connection.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
        return (await connection.readAnswer()).status;
      };
      const hosts = ['a', 'b', 'c', 'd'].map((name) => `${name}.github.com`);
      // Upstream was proved for each, so that whoever comes next dials for a request alone.
      for (const host of hosts) assert.equal(await answers(host), 200);
      for (const host of hosts) assert.equal(await answers(host, 'dave'), 200);
    });
  }
});
