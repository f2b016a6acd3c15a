// Requests behind requests: after a refusal, a close, a 407, an early answer; inside bodies and behind CONNECTs. What was
// refused takes what follows it along, and a body is never a request. Must not know how the gate reads.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { captureClientHello } from '../support/client-hellos.ts';
import { credentialsOf } from '../support/gate.ts';
import { gateSays, headerOf } from '../support/gate-answers.ts';
import { atProxy, inside, startOffice } from '../support/office.ts';
import { assertOfficeHolds, requestsUpstream } from '../support/office-verdict.ts';
import type { RawAnswer, RawConnection } from '../support/raw-client.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';
import { clientFrame, serverFrame } from '../support/websocket-frames.ts';

const office = await startOffice(fileScope());
const EVIL = 'GET U/evil HTTP/1.1\r\nHost: github.comL\r\n\r\n';
const AFTER = 'GET U/after HTTP/1.1\r\nHost: github.comL\r\n\r\n';

const PLAIN_EVIL = 'GET /evil HTTP/1.1\r\nHost: github.com\r\n\r\n';
const ABSOLUTE_EVIL = PLAIN_EVIL.replace('/evil', 'http://github.com/evil');

interface Way {
  readonly name: string;
  readonly open: (t: TestScope) => Promise<RawConnection>;
  /** What stands before a path there, and behind a Host. */
  readonly url: string;
  readonly line?: string;
}

const WAYS: readonly Way[] = [
  { name: 'inside a tunnel', open: (t) => inside(t, office), url: '' },
  {
    name: 'inside the tunnel of a user',
    open: (t) => inside(t, office, { user: 'dave' }),
    url: '',
  },
  { name: 'in absolute form', open: (t) => atProxy(t, office), url: 'http://github.com' },
  {
    name: 'in absolute form with credentials',
    open: (t) => atProxy(t, office, { user: 'dave' }),
    url: 'http://github.com',
    line: `\r\nProxy-Authorization: Basic ${btoa(credentialsOf('dave'))}`,
  },
  {
    name: 'in absolute form through a balancer',
    open: (t) => atProxy(t, office, { from: '10.1.2.3' }),
    url: 'http://github.com',
  },
];

/** `U` stands before each path, `L` behind each host; `BODY` for a request, in as many bytes as `SIZE` or `HEXSIZE` say. */
const filled = (text: string, { url, line = '' }: Way): string => {
  const said = (template: string): string =>
    template.replaceAll('U/', `${url}/`).replaceAll('L\r\n', `${line}\r\n`);
  const body = said(EVIL);
  return said(text)
    .replaceAll('BODY', body)
    .replaceAll('HEXSIZE', body.length.toString(16))
    .replaceAll('SIZE', String(body.length));
};

/** A request, what answers it, and whether what follows it on the connection is still read. */
const FIRST: readonly { name: string; text: string; status: number; goesOn: 'yes' | 'no' }[] = [
  {
    name: 'a good request',
    text: 'GET U/first HTTP/1.1\r\nHost: github.comL\r\n\r\n',
    status: 200,
    goesOn: 'yes',
  },
  {
    name: 'one that closes',
    text: 'GET U/first HTTP/1.1\r\nHost: github.comL\r\nConnection: close\r\n\r\n',
    status: 200,
    goesOn: 'no',
  },
  {
    name: 'one of HTTP/1.0',
    text: 'GET U/first HTTP/1.0\r\nHost: github.comL\r\n\r\n',
    status: 200,
    goesOn: 'no',
  },
  {
    name: 'one that is blocked',
    text: 'GET U/settings/tokens HTTP/1.1\r\nHost: github.comL\r\n\r\n',
    status: 403,
    goesOn: 'yes',
  },
  {
    name: 'one that is blocked, with a request for its body',
    text: `POST U/settings/tokens HTTP/1.1\r\nHost: github.comL\r\nContent-Length: SIZE\r\n\r\nBODY`,
    status: 403,
    goesOn: 'no',
  },
  {
    name: 'one that is blocked, with a request in a chunk',
    text: `POST U/settings/tokens HTTP/1.1\r\nHost: github.comL\r\nTransfer-Encoding: chunked\r\n\r\nHEXSIZE\r\nBODY\r\n0\r\n\r\n`,
    status: 403,
    goesOn: 'no',
  },
  {
    name: 'a malformed one',
    text: 'GET U/first HTTP/1.1\r\nHost: github.comL\r\nX Y: z\r\n\r\n',
    status: 400,
    goesOn: 'no',
  },
  {
    name: 'an ambiguous path',
    text: 'GET U/a/..%2fsettings/tokens HTTP/1.1\r\nHost: github.comL\r\n\r\n',
    status: 400,
    goesOn: 'no',
  },
  { name: 'TRACE', text: 'TRACE U/first HTTP/1.1\r\nHost: github.comL\r\n\r\n', status: 400, goesOn: 'no' },
  {
    name: 'an upgrade with a body',
    text: `GET U/first HTTP/1.1\r\nHost: github.comL\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: SIZE\r\n\r\nBODY`,
    status: 400,
    goesOn: 'no',
  },
  // CL.0 and TE.0: a server that forgets the body takes it for the next request.
  {
    name: 'GET with a request for its body',
    text: `GET U/first HTTP/1.1\r\nHost: github.comL\r\nContent-Length: SIZE\r\n\r\nBODY`,
    status: 200,
    goesOn: 'yes',
  },
  {
    name: 'OPTIONS with a request in a chunk',
    text: `OPTIONS U/first HTTP/1.1\r\nHost: github.comL\r\nTransfer-Encoding: chunked\r\n\r\nHEXSIZE;a="b"\r\nBODY\r\n0\r\n\r\n`,
    status: 200,
    goesOn: 'yes',
  },
  {
    name: 'POST without a length, and a request behind it',
    text: 'POST U/first HTTP/1.1\r\nHost: github.comL\r\n\r\n',
    status: 200,
    goesOn: 'yes',
  },
  {
    name: 'a body in chunks whose last one has an extension',
    text: 'POST U/first HTTP/1.1\r\nHost: github.comL\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0;x=y\r\n\r\n',
    status: 200,
    goesOn: 'yes',
  },
  {
    name: 'a chunk extension with a quoted line end',
    text: `POST U/first HTTP/1.1\r\nHost: github.comL\r\nTransfer-Encoding: chunked\r\n\r\n1;a="\r\n"\r\nx\r\n0\r\n\r\n`,
    status: 400,
    goesOn: 'no',
  },
];

describe('R-28, R-29 what stands behind a request on its connection', () => {
  for (const way of WAYS) {
    for (const { name, text, status, goesOn } of FIRST) {
      test(`${name}, ${way.name}`, async (t) => {
        const before = requestsUpstream(office);
        const connection = await way.open(t);
        await connection.send(filled(text + AFTER, way));
        const answer = await connection.readAnswer(text.slice(0, text.indexOf(' ')));
        assert.equal(answer.status, status);
        if (goesOn === 'yes') assert.equal((await connection.readAnswer()).status, 200);
        connection.socket.end();
        assert.equal((await connection.readToEnd()).length, 0);
        const arrived = status === 200 ? 1 : 0;
        assert.ok(
          requestsUpstream(office) - before <= arrived + (goesOn === 'yes' ? 1 : status === 400 ? 1 : 0),
        );
        assert.ok(
          [...office.twin.requests(), ...office.plain.requests()].every(({ target }) => target !== '/evil'),
        );
      });
    }
  }
});

describe('R-09, R-29 what stands behind a 407', () => {
  const asks = (lines: string, body = ''): string =>
    `POST http://github.com/first HTTP/1.1\r\nHost: github.com\r\n${lines}\r\n${body}`;
  const credentials = `Proxy-Authorization: Basic ${btoa(credentialsOf('carol'))}`;
  const evil = `GET http://github.com/evil HTTP/1.1\r\nHost: github.com\r\n${credentials}\r\n\r\n`;
  const rows: readonly { name: string; text: string }[] = [
    {
      name: 'a body that is a request with credentials',
      text: asks(`Content-Length: ${evil.length}\r\n`, evil),
    },
    {
      name: 'a chunk that is a request with credentials',
      text: asks('Transfer-Encoding: chunked\r\n', `${evil.length.toString(16)}\r\n${evil}\r\n0\r\n\r\n`),
    },
    {
      name: 'two kinds of framing',
      text: asks(`Content-Length: 5\r\nTransfer-Encoding: chunked\r\n`, `0\r\n\r\n${evil}`),
    },
    {
      name: 'a CONNECT with a body',
      text: `CONNECT github.com:443 HTTP/1.1\r\nHost: github.com:443\r\nContent-Length: ${evil.length}\r\n\r\n${evil}`,
    },
  ];
  for (const { name, text } of rows) {
    test(name, async (t) => {
      const before = requestsUpstream(office);
      const connection = await atProxy(t, office, { user: 'carol' });
      await connection.send(text);
      assert.ok([400, 407].includes((await connection.readAnswer('GET')).status));
      connection.socket.end();
      await connection.readToEnd();
      assert.equal(requestsUpstream(office), before);
    });
  }

  test('credentials count for their own request alone', async (t) => {
    const connection = await atProxy(t, office, { user: 'carol' });
    const get = (user: string | null): string =>
      `GET http://github.com/of-${user} HTTP/1.1\r\nHost: github.com\r\n${user === null ? '' : `Proxy-Authorization: Basic ${btoa(credentialsOf(user))}\r\n`}\r\n`;
    await connection.send(get('carol') + get('dave') + get(null) + get('carol'));
    const answers: RawAnswer[] = [];
    for (let at = 0; at < 4; at += 1) answers.push(await connection.readAnswer());
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 407, 200],
    );
    const nonces = answers.map(({ headers }) => headerOf(headers, 'x-twin-nonce'));
    const targets = nonces.map((nonce) => office.plain.requests().find((one) => one.nonce === nonce)?.target);
    assert.deepEqual(targets, ['/of-carol', '/of-dave', undefined, '/of-carol']);
  });
});

describe('R-19, R-41 what comes early behind a CONNECT', () => {
  const connect = (host: string): string => `CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443\r\n\r\n`;
  const rows: readonly { name: string; text: string; status: number }[] = [
    {
      name: 'a plain request behind one to an allowed host',
      text: connect('github.com') + PLAIN_EVIL,
      status: 200,
    },
    {
      name: 'an absolute request behind one to an allowed host',
      text: connect('github.com') + ABSOLUTE_EVIL,
      status: 200,
    },
    {
      name: 'a CONNECT behind one to an allowed host',
      text: connect('github.com') + connect('api.github.com'),
      status: 200,
    },
    {
      name: 'a request behind one to a spliced host',
      text: connect('docs.example.org') + PLAIN_EVIL,
      status: 200,
    },
    {
      name: 'SSH behind one to a spliced host',
      text: `${connect('docs.example.org')}SSH-2.0-x\r\n\r\n`,
      status: 200,
    },
    {
      name: 'a request behind one to a host that no rule names',
      text: connect('evil.test') + ABSOLUTE_EVIL,
      status: 403,
    },
    { name: 'a request behind one to no host', text: connect('127.1') + ABSOLUTE_EVIL, status: 403 },
  ];
  for (const { name, text, status } of rows) {
    test(name, async (t) => {
      const before = requestsUpstream(office);
      const connection = await atProxy(t, office);
      await connection.send(text);
      const answer = await connection.readAnswer('CONNECT');
      assert.ok([status, 400].includes(answer.status), String(answer.status));
      connection.socket.end();
      await connection.readToEnd();
      assert.equal(requestsUpstream(office), before);
    });
  }

  test('a hello behind a CONNECT without credentials opens nothing', async (t) => {
    const hello = await captureClientHello(t, { servername: 'github.com' });
    const connection = await atProxy(t, office, { user: 'dave' });
    await connection.send(Buffer.concat([Buffer.from(connect('github.com')), hello]));
    assert.equal((await connection.readAnswer()).status, 407);
    connection.socket.end();
    const rest = (await connection.readToEnd()).toString('latin1');
    assert.match(rest, /^(?:HTTP\/1\.1 400 |$)/);
  });
});

test('R-33 HTTP within a frame of a WebSocket is the WebSocket’s, and its connection serves nobody else', async (t) => {
  const connection = await inside(t, office, { user: 'dave' });
  await connection.send(
    'GET /ws HTTP/1.1\r\nHost: github.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  const switched = await connection.readAnswer();
  assert.equal(switched.status, 101);
  await connection.send(clientFrame({ payload: PLAIN_EVIL }));
  // The twin's WebSocket echoes.
  const echo = serverFrame({ payload: PLAIN_EVIL });
  assert.deepEqual(await connection.read(echo.length), echo);
  const of = (nonce: string | null): number | undefined =>
    office.twin.requests().find((request) => request.nonce === nonce)?.connection;
  const other = await inside(t, office, { user: 'dave' });
  await other.send(PLAIN_EVIL.replace('/evil', '/after'));
  const answer = await other.readAnswer();
  assert.deepEqual([answer.status, gateSays(answer.headers).code], [200, null]);
  assert.notEqual(
    of(headerOf(answer.headers, 'x-twin-nonce')),
    of(headerOf(switched.headers, 'x-twin-nonce')),
  );
});

test('R-01, R-28 and R-46 every reading of all that went upstream here sees one stamp on each recorded request', async () => {
  await assertOfficeHolds(office, ({ target }) => (target === '/of-carol' ? null : '12345'));
});
