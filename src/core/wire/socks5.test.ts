// SOCKS5 messages are read as they arrive, whole, byte by byte and with a tail; what could be read in two ways is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assertReads, assertRefuses, assertSound, latin1 } from '../../../test/support/wire-steps.ts';
import { parseDestination } from '../base/destination.ts';
import {
  readSocksGreeting,
  readSocksPassword,
  readSocksRequest,
  SOCKS_FAULTS,
  type SocksFault,
  socksMethod,
  socksReply,
  socksVerdict,
} from './socks5.ts';

const GREETINGS: readonly (readonly [name: string, bytes: readonly number[], methods: readonly number[]])[] =
  [
    ['no authentication', [5, 1, 0], [0]],
    ['a user name and password', [5, 1, 2], [2]],
    ['three methods', [5, 3, 0, 1, 2], [0, 1, 2]],
    ['255 methods', [5, 255, ...new Array<number>(255).fill(0x80)], new Array<number>(255).fill(0x80)],
  ];
for (const [name, bytes, methods] of GREETINGS)
  test(`readSocksGreeting() reads ${name}`, () =>
    assertReads(readSocksGreeting, Uint8Array.from(bytes), methods));

const PASSWORDS: readonly (readonly [user: Uint8Array, password: Uint8Array])[] = [
  [latin1('dave'), latin1('dave-secret')],
  [latin1('ren\xe9'), latin1('p\xe4ss:word')],
  [latin1('dave'), latin1('')],
  [latin1(''), latin1('')],
  [new Uint8Array(255).fill(0x61), new Uint8Array(255).fill(0x62)],
];
for (const [user, password] of PASSWORDS)
  test(`readSocksPassword() reads a user of ${user.length} and a password of ${password.length} bytes`, () =>
    assertReads(readSocksPassword, passwordBytes(user, password), { user, password }));

const REQUESTS: readonly (readonly [name: string, bytes: readonly number[], destination: string])[] = [
  ['a name', [5, 1, 0, 3, 10, ...latin1('github.com'), 1, 187], 'github.com:443'],
  ['a name in capitals with its dot', [5, 1, 0, 3, 11, ...latin1('GitHub.com.'), 0, 80], 'github.com:80'],
  ['an IPv4 address', [5, 1, 0, 1, 192, 0, 2, 7, 1, 187], '192.0.2.7:443'],
  [
    'an IPv6 address',
    [5, 1, 0, 4, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 255, 255],
    '[2001:db8::7]:65535',
  ],
  [
    'a mapped address',
    [5, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7, 1, 187],
    '192.0.2.7:443',
  ],
  ['an address written as a name', [5, 1, 0, 3, 9, ...latin1('192.0.2.7'), 1, 187], '192.0.2.7:443'],
];
for (const [name, bytes, authority] of REQUESTS)
  test(`readSocksRequest() reads ${name}`, () => {
    const destination = parseDestination(authority);
    assert.notEqual(destination.kind, 'malformed');
    assertReads(readSocksRequest, Uint8Array.from(bytes), { command: 'connect', destination });
  });

for (const [name, command] of [
  ['BIND', 2],
  ['UDP ASSOCIATE', 3],
  ['no command at all', 0],
] as const)
  test(`readSocksRequest() reads ${name} whole, and says that it is none of ours`, () =>
    assertReads(readSocksRequest, Uint8Array.from([5, command, 0, 1, 192, 0, 2, 7, 1, 187]), {
      command: 'other',
      destination: parseDestination('192.0.2.7:443'),
    }));

const NO_DESTINATIONS: readonly (readonly [name: string, host: Uint8Array, port: number])[] = [
  ['an empty name', latin1(''), 443],
  ['port 0', latin1('github.com'), 0],
  ['a name with a port of its own', latin1('github.com:443'), 80],
  ['a name with userinfo', latin1('github.com:80@evil.example'), 443],
  ['a name with NUL', latin1('github.com\0.evil.example'), 443],
  ['a name with a line end', latin1('github.com\r\n'), 443],
  ['a name that is not ASCII', latin1('g\xeft.example'), 443],
  ['an address in hexadecimal', latin1('0x7f.1'), 443],
  ['255 bytes', new Uint8Array(255).fill(0x61), 443],
];
for (const [name, host, port] of NO_DESTINATIONS)
  test(`readSocksRequest() reads ${name} as no destination`, () => {
    const step = readSocksRequest(
      Uint8Array.from([5, 1, 0, 3, host.length, ...host, port >> 8, port & 0xff]),
    );
    assert.equal(step.kind === 'done' && step.value.destination.kind, 'malformed');
  });

const GREETING_FAULTS: readonly (readonly [name: string, bytes: readonly number[], code: SocksFault])[] = [
  ['SOCKS4', [4, 1, 0, 80, 192, 0, 2, 7, 0], 'not-socks5'],
  ['HTTP', [...latin1('CONNECT github.com:443 HTTP/1.1\r\n\r\n')], 'not-socks5'],
  ['TLS', [22, 3, 1], 'not-socks5'],
  ['no method', [5, 0], 'bad-socks-message'],
];
for (const [name, bytes, code] of GREETING_FAULTS)
  test(`readSocksGreeting() refuses ${name}`, () =>
    assertRefuses(readSocksGreeting, Uint8Array.from(bytes), code));

const REQUEST_FAULTS: readonly (readonly [name: string, bytes: readonly number[], code: SocksFault])[] = [
  ['another version', [4, 1, 0, 1, 192, 0, 2, 7, 1, 187], 'not-socks5'],
  ['a reserved byte', [5, 1, 1, 1, 192, 0, 2, 7, 1, 187], 'bad-socks-message'],
  ['an unknown type of address', [5, 1, 0, 2, 192, 0, 2, 7, 1, 187], 'bad-socks-address'],
];
for (const [name, bytes, code] of REQUEST_FAULTS)
  test(`readSocksRequest() refuses ${name}`, () =>
    assertRefuses(readSocksRequest, Uint8Array.from(bytes), code));

test('readSocksPassword() refuses another version', () =>
  assertRefuses(readSocksPassword, Uint8Array.of(5, 1, 0x61, 1, 0x62), 'bad-socks-message'));

test('the readers depend on nothing but their bytes, and refuse only with codes that are listed', () => {
  const bytes = fc
    .tuple(fc.constantFrom([], [5], [1], [5, 1, 0], [5, 1, 0, 3]), fc.uint8Array({ maxLength: 300 }))
    .map(([start, rest]) => Uint8Array.from([...start, ...rest]));
  fc.assert(
    fc.property(bytes, (block) => {
      for (const read of [readSocksGreeting, readSocksPassword, readSocksRequest]) {
        const step = assertSound<unknown>(read, block);
        if (step.kind === 'malformed') assert.ok(SOCKS_FAULTS.some((code) => code === step.fault.code));
      }
    }),
  );
});

test('socksMethod(), socksVerdict() and socksReply() write what RFC 1928 and RFC 1929 say', () => {
  assert.deepEqual([...socksMethod('none')], [5, 0]);
  assert.deepEqual([...socksMethod('password')], [5, 2]);
  assert.deepEqual([...socksMethod('unacceptable')], [5, 255]);
  assert.deepEqual([...socksVerdict('known')], [1, 0]);
  assert.deepEqual([...socksVerdict('unknown')], [1, 1]);
  assert.deepEqual([...socksReply('succeeded')], [5, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual([...socksReply('addressTypeNotSupported')].slice(0, 2), [5, 8]);
});

function passwordBytes(user: Uint8Array, password: Uint8Array): Uint8Array {
  return Uint8Array.from([1, user.length, ...user, password.length, ...password]);
}
