// Who a client is, and that nobody rides on another's upstream connection: credentials, balancers, pools.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { credentialsOf } from '../support/gate.ts';
import { gateSays, headerOf } from '../support/gate-answers.ts';
import { askHttp2 } from '../support/http2-client.ts';
import {
  EXEMPT_ADDRESS,
  type InsideWish,
  inside,
  insideHttp2,
  STAMP,
  STAMPED_ADDRESS,
  startOffice,
} from '../support/office.ts';
import { ipv4Payload, proxyBinary, proxyLine, proxyLineFor } from '../support/proxy-headers.ts';
import { connectThrough, openRaw } from '../support/raw-client.ts';
import { valuesOf } from '../support/request-readings.ts';
import { fileScope } from '../support/test-scope.ts';

const office = await startOffice(fileScope(), { limits: { identityFailures: 3 } });
const { gate, twin } = office;
const GET = 'GET /x HTTP/1.1\r\nHost: github.com\r\n\r\n';
const CONNECT = 'CONNECT github.com:443 HTTP/1.1\r\nHost: github.com:443\r\n';

function basic(credentials: string): string {
  return `Proxy-Authorization: Basic ${Buffer.from(credentials).toString('base64')}\r\n`;
}

describe('a listener that requires credentials', () => {
  const wrong: readonly { name: string; line: string }[] = [
    { name: 'none', line: '' },
    { name: 'another scheme', line: 'Proxy-Authorization: Bearer abc\r\n' },
    { name: 'no base64', line: 'Proxy-Authorization: Basic !!!\r\n' },
    { name: 'no colon', line: basic('dave') },
    { name: 'an empty user', line: basic(':x') },
    { name: 'two of them', line: `${basic(credentialsOf('dave'))}${basic(credentialsOf('carol'))}` },
    {
      name: 'Authorization in its place',
      line: `Authorization: Basic ${Buffer.from(credentialsOf('dave')).toString('base64')}\r\n`,
    },
  ];
  for (const row of wrong) {
    test(`asks with 407 for ${row.name}, and the connection goes on`, async (t) => {
      const connection = await openRaw(t, gate.port('staff'));
      await connection.send(`${CONNECT}${row.line}\r\n`);
      const answer = await connection.readAnswer('GET');
      assert.equal(answer.status, 407);
      assert.match(headerOf(answer.headers, 'proxy-authenticate') ?? '', /^Basic realm="[^"]+"/);
      await connection.send(`${CONNECT}${basic(credentialsOf('dave'))}\r\n`);
      assert.equal((await connection.readAnswer('CONNECT')).status, 200);
    });
  }

  test('R-10a lets an address wait after wrong passwords, and the right one is known before that', async (t) => {
    const guessing = await startOffice(t, { limits: { identityFailures: 2 } });
    const connection = await openRaw(t, guessing.gate.port('staff'));
    const ask = async (
      credentials: string,
    ): Promise<{ status: number; retryAfter: string | null; code: string | null }> => {
      await connection.send(`${CONNECT}${basic(credentials)}\r\n`);
      const answer = await connection.readAnswer('GET');
      return {
        status: answer.status,
        retryAfter: headerOf(answer.headers, 'retry-after'),
        code: gateSays(answer.headers).code,
      };
    };
    const statuses: number[] = [];
    let last = await ask('dave:wrong-0');
    for (let at = 1; at < 8 && last.status === 407; at += 1) {
      statuses.push(last.status);
      last = await ask(`dave:wrong-${at}`);
    }
    assert.deepEqual([last.status, last.code], [429, 'credentials-wait']);
    assert.ok(statuses.length >= 2);
    assert.match(last.retryAfter ?? '', /^\d+$/);
  });

  test('R-11 credentials never go upstream, and are never in the record', async (t) => {
    const connection = await inside(t, office, { user: 'dave' });
    await connection.send(`GET /secret HTTP/1.1\r\nHost: github.com\r\n${basic(credentialsOf('dave'))}\r\n`);
    assert.equal((await connection.readAnswer()).status, 200);
    const { decision } = await gate.pair((event) => event.request?.path === '/secret');
    assert.equal(decision.client.user, 'dave');
    const headers =
      twin
        .requests()
        .at(-1)
        ?.headers.map((item) => item.toLowerCase()) ?? [];
    assert.ok(!headers.includes('proxy-authorization'));
    const record = JSON.stringify(gate.events());
    assert.ok(
      !record.includes('dave-secret') &&
        !record.includes(Buffer.from(credentialsOf('dave')).toString('base64')),
    );
  });

  test('a plain request needs them as well', async (t) => {
    const connection = await openRaw(t, gate.port('staff'));
    await connection.send('GET http://github.com/x HTTP/1.1\r\nHost: github.com\r\n\r\n');
    assert.equal((await connection.readAnswer()).status, 407);
    await connection.send(
      `GET http://github.com/x HTTP/1.1\r\nHost: github.com\r\n${basic(credentialsOf('carol'))}\r\n`,
    );
    assert.equal((await connection.readAnswer()).status, 200);
    assert.deepEqual(valuesOf(office.plain.requests().at(-1)?.headers ?? [], STAMP), []);
  });
});

describe('R-09 a balancer speaks for its clients', () => {
  const rows: readonly { name: string; first: Uint8Array; address: string; stamp: string | null }[] = [
    { name: 'in version 1', first: proxyLineFor(EXEMPT_ADDRESS), address: EXEMPT_ADDRESS, stamp: null },
    {
      name: 'in version 1, IPv6',
      first: proxyLineFor('2001:db8::1'),
      address: '2001:db8::1',
      stamp: '12345',
    },
    {
      name: 'in version 2',
      first: proxyBinary({ payload: ipv4Payload() }),
      address: '10.20.0.1',
      stamp: null,
    },
    {
      name: 'in version 2, LOCAL',
      first: proxyBinary({ command: 0x20 }),
      address: '127.0.0.1',
      stamp: '12345',
    },
    { name: 'in version 1, UNKNOWN', first: proxyLine('UNKNOWN'), address: '127.0.0.1', stamp: '12345' },
  ];
  for (const row of rows) {
    test(row.name, async (t) => {
      const { connection, answer } = await connectThrough(t, 'github.com:443', {
        proxyPort: gate.port('balanced'),
        first: row.first,
      });
      assert.equal(answer.status, 200);
      const secure = await connection.startTls(t, { ca: [...office.roots], servername: 'github.com' });
      await secure.send(GET.replace('/x', `/${row.name.replaceAll(/\W/g, '-')}`));
      assert.equal((await secure.readAnswer()).status, 200);
      const { decision } = await gate.pair(
        (event) => event.request?.path === `/${row.name.replaceAll(/\W/g, '-')}`,
      );
      assert.deepEqual(
        [decision.client.address, decision.stamps[0]?.value ?? null],
        [row.address, row.stamp],
      );
    });
  }

  test('before it sends anything of theirs', async (t) => {
    const connection = await openRaw(t, gate.port('balanced'));
    await connection.send(proxyLineFor(EXEMPT_ADDRESS));
    // By the end of another client's exchange the gate has read the header, alone.
    const another = await openRaw(t, gate.port('balanced'));
    await another.send(`PROXY UNKNOWN\r\nGET /ca.crl HTTP/1.1\r\nHost: gate\r\n\r\n`);
    assert.equal((await another.readAnswer()).status, 200);
    await connection.send('GET /ca.crl HTTP/1.1\r\nHost: gate\r\n\r\n');
    assert.equal((await connection.readAnswer()).status, 200);
  });

  for (const first of [proxyLine('UNKNOWN'), proxyBinary({ command: 0x20 })]) {
    test(`and where it says nobody (${first.length} bytes), its own address exempts nobody`, async (t) => {
      const exempt = [{ name: 'machine-room', from: ['127.0.0.0/8'] }];
      const policy = { version: 1, restrict: { enterprises: ['12345'] }, exempt, otherwise: 'splice' };
      const world = await startOffice(t, { policy });
      for (const [listener, stamps] of [
        ['balanced', ['12345']],
        ['open', []],
      ] as const) {
        const wish = listener === 'balanced' ? { first } : {};
        const { connection } = await connectThrough(t, 'github.com:443', {
          proxyPort: world.gate.port(listener),
          ...wish,
        });
        const secure = await connection.startTls(t, { ca: [...world.roots], servername: 'github.com' });
        await secure.send(GET);
        assert.equal((await secure.readAnswer()).status, 200);
        assert.deepEqual(valuesOf(world.twin.requests().at(-1)?.headers ?? [], STAMP), stamps);
      }
    });
  }

  const bad: readonly { name: string; first: Uint8Array | string }[] = [
    { name: 'nothing', first: CONNECT },
    { name: 'a broken line', first: 'PROXY TCP4 10.20.7.7\r\n' },
    { name: 'a name for an address', first: 'PROXY TCP4 github.com 127.0.0.1 1 2\r\n' },
    { name: 'the wrong family', first: 'PROXY TCP6 10.20.7.7 127.0.0.1 1 2\r\n' },
    { name: 'version 3', first: proxyBinary({ command: 0x31 }) },
  ];
  for (const row of bad) {
    test(`and is closed when it sends ${row.name}`, async (t) => {
      const connection = await openRaw(t, gate.port('balanced'));
      await connection.send(row.first);
      await connection.send(`${CONNECT}\r\n`).catch(() => undefined);
      assert.equal((await connection.readToEnd()).length, 0);
    });
  }
});

describe('R-10 upstream connections belong to one principal and one class', () => {
  const WHO: readonly { name: string; wish: InsideWish }[] = [
    { name: 'the open listener', wish: {} },
    { name: 'dave', wish: { user: 'dave' } },
    { name: 'carol', wish: { user: 'carol' } },
    { name: 'a stamped address', wish: { from: STAMPED_ADDRESS } },
    { name: 'an exempt address', wish: { from: EXEMPT_ADDRESS } },
  ];

  test('over HTTP/1.1', async (t) => {
    const used = new Map<number, string>();
    for (let round = 0; round < 3; round += 1) {
      for (const { name, wish } of WHO) {
        const connection = await inside(t, office, { ...wish, authority: 'pool.github.com:443' });
        await connection.send('GET /x HTTP/1.1\r\nHost: pool.github.com\r\n\r\n');
        const answer = await connection.readAnswer();
        note(used, headerOf(answer.headers, 'x-twin-nonce'), name);
      }
    }
    assert.equal(new Set(used.values()).size, WHO.length);
  });

  test('over HTTP/2, where one session serves one of them', async (t) => {
    const used = new Map<number, string>();
    for (let round = 0; round < 2; round += 1) {
      for (const { name, wish } of WHO) {
        const session = await insideHttp2(t, office, { ...wish, authority: 'pool2.github.com:443' });
        const answers = await Promise.all([1, 2, 3].map(() => askHttp2(session, { ':path': '/x' })));
        for (const { headers } of answers) note(used, headerOf(headers, 'x-twin-nonce'), name);
      }
    }
    assert.equal(used.size, WHO.length);
  });

  test('and an exempt path has its own', async (t) => {
    const policy = {
      ...{
        version: 1,
        restrict: { enterprises: ['12345'] },
        otherwise: 'block',
        allow: [{ preset: 'github' }],
      },
      exempt: [{ name: 'login', to: ['github.com/login/*'] }],
    };
    const world = await startOffice(t, { policy });
    const connection = await inside(t, world);
    const ask = async (path: string): Promise<number> => {
      await connection.send(`GET ${path} HTTP/1.1\r\nHost: github.com\r\n\r\n`);
      const nonce = headerOf((await connection.readAnswer()).headers, 'x-twin-nonce');
      return world.twin.requests().find((one) => one.nonce === nonce)?.connection ?? -1;
    };
    const [stamped, plain] = [await ask('/x'), await ask('/login/x')];
    assert.notEqual(stamped, plain);
    assert.deepEqual([await ask('/y'), await ask('/login/y')], [stamped, plain]);
  });

  function note(used: Map<number, string>, nonce: string | null, name: string): void {
    const connection = twin.requests().find((one) => one.nonce === nonce)?.connection;
    assert.ok(connection !== undefined);
    assert.equal(used.get(connection) ?? name, name);
    used.set(connection, name);
  }
});

test('a connection is reused by who opened it', async (t) => {
  const first = await inside(t, office, { authority: 'again.github.com:443' });
  const second = await inside(t, office, { authority: 'again.github.com:443' });
  const seen = new Set<number>();
  for (const connection of [first, second, first, second]) {
    await connection.send('GET /x HTTP/1.1\r\nHost: again.github.com\r\n\r\n');
    const nonce = headerOf((await connection.readAnswer()).headers, 'x-twin-nonce');
    seen.add(twin.requests().find((one) => one.nonce === nonce)?.connection ?? -1);
  }
  assert.ok(seen.size <= 2);
});
