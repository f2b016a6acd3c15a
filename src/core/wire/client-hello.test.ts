// ClientHellos of real clients are read whole however they arrive; wrong ones are refused for the right reason.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ConnectionOptions } from 'node:tls';
import fc from 'fast-check';
import { createSelfSigned } from '../../../test/support/certificates.ts';
import {
  captureClientHello,
  type HelloParts,
  helloMessage,
  inRecords,
  obtainSession,
  serverNameExtension,
  uint16,
  vector,
} from '../../../test/support/client-hellos.ts';
import {
  assertReads,
  assertRefuses,
  assertSound,
  joinBytes,
  latin1,
} from '../../../test/support/wire-steps.ts';
import {
  CLIENT_HELLO_FAULTS,
  type ClientHello,
  type ClientHelloFault,
  readClientHello,
} from './client-hello.ts';

interface RealClient {
  readonly name: string;
  readonly options: ConnectionOptions;
  readonly says: Partial<ClientHello>;
}

const REAL_CLIENTS: readonly RealClient[] = [
  {
    name: 'TLS 1.3 and 1.2, with a name and ALPN',
    options: { servername: 'GitHub.com', ALPNProtocols: ['h2', 'http/1.1'] },
    says: { serverName: 'GitHub.com', alpn: ['h2', 'http/1.1'], maxVersion: '1.3', resumes: false },
  },
  {
    name: 'TLS 1.2 only',
    options: { servername: 'api.github.com', maxVersion: 'TLSv1.2' },
    says: { serverName: 'api.github.com', alpn: [], supportedVersions: [0x0303], maxVersion: '1.2' },
  },
  {
    name: 'TLS 1.3 only',
    options: { servername: 'api.github.com', minVersion: 'TLSv1.3' },
    says: { supportedVersions: [0x0304], maxVersion: '1.3', resumes: false, encryptedClientHello: false },
  },
  { name: 'no name', options: {}, says: { serverName: null, maxVersion: '1.3' } },
  {
    name: 'a name with an underscore, left to others to judge',
    options: { servername: '_x.github.com.' },
    says: { serverName: '_x.github.com.' },
  },
];

for (const client of REAL_CLIENTS) {
  test(`R-19 readClientHello() reads a real hello whole, by bytes and over records: ${client.name}`, async (t) => {
    const bytes = await captureClientHello(t, client.options);
    const hello = assertReadHowever(bytes);
    assert.deepEqual({ ...hello, ...client.says }, hello);
  });
}

test('R-19 readClientHello() reads a post-quantum hello, which fills more than one segment', async (t) => {
  const options = { servername: 'github.com', ecdhCurve: 'X25519MLKEM768:X25519' };
  const bytes = await captureClientHello(t, options);
  assert.ok(bytes.length > 1400, `${bytes.length} bytes`);
  assert.equal(assertReadHowever(bytes).serverName, 'github.com');
});

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`R-18 readClientHello() reads the name of a resumed session, ${version}`, async (t) => {
    const { cert, key } = await createSelfSigned();
    const options = { servername: 'github.com', minVersion: version, maxVersion: version };
    const session = await obtainSession(t, { ...options, serverCert: cert, serverKey: key });
    const fresh = assertReadHowever(await captureClientHello(t, options));
    const resumed = assertReadHowever(await captureClientHello(t, { ...options, session }));
    assert.equal(fresh.resumes, false);
    assert.deepEqual(resumed, { ...fresh, resumes: true });
  });
}

interface HandMade {
  readonly name: string;
  readonly parts: HelloParts;
  readonly says: Partial<ClientHello>;
}

const GREASE = 0x1a1a;
const HAND_MADE: readonly HandMade[] = [
  {
    name: 'no extensions at all, TLS 1.0',
    parts: { extensions: null, legacyVersion: 0x0301 },
    says: { serverName: null, maxVersion: '1.0', supportedVersions: [0x0301] },
  },
  { name: 'an empty block of extensions', parts: { extensions: [] }, says: { serverName: null } },
  {
    name: 'a session identifier below TLS 1.3',
    parts: { sessionId: [1, 2, 3] },
    says: { resumes: true, maxVersion: '1.2' },
  },
  {
    name: 'a session identifier beside TLS 1.3, for middleboxes',
    parts: { sessionId: [1, 2, 3], extensions: [[43, vector(1, [3, 4])]] },
    says: { resumes: false, maxVersion: '1.3' },
  },
  { name: 'an empty ticket', parts: { extensions: [[35, []]] }, says: { resumes: false } },
  { name: 'a ticket', parts: { extensions: [[35, [7]]] }, says: { resumes: true } },
  { name: 'a pre-shared key', parts: { extensions: [[41, [7]]] }, says: { resumes: true } },
  {
    name: 'grease in versions and extensions, and a greased encrypted hello',
    parts: {
      extensions: [
        [GREASE, []],
        [43, vector(1, [...uint16(GREASE), 3, 4, 3, 3])],
        [0xfe0d, [0, 1]],
        [0x2a2a, [0]],
      ],
    },
    says: { supportedVersions: [GREASE, 0x0304, 0x0303], maxVersion: '1.3', encryptedClientHello: true },
  },
  {
    name: 'versions without a name',
    parts: { extensions: [[43, vector(1, [3, 0, 0x7f, 0x1c])]] },
    says: { supportedVersions: [0x0300, 0x7f1c], maxVersion: null },
  },
  {
    name: 'a legacy version above TLS 1.2, which means TLS 1.2',
    parts: { legacyVersion: 0x0305, extensions: [] },
    says: { supportedVersions: [0x0303], maxVersion: '1.2' },
  },
  {
    name: 'an ALPN protocol that is no text',
    parts: { extensions: [[16, vector(2, [1, 0xff])]] },
    says: { alpn: ['\u00ff'] },
  },
  {
    name: 'a name of 255 bytes',
    parts: { extensions: [serverNameExtension('a'.repeat(255))] },
    says: { serverName: 'a'.repeat(255) },
  },
  {
    name: 'an IP address as a name, left to others to judge',
    parts: { extensions: [serverNameExtension('127.0.0.1')] },
    says: { serverName: '127.0.0.1' },
  },
];

for (const { name, parts, says } of HAND_MADE) {
  test(`readClientHello() reads ${name}`, () => {
    const hello = assertReadHowever(inRecords(helloMessage(parts)));
    assert.deepEqual({ ...hello, ...says }, hello);
  });
}

const name = (entries: readonly number[]): HelloParts => ({ extensions: [[0, vector(2, entries)]] });
const entry = (text: string, type = 0): number[] => [type, ...vector(2, latin1(text))];
const REFUSED_HELLOS: readonly (readonly [name: string, parts: HelloParts, code: ClientHelloFault])[] = [
  ['an empty server name extension', { extensions: [[0, []]] }, 'bad-server-name'],
  ['an empty list of names', name([]), 'bad-server-name'],
  ['an empty name', name(entry('')), 'bad-server-name'],
  ['two names', name([...entry('github.com'), ...entry('evil.example')]), 'bad-server-name'],
  ['the same name twice', name([...entry('github.com'), ...entry('github.com')]), 'bad-server-name'],
  ['a name of another type', name(entry('github.com', 1)), 'bad-server-name'],
  [
    'a name of another type after a host name',
    name([...entry('github.com'), ...entry('x', 7)]),
    'bad-server-name',
  ],
  ['a name with NUL', name(entry('github.com\0.evil.example')), 'bad-server-name'],
  ['a name with a space', name(entry('github.com ')), 'bad-server-name'],
  ['a name with DEL', name(entry('github\x7f.com')), 'bad-server-name'],
  ['a name that is not ASCII', name(entry('g\u00eethub.com')), 'bad-server-name'],
  ['a name of 256 bytes', name(entry('a'.repeat(256))), 'bad-server-name'],
  ['a name longer than its list', name([0, 0, 9, 0x61]), 'bad-server-name'],
  [
    'a list of names longer than its extension',
    { extensions: [[0, [0, 9, ...entry('a')]]] },
    'bad-server-name',
  ],
  ['bytes after the list of names', { extensions: [[0, [...vector(2, entry('a')), 0]]] }, 'bad-server-name'],
  ['an empty ALPN extension', { extensions: [[16, []]] }, 'bad-alpn'],
  ['an empty list of protocols', { extensions: [[16, [0, 0]]] }, 'bad-alpn'],
  ['an empty protocol', { extensions: [[16, vector(2, [0])]] }, 'bad-alpn'],
  ['a protocol cut short', { extensions: [[16, vector(2, [3, 0x68, 0x32])]] }, 'bad-alpn'],
  ['bytes after the list of protocols', { extensions: [[16, [...vector(2, [1, 0x78]), 0]]] }, 'bad-alpn'],
  ['an empty list of versions', { extensions: [[43, [0]]] }, 'bad-hello'],
  ['half a version', { extensions: [[43, vector(1, [3, 4, 3])]] }, 'bad-hello'],
  ['bytes after the versions', { extensions: [[43, [...vector(1, [3, 4]), 0]]] }, 'bad-hello'],
  [
    'the same extension twice',
    { extensions: [serverNameExtension('a'), serverNameExtension('a')] },
    'bad-hello',
  ],
  [
    'an unknown extension twice',
    {
      extensions: [
        [99, []],
        [99, []],
      ],
    },
    'bad-hello',
  ],
  [
    'an extension after the pre-shared key',
    {
      extensions: [
        [41, [1]],
        [99, []],
      ],
    },
    'bad-hello',
  ],
  ['bytes after the extensions', { after: [0] }, 'bad-hello'],
  ['half a length of extensions', { extensions: null, after: [0] }, 'bad-hello'],
  ['extensions longer than the hello', { extensions: null, after: [0, 9, 0, 0] }, 'bad-hello'],
  [
    'an extension longer than the block',
    { extensions: null, after: vector(2, [0, 99, 0, 9, 1]) },
    'bad-hello',
  ],
  ['a version that is not TLS', { legacyVersion: 0x0200 }, 'bad-hello'],
  ['a session identifier of 33 bytes', { sessionId: Array(33).fill(1) }, 'bad-hello'],
  ['no cipher suites', { cipherSuites: [] }, 'bad-hello'],
  ['half a cipher suite', { cipherSuites: [0x13, 1, 0x13] }, 'bad-hello'],
  ['no compressions', { compressions: [] }, 'bad-hello'],
  ['no null compression', { compressions: [1] }, 'bad-hello'],
];

for (const [what, parts, code] of REFUSED_HELLOS) {
  test(`R-17 readClientHello() refuses ${what} as ${code}`, () => {
    const message = helloMessage(parts);
    assertRefuses(readClientHello, inRecords(message), code);
    assertRefuses(readClientHello, inRecords(message, 7), code);
  });
}

test('readClientHello() refuses a hello that ends before its fields do', () => {
  const body = helloMessage({ extensions: null }).subarray(4);
  for (let length = 0; length < body.length; length += 1) {
    const message = joinBytes([1], vector(3, body.subarray(0, length)));
    assertRefuses(readClientHello, inRecords(message), 'bad-hello');
  }
});

const hello = helloMessage();
const records = inRecords(hello);

test('readClientHello() never throws, reads nothing around its bytes, and names a listed fault, whatever comes', async (t: TestContext) => {
  const real = await captureClientHello(t, { servername: 'github.com', ALPNProtocols: ['h2', 'http/1.1'] });
  const seeds = [records, inRecords(hello, 3), inRecords(hello, 50), real];
  const mutation = fc.tuple(
    fc.nat(),
    fc.integer({ min: 0, max: 255 }),
    fc.constantFrom('set', 'drop', 'insert'),
  );
  const mutations = fc.array(mutation, { minLength: 1, maxLength: 4 });
  const seen = { done: 0, other: 0 };
  fc.assert(
    fc.property(fc.constantFrom(...seeds), mutations, (seed, changes) => {
      const bytes = [...seed];
      for (const [where, value, how] of changes)
        bytes.splice(where % bytes.length, how === 'insert' ? 0 : 1, ...(how === 'drop' ? [] : [value]));
      const step = assertSound(readClientHello, Uint8Array.from(bytes));
      if (step.kind === 'malformed') assert.ok(CLIENT_HELLO_FAULTS.some((code) => code === step.fault.code));
      seen[step.kind === 'done' ? 'done' : 'other'] += 1;
    }),
    { numRuns: 2000, seed: 19 },
  );
  assert.ok(seen.done > 200 && seen.other > 200, `both outcomes are met: ${JSON.stringify(seen)}`);
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      (bytes) => assertSound(readClientHello, bytes).kind !== 'done',
    ),
    { numRuns: 500, seed: 19 },
  );
});

test('R-19 readClientHello() reads any hello cut into any records', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sizes) => {
      const pieces: Uint8Array[] = [];
      for (let at = 0, turn = 0; at < hello.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1;
        pieces.push(inRecords(hello.subarray(at, at + size)));
        at += size;
      }
      assertReads(readClientHello, joinBytes(...pieces), helloOf(records));
    }),
    { numRuns: 50, seed: 19 },
  );
});

/** Reads the hello whole, by bytes, with tails, and cut anew into records of several sizes: always the same. */
function assertReadHowever(bytes: Uint8Array): ClientHello {
  const expected = helloOf(bytes);
  assertReads(readClientHello, bytes, expected);
  const message = bytes.subarray(5);
  for (const fragment of [1, 2, 3, 4, 5, 100, 1000])
    assertReads(readClientHello, inRecords(message, fragment), expected);
  return expected;
}

function helloOf(bytes: Uint8Array): ClientHello {
  const step = readClientHello(bytes);
  if (step.kind !== 'done') assert.fail(`not read: ${JSON.stringify(step)}`);
  return step.value;
}
