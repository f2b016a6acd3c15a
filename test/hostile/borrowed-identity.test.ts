// Who is exempt is so where the listener asks, and nowhere else: not by credentials inside, not by headers that name an
// address or a user, not by a second PROXY header. Must not know how the gate identifies.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { credentialsOf } from '../support/gate.ts';
import { askHttp2 } from '../support/http2-client.ts';
import { atProxy, EXEMPT_ADDRESS, inside, insideHttp2, startOffice } from '../support/office.ts';
import { assertOfficeHolds } from '../support/office-verdict.ts';
import { proxyBinary, proxyLineFor } from '../support/proxy-headers.ts';
import { openRaw } from '../support/raw-client.ts';
import { fileScope } from '../support/test-scope.ts';

const office = await startOffice(fileScope());
const { plain } = office;

describe('R-09 who is exempt is so where the listener asks, and nowhere else', () => {
  const credentials = btoa(credentialsOf('carol'));
  const rows: readonly { name: string; lines: readonly string[] }[] = [
    { name: 'proxy credentials inside', lines: [`Proxy-Authorization: Basic ${credentials}`] },
    { name: 'credentials for the server', lines: [`Authorization: Basic ${credentials}`] },
    {
      name: 'an address in every header that names one',
      lines: [
        'X-Forwarded-For',
        'X-Real-IP',
        'X-Client-IP',
        'True-Client-IP',
        'CF-Connecting-IP',
        'X-Original-Forwarded-For',
      ].map((name) => `${name}: ${EXEMPT_ADDRESS}`),
    },
    {
      name: 'Forwarded and Via',
      lines: [`Forwarded: for=${EXEMPT_ADDRESS};by=${EXEMPT_ADDRESS}`, `Via: 1.1 ${EXEMPT_ADDRESS}`],
    },
    {
      name: 'a user in a header',
      lines: [
        'X-Remote-User: carol',
        'X-Forwarded-User: carol',
        'Remote-User: carol',
        'From: carol',
        'X-Groups: oss',
      ],
    },
  ];
  for (const { name, lines } of rows) {
    for (const wish of [{}, { user: 'dave' }, { from: '10.1.2.3' }]) {
      test(`${name}, ${JSON.stringify(wish)}`, async (t) => {
        const connection = await inside(t, office, wish);
        await connection.send(`${['GET /x HTTP/1.1', 'Host: github.com', ...lines].join('\r\n')}\r\n\r\n`);
        assert.equal((await connection.readAnswer()).status, 200);
        const session = await insideHttp2(t, office, wish);
        const fields = lines.flatMap((line) => [
          line.slice(0, line.indexOf(':')).toLowerCase(),
          line.slice(line.indexOf(':') + 2),
        ]);
        const head = [':method', 'GET', ':scheme', 'https', ':authority', 'github.com', ':path', '/x'];
        assert.equal((await askHttp2(session, [...head, ...fields])).status, 200);
        const absolute = await atProxy(t, office, wish);
        const own = 'user' in wish ? `Proxy-Authorization: Basic ${btoa(credentialsOf('dave'))}\r\n` : '';
        const others = lines.filter((line) => own === '' || !line.startsWith('Proxy-'));
        await absolute.send(
          `GET http://github.com/x HTTP/1.1\r\nHost: github.com\r\n${own}${others.join('\r\n')}${others.length > 0 ? '\r\n' : ''}\r\n`,
        );
        assert.equal((await absolute.readAnswer()).status, 200);
      });
    }
  }

  test('twice the credentials of two users are no credentials', async (t) => {
    const before = plain.requests().length;
    const connection = await atProxy(t, office, { user: 'dave' });
    const lines = ['dave', 'carol'].map((user) => `Proxy-Authorization: Basic ${btoa(credentialsOf(user))}`);
    await connection.send(
      `GET http://github.com/x HTTP/1.1\r\nHost: github.com\r\n${lines.join('\r\n')}\r\n\r\n`,
    );
    assert.ok([400, 407].includes((await connection.readAnswer()).status));
    assert.equal(plain.requests().length, before);
  });

  const headers: readonly { name: string; bytes: Uint8Array }[] = [
    {
      name: 'a second header',
      bytes: Buffer.concat([proxyLineFor('10.1.2.3'), proxyLineFor(EXEMPT_ADDRESS)]),
    },
    { name: 'a binary one behind a line', bytes: Buffer.concat([proxyLineFor('10.1.2.3'), proxyBinary()]) },
    {
      name: 'a line behind a binary one',
      bytes: Buffer.concat([proxyBinary({ command: 0x20 }), proxyLineFor(EXEMPT_ADDRESS)]),
    },
  ];
  for (const { name, bytes } of headers) {
    test(`${name} of the balancer is a malformed request`, async (t) => {
      const before = plain.requests().length;
      const connection = await openRaw(t, office.gate.port('balanced'));
      await connection.send(
        Buffer.concat([bytes, Buffer.from('GET http://github.com/x HTTP/1.1\r\nHost: github.com\r\n\r\n')]),
      );
      connection.socket.end();
      assert.match((await connection.readToEnd()).toString('latin1'), /^(?:HTTP\/1\.1 400 |$)/);
      assert.equal(plain.requests().length, before);
    });
  }

  test('a header of the balancer behind the first request is a malformed one', async (t) => {
    const connection = await atProxy(t, office, { from: '10.1.2.3' });
    const get = 'GET http://github.com/x HTTP/1.1\r\nHost: github.com\r\n\r\n';
    await connection.send(Buffer.concat([Buffer.from(get), proxyLineFor(EXEMPT_ADDRESS), Buffer.from(get)]));
    assert.equal((await connection.readAnswer()).status, 200);
    assert.equal((await connection.readAnswer()).status, 400);
  });
});

test('R-01, R-46 nothing went upstream here without the stamp, and all of it is in the record', async () => {
  await assertOfficeHolds(office);
});
