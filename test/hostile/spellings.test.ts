// Names, addresses and ports in every odd spelling, wherever a client can name a host: CONNECT, absolute form, Host,
// :authority, on every kind of listener. None leads anywhere but a plain name that the policy allows.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { credentialsOf } from '../support/gate.ts';
import { gateSays } from '../support/gate-answers.ts';
import { Http2Answers } from '../support/http2-answers.ts';
import { headersFrames, OPENING } from '../support/http2-header-frames.ts';
import { atProxy, EXEMPT_ADDRESS, type InsideWish, inside, startOffice } from '../support/office.ts';
import { assertOfficeHolds, requestsUpstream } from '../support/office-verdict.ts';
import { withScope } from '../support/own-scope.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';
import { untilTrue } from '../support/until.ts';

const office = await startOffice(fileScope());

const CLIENTS: readonly { name: string; wish: InsideWish }[] = [
  { name: 'the open listener', wish: {} },
  { name: 'an exempt user', wish: { user: 'carol' } },
  { name: 'an exempt address', wish: { from: EXEMPT_ADDRESS } },
];

/** Each is another host than github.com, or none; Latin-1, so that UTF-8 stands as its bytes. */
const HOSTS: readonly string[] = [
  // Addresses (RFC 3986 section 7.4, inet_aton).
  ...[
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '0x7f.0.0.1',
    '0x7f000001',
    '2130706433',
    '0177.0.0.1',
    '017700000001',
  ],
  ...[
    '0',
    '0.0.0.0',
    '00.0.0.0',
    '127.0.0.1.',
    '127.0.0.01',
    '0x7f.1',
    '127.0.0.0x1',
    '140.82.112.3',
    '4294967297',
  ],
  ...[
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[0:0:0:0:0:0:0:1]',
    '[::]',
    '[::1%25lo]',
    '[fe80::1%lo]',
  ],
  ...['[::127.0.0.1]', '[64:ff9b::7f00:1]', '[127.0.0.1]', '[v1.x]', '[github.com]', '[::1', '::1', '[]'],
  // Dots, dashes and letters that look like others, or become them.
  ...[
    'github.com..',
    '.github.com',
    'github..com',
    'github.com.evil.example',
    'evilgithub.com',
    'github.com-evil.example',
  ],
  ...[
    'github.comx',
    'xgithub.com',
    'github.co',
    'github',
    'com',
    'github.com.localhost',
    '-github.com',
    'github-.com',
  ],
  ...[
    'github\xe3\x80\x82com',
    'github\xef\xbc\x8ecom',
    'github\xef\xbd\xa1com',
    'gith\xc5\xabb.com',
    '\xef\xbd\x87ithub.com',
  ],
  ...[
    'gi\xc5\xa3hub.com',
    'g\xc4\xb1thub.com',
    '\xe2\x84\xaa.github.com',
    'github.com\xc2\xad',
    'gith\xd1\x83b.com',
    'github.c\xd0\xbem',
  ],
  ...[
    'xn--gthub-cta.com',
    'xn--ithub-qmc.com',
    'xn--github.com',
    'github.xn--com',
    'git_hub.com',
    'github%2ecom',
    'github.com%2e',
  ],
  ...[
    'github.com%00.example.org',
    'github.com%20',
    '%67ithub.com',
    'github.com%0d%0a',
    'github\\.com',
    'github.com\\@evil.example',
  ],
  // More than a host.
  ...[
    'user@github.com',
    'github.com@evil.example',
    'user:pass@github.com',
    '@github.com',
    'github.com/',
    'github.com?',
    'github.com#',
  ],
  ...[
    'github.com,evil.example',
    'github.com;evil.example',
    'github.com|evil',
    '"github.com"',
    "'github.com'",
    'localhost',
    `${'a'.repeat(64)}.com`,
  ],
  `${'a.'.repeat(130)}com`,
];
const PORTS: readonly string[] = [
  ...[
    '',
    '0',
    '00443',
    '0443',
    '+443',
    '-443',
    '443.',
    '443:443',
    ' 443',
    '0x1bb',
    '4e2',
    '65536',
    '65979',
    '4294967739',
  ],
  ...[
    '22',
    '80',
    '8443',
    '9418',
    '443a',
    '\xef\xbc\x94\xef\xbc\x94\xef\xbc\x93',
    '443/',
    '443@evil.example',
    '443%00',
  ],
];
const CONTROLS = ['\0', '\r', '\n', '\t', '\x0b', '\x7f', ' ', '\r\n', '\r\nX: y', '\x80', '\xa0'].map(
  (bytes) => `github.com${bytes}:443`,
);
const WITH_PORTS = PORTS.map((port) => `github.com:${port}`);
/** What is another thing where it stands: a whole line more, or github.com itself. */
const NOT_ODD: Readonly<Record<string, readonly string[]>> = {
  // Port 80 is allowed, where plain HTTP is; what a tunnel to it carries is still TLS. The others are refused in the tunnel.
  CONNECT: ['github.com:80', 'github.com:8443', 'github.com:9418'],
  absolute: ['github.com:', 'github.com:80', 'github.com/', 'github.com?'],
  host: ['github.com:', 'github.com\r\nX: y:443'],
  authority: ['github.com:'],
};

/** How a client says a host, and what it is told: a status, or null when the session just ends. */
const PLACES: Readonly<
  Record<string, (t: TestScope, host: string, wish: InsideWish) => Promise<number | null>>
> = {
  CONNECT: async (t, host, wish) => {
    const target = host.includes(':') && !host.startsWith('[') ? host : `${host}:443`;
    const connection = await atProxy(t, office, wish);
    await connection.send(
      `CONNECT ${target} HTTP/1.1\r\nHost: github.com:443\r\n${credentialLine(wish)}\r\n`,
    );
    return (await connection.readAnswer('CONNECT')).status;
  },
  absolute: async (t, host, wish) => {
    const connection = await atProxy(t, office, wish);
    await connection.send(`GET http://${host}/x HTTP/1.1\r\nHost: ${host}\r\n${credentialLine(wish)}\r\n`);
    return (await connection.readAnswer()).status;
  },
  host: async (t, host, wish) => {
    const connection = await inside(t, office, wish);
    await connection.send(`GET /x HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    return (await connection.readAnswer()).status;
  },
  authority: async (t, host, wish) => {
    const { socket } = await inside(t, office, { ...wish, alpn: ['h2'] });
    const answers = new Http2Answers(socket);
    const head = [
      [':method', 'GET'],
      [':scheme', 'https'],
      [':path', '/x'],
      [':authority', host],
    ] as const;
    socket.write(Buffer.concat([OPENING, headersFrames(head)]));
    await untilTrue(() => answers.areOver([1]), `no end of ${JSON.stringify(host)}`);
    const [said] = answers.valuesOf(':status');
    return said === undefined ? null : Number(said[1]);
  },
};

describe('R-04, R-29, R-41 no odd spelling of a host leads anywhere', () => {
  for (const [place, say] of Object.entries(PLACES)) {
    for (const { name, wish } of CLIENTS) {
      test(`${place}, ${name}`, async () => {
        const before = requestsUpstream(office);
        for (const host of [...HOSTS, ...WITH_PORTS, ...CONTROLS]) {
          if (NOT_ODD[place]?.includes(host)) continue;
          const status = await withScope((t) => say(t, host, wish));
          assert.ok([null, 400, 403, 414, 421].includes(status), `${JSON.stringify(host)}: ${status}`);
          assert.equal(requestsUpstream(office), before, JSON.stringify(host));
        }
      });
    }
  }
});

describe('R-04 the plain spellings of one name are one name', () => {
  for (const target of ['github.com:443', 'GITHUB.COM:443', 'GitHub.com.:443']) {
    test(`CONNECT ${target}`, async (t) => {
      const connection = await inside(t, office, {
        ...{ authority: target, serverName: 'github.com' },
        tls: { checkServerIdentity: () => undefined },
      });
      await connection.send('GET /plain HTTP/1.1\r\nHost: github.com\r\n\r\n');
      assert.deepEqual([(await connection.readAnswer()).status], [200]);
    });
  }

  test('a refusal says that the destination is bad, and the record has it', async (t) => {
    const connection = await atProxy(t, office);
    await connection.send('CONNECT 0x7f.1:443 HTTP/1.1\r\nHost: x\r\n\r\n');
    const { code } = gateSays((await connection.readAnswer()).headers);
    assert.equal(code, 'bad-destination');
    await office.gate.event((event) => event.kind === 'decision' && event.reason.code === 'bad-destination');
  });

  test('R-01, R-46 what went upstream here was stamped, and recorded before', async () => {
    assert.ok(requestsUpstream(office) > 0);
    await assertOfficeHolds(office);
  });
});

function credentialLine({ user }: InsideWish): string {
  return user === undefined ? '' : `Proxy-Authorization: Basic ${btoa(credentialsOf(user))}\r\n`;
}
