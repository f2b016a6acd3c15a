// CONNECT names one host, the hello another, the request a third, for everyone who may come: only where all three agree
// does anything go upstream. And protocols that are put inside the tunnel. Must not know how the gate compares.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { captureClientHello } from '../support/client-hellos.ts';
import { gateSays } from '../support/gate-answers.ts';
import { askHttp2 } from '../support/http2-client.ts';
import { headersFrames, OPENING } from '../support/http2-header-frames.ts';
import { EXEMPT_ADDRESS, type InsideWish, inside, insideHttp2, startOffice } from '../support/office.ts';
import { assertOfficeHolds } from '../support/office-verdict.ts';
import { fileScope } from '../support/test-scope.ts';

const office = await startOffice(fileScope());
const { twin } = office;

const CLIENTS: readonly { name: string; wish: InsideWish; stamp: '12345' | null }[] = [
  { name: 'the open listener', wish: {}, stamp: '12345' },
  { name: 'a stamped user', wish: { user: 'dave' }, stamp: '12345' },
  { name: 'an exempt user', wish: { user: 'carol' }, stamp: null },
  { name: 'an exempt address', wish: { from: EXEMPT_ADDRESS }, stamp: null },
];
/** Stamped, stamped, and not stamped. */
const HOSTS = ['github.com', 'api.github.com', 'gist.github.com'] as const;
const PAIRS = HOSTS.flatMap((one) =>
  HOSTS.filter((other) => other !== one).map((other) => [one, other] as const),
);
/** So that upstream's bytes alone say what they should carry. */
const pathOf = (host: string, stamp: string | null): string =>
  stamp === null || host === 'gist.github.com' ? '/free' : '/stamped';
const get = (host: string, stamp: string | null = '12345'): string =>
  `GET ${pathOf(host, stamp)} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;

describe('R-06 CONNECT, hello and request name one host, whoever asks', () => {
  for (const { name, wish, stamp } of CLIENTS) {
    test(`another in the hello, ${name}`, async (t) => {
      const before = twin.requests().length;
      for (const [connect, hello] of PAIRS)
        for (const alpn of [['http/1.1'], ['h2', 'http/1.1']])
          await assert.rejects(
            inside(t, office, { ...wish, authority: `${connect}:443`, serverName: hello, alpn }),
            `${connect}, ${hello}`,
          );
      assert.equal(twin.requests().length, before);
    });

    test(`another in the first and in a later request, ${name}`, async (t) => {
      for (const [connect, host] of PAIRS) {
        for (const first of ['', get(connect, stamp)]) {
          const before = twin.requests().length;
          const connection = await inside(t, office, { ...wish, authority: `${connect}:443` });
          await connection.send(first + get(host) + get(connect, stamp));
          if (first !== '') assert.equal((await connection.readAnswer()).status, 200);
          const answer = await connection.readAnswer();
          assert.deepEqual([answer.status, gateSays(answer.headers).code], [421, 'authority-mismatch']);
          assert.equal((await connection.readToEnd()).length, 0);
          assert.equal(twin.requests().length, before + (first === '' ? 0 : 1));
        }
      }
    });

    test(`another on a stream beside good ones, ${name}`, async (t) => {
      for (const [connect, host] of PAIRS) {
        const before = twin.requests().length;
        const session = await insideHttp2(t, office, { ...wish, authority: `${connect}:443` });
        const ask = (authority: string): ReturnType<typeof askHttp2> =>
          askHttp2(session, { ':path': pathOf(connect, stamp), ':authority': authority });
        const [good, odd] = await Promise.all([ask(connect), ask(host)]);
        assert.deepEqual([good.status, odd.status], [200, 421]);
        assert.equal(twin.requests().length, before + 1);
      }
    });
  }
});

describe('R-13, R-34 what the hello offers decides what is spoken', () => {
  const chosen: readonly { name: string; alpn: readonly string[]; speaks: string | false }[] = [
    { name: 'HTTP/3 before HTTP/1.1', alpn: ['h3', 'http/1.1'], speaks: 'http/1.1' },
    { name: 'HTTP/1.1 before HTTP/2', alpn: ['http/1.1', 'h2'], speaks: 'h2' },
    { name: 'HTTP/2 twice', alpn: ['h2', 'h2'], speaks: 'h2' },
    { name: 'something unknown before HTTP/2', alpn: ['x'.repeat(200), 'h2'], speaks: 'h2' },
  ];
  for (const { name, alpn, speaks } of chosen) {
    test(name, async (t) => {
      assert.equal((await inside(t, office, { alpn })).socket.alpnProtocol, speaks);
    });
  }

  for (const alpn of [['h2c'], ['http/1.0'], ['http/0.9'], ['h3'], ['H2'], ['HTTP/1.1'], ['h2\0']]) {
    test(`${JSON.stringify(alpn)} alone gets an alert`, async (t) => {
      await assert.rejects(inside(t, office, { alpn }), {
        code: 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL',
      });
    });
  }

  test('HTTP/2 alone before an upstream of HTTP/1.1 is told so, and nothing is translated', async (t) => {
    const old = await startOffice(t, { twin: { alpn: ['http/1.1'] } });
    const session = await insideHttp2(t, old, { alpn: ['h2'] });
    const answer = await askHttp2(session, { ':path': '/' });
    assert.deepEqual([answer.status, gateSays(answer.headers).code], [502, 'upstream-protocol']);
    assert.equal(old.twin.requests().length, 0);
  });
});

describe('R-19, R-29 what is spoken inside is what was agreed on', () => {
  const fields = [
    [':method', 'GET'],
    [':scheme', 'https'],
    [':path', '/hidden'],
    [':authority', 'github.com'],
  ] as const;
  const rows: readonly { name: string; alpn: readonly string[]; bytes: () => Promise<Uint8Array> }[] = [
    {
      name: 'TLS inside TLS',
      alpn: ['http/1.1'],
      bytes: async () => Buffer.from(`\x16\x03\x01\x02\x00\x01${'\0'.repeat(600)}`, 'latin1'),
    },
    {
      name: 'HTTP/2 where HTTP/1.1 was agreed on',
      alpn: ['http/1.1'],
      bytes: async () => Buffer.concat([OPENING, headersFrames(fields)]),
    },
    {
      name: 'HTTP/2 where nothing was agreed on',
      alpn: [],
      bytes: async () => Buffer.concat([OPENING, headersFrames(fields)]),
    },
    {
      name: 'HTTP/1.1 where HTTP/2 was agreed on',
      alpn: ['h2'],
      bytes: async () => Buffer.from(get('github.com')),
    },
    { name: 'SSH', alpn: ['http/1.1'], bytes: async () => Buffer.from('SSH-2.0-OpenSSH_9.9\r\n\r\n') },
    {
      name: 'a PROXY header',
      alpn: ['http/1.1'],
      bytes: async () => Buffer.from('PROXY TCP4 10.20.7.7 127.0.0.1 1 443\r\n\r\n'),
    },
  ];
  for (const { name, alpn, bytes } of rows) {
    for (const client of CLIENTS) {
      test(`${name}, ${client.name}`, async (t) => {
        const before = twin.requests().length;
        const connection = await inside(t, office, { ...client.wish, alpn });
        await connection.send(await bytes());
        await connection.send(get('github.com')).catch(() => undefined);
        connection.socket.end();
        await connection.readToEnd();
        assert.equal(twin.requests().length, before);
      });
    }
  }

  test('a real hello inside TLS', async (t) => {
    const before = twin.requests().length;
    const connection = await inside(t, office);
    await connection.send(await captureClientHello(t, { servername: 'github.com' }));
    assert.equal((await connection.readAnswer()).status, 400);
    assert.equal(twin.requests().length, before);
  });
});

test('R-01, R-46 only who is exempt went upstream without the stamp, and all of it is in the record', async () => {
  await assertOfficeHolds(office, ({ target }) => (target.startsWith('/free') ? null : '12345'));
});
