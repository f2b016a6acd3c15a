// What only SOCKS5 lets a client try: messages that are none, talks that do not end, clear text in a tunnel, and the gate
// itself as a destination. Must not know the gate's code.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gateSays } from '../support/gate-answers.ts';
import { officePolicy, startOffice } from '../support/office.ts';
import { openRaw, type RawConnection } from '../support/raw-client.ts';
import { openSocks, passwordBytes, requestBytes } from '../support/socks-client.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';

const scope = fileScope();
const policy = { ...officePolicy(), otherwise: 'splice' };
const listeners = [
  { name: 'tools', door: 'socks' as const },
  { name: 'tools-staff', door: 'socks' as const, credentials: 'required' as const },
  { name: 'office', door: 'proxy' as const },
];
const office = await startOffice(scope, {
  policy,
  listeners,
  limits: { connectHeadTimeout: '1s', sniffTimeout: '1s' },
  resolve: { 'down.example.com:443': '127.0.0.1:9', 'lost.example.com:443': null },
});
const { gate } = office;

async function opened(t: TestScope, authority: string): Promise<RawConnection> {
  const connection = await openRaw(t, gate.port('tools'));
  assert.equal(await openSocks(connection, { authority }), 0);
  return connection;
}

const failed = (code: string): Promise<unknown> =>
  gate.event((event) => event.kind === 'outcome' && event.failure?.code === code);

describe('R-29 what is no SOCKS5 as it is spoken here ends with the fitting reply, and is recorded', () => {
  const greeting = [5, 1, 0];
  const rows: readonly (readonly [name: string, bytes: readonly number[], answer: readonly number[]])[] = [
    ['SOCKS4', [4, 1, 1, 187, 192, 0, 2, 7, 0], []],
    ['no method', [5, 0], []],
    ['a method that is not known', [5, 1, 1], [5, 0xff]],
    ['BIND', [...greeting, ...requestBytes('github.com:443', 2)], [5, 0, 5, 7]],
    ['UDP ASSOCIATE', [...greeting, ...requestBytes('github.com:443', 3)], [5, 0, 5, 7]],
    ['an address of no type', [...greeting, 5, 1, 0, 2, 1, 2, 3, 4, 1, 187], [5, 0, 5, 8]],
    ['a reserved byte', [...greeting, 5, 1, 1, 1, 192, 0, 2, 7, 1, 187], [5, 0, 5, 1]],
  ];
  for (const [name, bytes, answer] of rows)
    test(name, async (t) => {
      const connection = await openRaw(t, gate.port('tools'));
      const before = gate.events().length;
      await connection.send(Uint8Array.from(bytes));
      const said = await connection.readToEnd();
      assert.deepEqual([...said.subarray(0, answer.length)], answer);
      await gate.event((event) => gate.events().indexOf(event) >= before && isBadSocks(event));
    });
});

function isBadSocks(event: {
  readonly kind: string;
  readonly failure?: { readonly code: string } | null;
}): boolean {
  return event.kind === 'outcome' && event.failure?.code === 'bad-socks';
}

test('R-42 a reply says why there is no way upstream', async (t) => {
  for (const [authority, reply] of [
    ['down.example.com:443', 5],
    ['lost.example.com:443', 2],
  ] as const) {
    const connection = await openRaw(t, gate.port('tools'));
    assert.equal(await openSocks(connection, { authority }), reply, authority);
  }
});

describe('R-45 the gate is never a destination:', () => {
  for (const name of ['tools', 'tools-staff', 'office'])
    test(`the listener ${name}`, async (t) => {
      const connection = await openRaw(t, gate.port('tools'));
      assert.equal(await openSocks(connection, { authority: `127.0.0.1:${gate.port(name)}` }), 2);
    });
});

describe('R-19 what is neither TLS nor HTTP in a tunnel is closed:', () => {
  const rows = [
    ['SSH', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['NUL', '\0\0\0\0'],
    ['an empty line first', '\r\nGET / HTTP/1.1\r\nHost: github.com\r\n\r\n'],
    ['SOCKS5 once more', '\x05\x01\0'],
  ] as const;
  for (const [name, bytes] of rows)
    test(name, async (t) => {
      const connection = await opened(t, 'github.com:443');
      await connection.send(bytes);
      assert.equal((await connection.readToEnd()).length, 0);
      await failed('not-tls');
    });
});

describe('R-61 clear text in a tunnel is decided as in absolute form:', () => {
  const rows: readonly (readonly [name: string, place: string, host: string, answer: string])[] = [
    ['a pattern says http://', 'github.com:80', 'github.com', '200 null'],
    ['never to port 443', 'github.com:443', 'github.com', '403 bad-destination'],
    ['another Host than the tunnel', 'github.com:80', 'api.github.com', '400 authority-mismatch'],
    ['a destination that no rule names', 'news.example.com:80', 'news.example.com', '200 null'],
    ['a blocked host', 'github.dev:80', 'github.dev', '403 rule'],
  ];
  for (const [name, place, host, answer] of rows)
    test(name, async (t) => {
      const connection = await opened(t, place);
      await connection.send(
        `GET /x HTTP/1.1\r\nHost: ${host}\r\nsec-GitHub-allowed-enterprise: 99999\r\n\r\n`,
      );
      const { status, headers } = await connection.readAnswer();
      assert.equal(`${status} ${gateSays(headers).code}`, answer);
    });

  test('a request without a Host names nobody', async (t) => {
    const connection = await opened(t, 'github.com:80');
    await connection.send('GET /x HTTP/1.0\r\n\r\n');
    assert.equal((await connection.readAnswer()).status, 400);
  });
});

describe('R-53 a talk that does not end is ended:', () => {
  const rows = [
    ['within a greeting', [5]],
    ['behind a greeting', [5, 1, 0]],
    ['within a request', [5, 1, 0, 5, 1, 0, 3, 10]],
  ] as const;
  for (const [name, bytes] of rows)
    test(name, async (t) => {
      const connection = await openRaw(t, gate.port('tools'));
      await connection.send(Uint8Array.from(bytes));
      await connection.readToEnd();
      await failed('head-timeout');
    });
});

describe('R-09 on a listener that requires credentials', () => {
  test('nothing but a right password opens a tunnel', async (t) => {
    for (const [credentials, end] of [
      ['dave:dave-secret', 0],
      ['dave:wrong', 'not-known'],
      [':dave-secret', 'not-known'],
      ['dave:', 'not-known'],
      [undefined, 'no-method'],
    ] as const) {
      const connection = await openRaw(t, gate.port('tools-staff'));
      assert.equal(await openSocks(connection, { authority: 'github.com:443', credentials }), end);
    }
  });

  test('a request that comes ahead of the verdict opens nothing', async (t) => {
    const connection = await openRaw(t, gate.port('tools-staff'));
    const ahead = [5, 1, 2, ...passwordBytes('dave:wrong'), ...requestBytes('github.com:443')];
    await connection.send(Uint8Array.from(ahead));
    assert.deepEqual([...(await connection.readToEnd())], [5, 2, 1, 1]);
  });

  test('a name with a colon is not another name', async (t) => {
    const connection = await openRaw(t, gate.port('tools-staff'));
    const [user, password] = [Buffer.from('dave:dave-secret'), Buffer.from('')];
    await connection.send(
      Buffer.concat([Uint8Array.of(5, 1, 2, 1, user.length), user, Uint8Array.of(0), password]),
    );
    assert.deepEqual([...(await connection.readToEnd())], [5, 2, 1, 1]);
  });
});
