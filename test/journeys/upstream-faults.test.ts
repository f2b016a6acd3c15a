// Upstream goes away, or says what no answer says, at each phase: the client is told, or sees the cut; nothing is reused.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTestAuthority } from '../support/certificates.ts';
import { gateSays } from '../support/gate-answers.ts';
import { inside, startOffice, UPSTREAM_NAMES } from '../support/office.ts';
import { type ScriptedRequest, startScripted } from '../support/scripted-upstream.ts';
import { fileScope } from '../support/test-scope.ts';

const GET = 'GET /x HTTP/1.1\r\nHost: github.com\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const script: { play: (request: ScriptedRequest) => void } = { play: () => undefined };

const scope = fileScope();
const authority = await createTestAuthority();
const upstream = await startScripted(scope, await authority.issue({ names: UPSTREAM_NAMES }), (request) =>
  script.play(request),
);
const office = await startOffice(scope, { authority, upstreamPort: upstream.port });

describe('R-40 an upstream that goes away', () => {
  const before: readonly { name: string; sent: string; code: string }[] = [
    { name: 'before its answer', sent: '', code: 'upstream-closed' },
    { name: 'within its head', sent: 'HTTP/1.1 200 OK\r\nContent-', code: 'upstream-closed' },
    { name: 'after an interim answer', sent: 'HTTP/1.1 103 Early Hints\r\n\r\n', code: 'upstream-closed' },
  ];
  for (const row of before) {
    test(`${row.name} is 502`, async (t) => {
      script.play = ({ socket }) => socket.end(row.sent);
      const connection = await inside(t, office, { authority: 'gist.github.com:443' });
      await connection.send('POST /x HTTP/1.1\r\nHost: gist.github.com\r\nContent-Length: 0\r\n\r\n');
      const answer = await connection.readAnswer();
      assert.deepEqual([answer.status, gateSays(answer.headers).code], [502, row.code]);
    });
  }

  const within: readonly { name: string; sent: string }[] = [
    { name: 'within a body of known length', sent: 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc' },
    { name: 'within a chunk', sent: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nabc' },
    {
      name: 'before the last chunk',
      sent: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
    },
    {
      name: 'within its trailers',
      sent: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\ngrpc-st',
    },
  ];
  for (const row of within) {
    test(`${row.name} is a cut that the client sees`, async (t) => {
      script.play = ({ socket }) => socket.end(row.sent);
      const connection = await inside(t, office);
      await connection.send(GET.replace('/x', `/cut-${within.indexOf(row)}`));
      const raw = (await connection.readToEnd()).toString('latin1');
      assert.match(raw, /^HTTP\/1\.1 200 /);
      assert.ok(raw.includes('abc') && !raw.endsWith('0\r\n\r\n'), raw);
      const { outcome } = await office.gate.pair(
        (event) => event.request?.path === `/cut-${within.indexOf(row)}`,
      );
      assert.deepEqual([outcome.status, outcome.failure?.code], [200, 'bad-response']);
    });
  }

  test('at the end of a body that runs until then is whole', async (t) => {
    script.play = ({ socket }) => socket.end('HTTP/1.1 200 OK\r\n\r\nabc');
    const connection = await inside(t, office);
    await connection.send(GET);
    const answer = await connection.readAnswer();
    assert.deepEqual([answer.status, answer.body.toString()], [200, 'abc']);
  });

  test('and was used before is asked once more on a fresh connection, where that is safe', async (t) => {
    const connection = await inside(t, office, { authority: 'stale.github.com:443' });
    script.play = ({ socket, onConnection }) => (onConnection === 0 ? socket.write(OK) : socket.destroy());
    const ask = (method: string): Promise<void> =>
      connection.send(`${method} /x HTTP/1.1\r\nHost: stale.github.com\r\nContent-Length: 0\r\n\r\n`);
    await ask('GET');
    assert.equal((await connection.readAnswer()).status, 200);
    const heads = upstream.heads().length;
    await ask('GET');
    assert.equal((await connection.readAnswer()).status, 200);
    assert.equal(upstream.heads().length, heads + 2);
    await ask('POST');
    assert.equal((await connection.readToEnd()).length, 0);
    assert.equal(upstream.heads().length, heads + 3);
  });
});

describe('R-35 an answer that is none is 502, and its connection is not used again', () => {
  const rows: readonly { name: string; sent: string }[] = [
    { name: 'no HTTP', sent: 'SSH-2.0-x\r\n\r\n' },
    { name: 'HTTP/2', sent: 'HTTP/2 200 OK\r\n\r\n' },
    { name: 'two lengths', sent: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok' },
    { name: 'a signed length', sent: 'HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok' },
    {
      name: 'length and chunks',
      sent: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    },
    {
      name: 'an unknown encoding',
      sent: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
    },
    { name: 'a fold', sent: 'HTTP/1.1 200 OK\r\nX: 1\r\n b\r\nContent-Length: 0\r\n\r\n' },
    { name: 'a bare LF', sent: 'HTTP/1.1 200 OK\nContent-Length: 0\n\n' },
    { name: 'a NUL', sent: 'HTTP/1.1 200 OK\r\nX: \0\r\nContent-Length: 0\r\n\r\n' },
    { name: 'a body with 204', sent: 'HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok' },
    { name: 'a head of 100 KiB', sent: `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(100_000)}\r\n\r\n` },
    { name: 'a status of two digits', sent: 'HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n' },
  ];
  for (const row of rows) {
    test(row.name, async (t) => {
      script.play = ({ socket }) => socket.write(row.sent);
      const connection = await inside(t, office);
      await connection.send(GET);
      const answer = await connection.readAnswer();
      assert.deepEqual([answer.status, gateSays(answer.headers).code], [502, 'bad-response']);
      const connections = upstream.connections();
      script.play = ({ socket }) => socket.write(OK);
      await connection.send(GET);
      assert.equal((await connection.readAnswer()).status, 200);
      assert.equal(upstream.connections(), connections + 1);
    });
  }

  test('a second answer behind the first poisons nobody', async (t) => {
    const connection = await inside(t, office, { authority: 'poison.github.com:443' });
    const get = GET.replace('github.com', 'poison.github.com');
    script.play = ({ socket }) => socket.write(`${OK}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison`);
    await connection.send(get);
    assert.equal((await connection.readAnswer()).body.toString(), 'ok');
    const connections = upstream.connections();
    script.play = ({ socket }) => socket.write(OK);
    await connection.send(get);
    assert.equal((await connection.readAnswer()).body.toString(), 'ok');
    assert.equal(upstream.connections(), connections + 1);
  });

  test('an answer before the request poisons nobody', async (t) => {
    const connection = await inside(t, office, { authority: 'late.github.com:443' });
    const get = GET.replace('github.com', 'late.github.com');
    script.play = ({ socket }) => {
      socket.write(OK);
      setImmediate(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison'));
    };
    await connection.send(get);
    assert.equal((await connection.readAnswer()).body.toString(), 'ok');
    script.play = ({ socket }) => socket.write(OK);
    await connection.send(get);
    assert.equal((await connection.readAnswer()).body.toString(), 'ok');
  });
});

test('no upstream at all is 502, and one that never answers is 504', async (t) => {
  script.play = () => undefined;
  const limits = { responseTimeout: '50ms' };
  const slow = await startOffice(t, { authority, upstreamPort: upstream.port, limits });
  const connection = await inside(t, slow);
  await connection.send(GET);
  const answer = await connection.readAnswer();
  assert.deepEqual([answer.status, gateSays(answer.headers).code], [504, 'upstream-timeout']);
  const gone = await startOffice(t, { authority, upstreamPort: 1 });
  const other = await inside(t, gone);
  await other.send(GET);
  const refused = await other.readAnswer();
  assert.deepEqual([refused.status, gateSays(refused.headers).code], [502, 'connect-failed']);
});
