// Heads are read in one strict way, however they arrive; whatever two parsers could take differently is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  assertReads,
  assertRefuses,
  assertSound,
  latin1,
  type Reader,
} from '../../../test/support/wire-steps.ts';
import { HTTP1_FAULTS, type Http1FaultCode } from './http1-faults.ts';
import { type RequestHead, type ResponseHead, readRequestHead, readResponseHead } from './http1-head.ts';

const LIMITS = { headBytes: 65_536, headerCount: 200, targetBytes: 16_384 };
const readRequest: Reader<RequestHead> = (bytes) =>
  readRequestHead(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), LIMITS);
const readResponseTo =
  (method: string): Reader<ResponseHead> =>
  (bytes) =>
    readResponseHead(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), LIMITS, method);

/** A request with Host and these lines. */
function withLines(...lines: string[]): string {
  return ['GET / HTTP/1.1', 'Host: github.com', ...lines, '', ''].join('\r\n');
}

const REQUESTS: readonly (readonly [name: string, text: string, says: Partial<RequestHead>])[] = [
  [
    'a plain request',
    withLines(),
    {
      method: 'GET',
      target: '/',
      version: '1.1',
      host: 'github.com',
      headers: ['Host', 'github.com'],
      framing: { kind: 'none' },
      keepAlive: true,
      connection: [],
      upgrade: null,
    },
  ],
  [
    'CONNECT',
    'CONNECT github.com:443 HTTP/1.1\r\nHost: github.com:443\r\n\r\n',
    { method: 'CONNECT', target: 'github.com:443' },
  ],
  [
    'absolute form',
    'GET http://github.com/ HTTP/1.1\r\nHost: github.com\r\n\r\n',
    { target: 'http://github.com/' },
  ],
  ['B11 a request behind one empty line', `\r\n${withLines()}`, { method: 'GET', target: '/' }],
  ['the asterisk', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', { method: 'OPTIONS', target: '*' }],
  ['a method of its own, in any case', 'M-search / HTTP/1.1\r\nHost: a\r\n\r\n', { method: 'M-search' }],
  [
    'blanks around values',
    withLines('A: \t b c \t ', 'B:', 'C: \t '),
    { headers: ['Host', 'github.com', 'A', 'b c', 'B', '', 'C', ''] },
  ],
  ['a tab inside a value', withLines('A: b\tc'), { headers: ['Host', 'github.com', 'A', 'b\tc'] }],
  [
    'Latin-1 in a value',
    withLines('A: \u00e9\u0080'),
    { headers: ['Host', 'github.com', 'A', '\u00e9\u0080'] },
  ],
  [
    'every token character in a name',
    withLines("!#$%&'*+-.^_`|~09azAZ: x"),
    { headers: ['Host', 'github.com', "!#$%&'*+-.^_`|~09azAZ", 'x'] },
  ],
  [
    'doubled headers, in order',
    withLines('A: 1', 'a: 2'),
    { headers: ['Host', 'github.com', 'A', '1', 'a', '2'] },
  ],
  ['Content-Length', withLines('content-LENGTH: 12'), { framing: { kind: 'length', bytes: 12 } }],
  ['Content-Length 0', withLines('Content-Length: 0'), { framing: { kind: 'length', bytes: 0 } }],
  [
    'the largest Content-Length',
    withLines('Content-Length: 999999999999999'),
    { framing: { kind: 'length', bytes: 999_999_999_999_999 } },
  ],
  [
    'names that only resemble framing',
    withLines('X-Content-Length: 5', 'Content-Lengths: 5', 'Transfer-Encoding-2: x'),
    { framing: { kind: 'none' } },
  ],
  ['Transfer-Encoding', withLines('Transfer-Encoding: CHUNKED'), { framing: { kind: 'chunked' } }],
  ['HTTP/1.0 without Host', 'GET / HTTP/1.0\r\n\r\n', { version: '1.0', host: null, keepAlive: false }],
  [
    'HTTP/1.0 that keeps alive',
    'GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n',
    { keepAlive: true, connection: ['keep-alive'] },
  ],
  ['Connection: close', withLines('Connection: close'), { keepAlive: false }],
  [
    'options in several lines',
    withLines('Connection: X-A, Keep-Alive', 'connection: TE'),
    { keepAlive: true, connection: ['x-a', 'keep-alive', 'te'] },
  ],
  [
    'a WebSocket upgrade',
    withLines('Connection: keep-alive, Upgrade', 'Upgrade: WebSocket'),
    { upgrade: 'websocket' },
  ],
  ['an upgrade that nobody nominates', withLines('Upgrade: websocket'), { upgrade: null }],
  [
    'two upgrades',
    withLines('Connection: upgrade', 'Upgrade: websocket, h2c'),
    { upgrade: 'websocket, h2c' },
  ],
  ['200 headers', withLines(...Array.from({ length: 199 }, (_, at) => `H${at}: x`)), { method: 'GET' }],
];

for (const [name, text, says] of REQUESTS) {
  test(`R-28 readRequestHead() reads ${name}`, () => {
    const head = headOf(readRequest, text);
    assertReads(readRequest, latin1(text), head);
    assert.deepEqual({ ...head, ...says }, head);
  });
}

const REFUSED: readonly (readonly [name: string, text: string, code: Http1FaultCode])[] = [
  ['two Hosts', withLines('Host: evil.example'), 'bad-host'],
  ['the same Host twice', withLines('host: github.com'), 'bad-host'],
  ['no Host', 'GET / HTTP/1.1\r\nA: b\r\n\r\n', 'bad-host'],
  ['an empty Host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n', 'bad-host'],
  ['a Host list', 'GET / HTTP/1.1\r\nHost: github.com, evil.example\r\n\r\n', 'bad-host'],
  ['a Host with a path', 'GET / HTTP/1.1\r\nHost: github.com/x\r\n\r\n', 'bad-host'],
  ['a Host with userinfo', 'GET / HTTP/1.1\r\nHost: github.com@evil.example\r\n\r\n', 'bad-host'],
  ['a Host with a blank', 'GET / HTTP/1.1\r\nHost: github.com evil.example\r\n\r\n', 'bad-host'],
  ['Content-Length twice', withLines('Content-Length: 1', 'Content-Length: 1'), 'bad-framing'],
  ['two Content-Lengths', withLines('Content-Length: 1', 'content-length: 2'), 'bad-framing'],
  ['a signed Content-Length', withLines('Content-Length: +1'), 'bad-framing'],
  ['a negative Content-Length', withLines('Content-Length: -1'), 'bad-framing'],
  ['a listed Content-Length', withLines('Content-Length: 1, 1'), 'bad-framing'],
  ['a spaced Content-Length', withLines('Content-Length: 1 1'), 'bad-framing'],
  ['a hexadecimal Content-Length', withLines('Content-Length: 0x1'), 'bad-framing'],
  ['a Content-Length with a leading zero', withLines('Content-Length: 01'), 'bad-framing'],
  ['a Content-Length with a fraction', withLines('Content-Length: 1.0'), 'bad-framing'],
  ['an empty Content-Length', withLines('Content-Length:'), 'bad-framing'],
  ['a Content-Length that is no exact number', withLines('Content-Length: 9007199254740993'), 'bad-framing'],
  ['a Content-Length past 64 bits', withLines('Content-Length: 18446744073709551617'), 'bad-framing'],
  [
    'Content-Length with Transfer-Encoding',
    withLines('Content-Length: 1', 'Transfer-Encoding: chunked'),
    'bad-framing',
  ],
  [
    'Transfer-Encoding with Content-Length',
    withLines('Transfer-Encoding: chunked', 'Content-Length: 1'),
    'bad-framing',
  ],
  ['Transfer-Encoding: identity', withLines('Transfer-Encoding: identity'), 'bad-framing'],
  ['Transfer-Encoding: gzip, chunked', withLines('Transfer-Encoding: gzip, chunked'), 'bad-framing'],
  ['Transfer-Encoding: chunked, chunked', withLines('Transfer-Encoding: chunked, chunked'), 'bad-framing'],
  ['Transfer-Encoding: chunked, identity', withLines('Transfer-Encoding: chunked, identity'), 'bad-framing'],
  [
    'Transfer-Encoding in two lines',
    withLines('Transfer-Encoding: chunked', 'transfer-encoding: chunked'),
    'bad-framing',
  ],
  ['Transfer-Encoding: xchunked', withLines('Transfer-Encoding: xchunked'), 'bad-framing'],
  ['Transfer-Encoding: chunked;q=1', withLines('Transfer-Encoding: chunked;q=1'), 'bad-framing'],
  ['Transfer-Encoding: "chunked"', withLines('Transfer-Encoding: "chunked"'), 'bad-framing'],
  ['a comma before chunked', withLines('Transfer-Encoding: ,chunked'), 'bad-framing'],
  ['a no-break space before chunked', withLines('Transfer-Encoding: \u00a0chunked'), 'bad-framing'],
  ['an empty Transfer-Encoding', withLines('Transfer-Encoding:'), 'bad-framing'],
  [
    'Transfer-Encoding in HTTP/1.0',
    'POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n',
    'bad-framing',
  ],
  ['a folded value', withLines('A: b', ' c'), 'bad-header'],
  ['a folded Transfer-Encoding', withLines('Transfer-Encoding:', '\tchunked'), 'bad-header'],
  ['a fold as the first line', 'GET / HTTP/1.1\r\n Host: a\r\n\r\n', 'bad-header'],
  ['a space before the colon', withLines('Transfer-Encoding : chunked'), 'bad-header'],
  ['a tab before the colon', withLines('Content-Length\t: 1'), 'bad-header'],
  ['an empty name', withLines(': x'), 'bad-header'],
  ['no colon', withLines('Abc'), 'bad-header'],
  ['a space in a name', withLines('A b: x'), 'bad-header'],
  ['a parenthesis in a name', withLines('A(b): x'), 'bad-header'],
  ['a byte above ASCII in a name', withLines('\u00e9: x'), 'bad-header'],
  ['NUL in a name', withLines('A\0: x'), 'bad-header'],
  ['NUL in a value', withLines('A: b\0c'), 'bad-header'],
  ['a vertical tab in a value', withLines('A: \x0bchunked'), 'bad-header'],
  ['a form feed in a value', withLines('A: b\x0c'), 'bad-header'],
  ['ESC in a value', withLines('A: \x1b[0m'), 'bad-header'],
  ['DEL in a value', withLines('A: b\x7f'), 'bad-header'],
  ['a bare LF in a value', withLines('A: b\nC: d'), 'bare-line-end'],
  ['a bare CR in a value', withLines('A: b\rC: d'), 'bare-line-end'],
  ['CR CR LF', withLines('A: b\r'), 'bare-line-end'],
  ['a bare LF after the request line', 'GET / HTTP/1.1\nHost: a\r\n\r\n', 'bare-line-end'],
  ['bare LFs alone', 'GET / HTTP/1.1\nHost: a\n\n', 'bare-line-end'],
  ['an empty line of a bare LF', 'GET / HTTP/1.1\r\nHost: a\r\n\n', 'bare-line-end'],
  ['201 headers', withLines(...Array.from({ length: 200 }, (_, at) => `H${at}: x`)), 'too-many-headers'],
  ['PRI', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'bad-start-line'],
  ['PRI that claims HTTP/1.1', 'PRI * HTTP/1.1\r\nHost: a\r\n\r\n', 'bad-start-line'],
  ['HTTP/0.9', 'GET /\r\n\r\n', 'bad-start-line'],
  ['HTTP/2.0', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n', 'bad-start-line'],
  ['HTTP/1.2', 'GET / HTTP/1.2\r\nHost: a\r\n\r\n', 'bad-start-line'],
  ['HTTP/1.10', 'GET / HTTP/1.10\r\nHost: a\r\n\r\n', 'bad-start-line'],
  ['HTTP/01.1', 'GET / HTTP/01.1\r\nHost: a\r\n\r\n', 'bad-start-line'],
  ['a lower-case version', 'GET / http/1.1\r\nHost: a\r\n\r\n', 'bad-start-line'],
  ['two spaces before the target', 'GET  / HTTP/1.1\r\nHost: a\r\n\r\n', 'bad-start-line'],
  ['two spaces after the target', 'GET /  HTTP/1.1\r\nHost: a\r\n\r\n', 'bad-start-line'],
  ['a space in the target', 'GET /a b HTTP/1.1\r\nHost: a\r\n\r\n', 'bad-start-line'],
  ['a tab for a space', 'GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n', 'bad-start-line'],
  ['a space at the end of the request line', 'GET / HTTP/1.1 \r\nHost: a\r\n\r\n', 'bad-start-line'],
  ['a byte above ASCII in the target', 'GET /\u00e9 HTTP/1.1\r\nHost: a\r\n\r\n', 'bad-start-line'],
  ['a method that is no token', 'G@T / HTTP/1.1\r\nHost: a\r\n\r\n', 'bad-start-line'],
  ['two empty lines first', `\r\n\r\n${withLines()}`, 'bad-start-line'],
  ['a space behind an empty line', `\r\n ${withLines()}`, 'bad-start-line'],
  ['nothing but empty lines', '\r\n'.repeat(8), 'bad-start-line'],
  ['a space first', ` ${withLines()}`, 'bad-start-line'],
  ['a TLS hello', '\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00', 'bad-start-line'],
  ['a target over its limit', `GET /${'a'.repeat(16_384)} HTTP/1.1\r\nHost: a\r\n\r\n`, 'target-too-long'],
];

for (const [name, text, code] of REFUSED)
  test(`R-29 readRequestHead() refuses ${name} as ${code}`, () =>
    assertRefuses(readRequest, latin1(text), code));

test('R-29 readRequestHead() reads a head of 64 KiB and refuses one byte more, at once or in pieces', () => {
  const headOfSize = (bytes: number): Uint8Array =>
    latin1(withLines(`A: ${'x'.repeat(bytes - withLines('A: ').length)}`));
  const largest = headOfSize(65_536);
  assert.equal(largest.length, 65_536);
  assert.equal(readRequest(largest).kind, 'done');
  assert.equal(readRequest(largest.subarray(0, 65_535)).kind, 'need-more');
  for (const bytes of [headOfSize(65_537), headOfSize(65_537).subarray(0, 65_536), headOfSize(100_000)]) {
    const step = readRequest(bytes);
    assert.equal(step.kind === 'malformed' && step.fault.code, 'head-too-large');
  }
});

test('readRequestHead() takes no longer for a line of blanks than for any other line', () => {
  for (const text of [withLines(`A:${' '.repeat(65_000)}\x01`), withLines(`A: ${'x '.repeat(32_000)}\x01`)]) {
    const before = process.cpuUsage();
    const step = readRequest(latin1(text));
    const { user } = process.cpuUsage(before);
    assert.equal(step.kind, 'malformed');
    assert.ok(user < 300_000, `${user} microseconds`);
  }
});

const RESPONSES: readonly (readonly [
  name: string,
  method: string,
  text: string,
  says: Partial<ResponseHead>,
])[] = [
  [
    'a response by length',
    'GET',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n',
    { status: 200, reason: 'OK', framing: { kind: 'length', bytes: 5 }, keepAlive: true },
  ],
  [
    'a response in chunks',
    'GET',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    { framing: { kind: 'chunked' } },
  ],
  [
    'a response until close, which keeps nothing alive',
    'GET',
    'HTTP/1.1 200 OK\r\n\r\n',
    { framing: { kind: 'until-close' }, keepAlive: false },
  ],
  ['HTTP/1.0', 'GET', 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n', { version: '1.0', keepAlive: false }],
  ['an empty phrase', 'GET', 'HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n', { reason: '' }],
  ['no phrase and no space', 'GET', 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n', { reason: '' }],
  [
    'an answer to HEAD',
    'HEAD',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n',
    { framing: { kind: 'none' }, keepAlive: true },
  ],
  [
    '304 with a length',
    'GET',
    'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
    { framing: { kind: 'none' } },
  ],
  ['204', 'GET', 'HTTP/1.1 204 No Content\r\n\r\n', { framing: { kind: 'none' }, keepAlive: true }],
  [
    '204 with a length of 0',
    'GET',
    'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n',
    { framing: { kind: 'none' } },
  ],
  ['100 Continue', 'POST', 'HTTP/1.1 100 Continue\r\n\r\n', { status: 100, framing: { kind: 'none' } }],
  [
    '101',
    'GET',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    { status: 101, upgrade: 'websocket', framing: { kind: 'none' } },
  ],
];

for (const [name, method, text, says] of RESPONSES) {
  test(`readResponseHead() reads ${name}`, () => {
    const head = headOf(readResponseTo(method), text);
    assertReads(readResponseTo(method), latin1(text), head);
    assert.deepEqual({ ...head, ...says }, head);
  });
}

const REFUSED_RESPONSES: readonly (readonly [name: string, text: string, code: Http1FaultCode])[] = [
  [
    'length and chunks',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
    'bad-framing',
  ],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n', 'bad-framing'],
  ['chunks in 204', 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n', 'bad-framing'],
  ['chunks in 100', 'HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\n\r\n', 'bad-framing'],
  ['a length in 204', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', 'bad-framing'],
  ['a length in 101', 'HTTP/1.1 101 Switching Protocols\r\nContent-Length: 5\r\n\r\n', 'bad-framing'],
  ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', 'bad-framing'],
  ['gzip as transfer encoding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n', 'bad-framing'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n', 'bad-start-line'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n', 'bad-start-line'],
  ['a status below 100', 'HTTP/1.1 099 OK\r\n\r\n', 'bad-start-line'],
  ['a status above 599', 'HTTP/1.1 600 OK\r\n\r\n', 'bad-start-line'],
  ['HTTP/2', 'HTTP/2 200 OK\r\n\r\n', 'bad-start-line'],
  ['a request', 'GET / HTTP/1.1\r\n\r\n', 'bad-start-line'],
  ['the end of another body', '\r\nHTTP/1.1 200 OK\r\n\r\n', 'bad-start-line'],
  ['a control byte in the phrase', 'HTTP/1.1 200 O\x1bK\r\n\r\n', 'bad-start-line'],
  ['a fold', 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n', 'bad-header'],
  ['a bare LF', 'HTTP/1.1 200 OK\r\nA: b\nSet-Cookie: x\r\n\r\n', 'bare-line-end'],
];

for (const [name, text, code] of REFUSED_RESPONSES)
  test(`R-35 readResponseHead() refuses ${name} as ${code}`, () =>
    assertRefuses(readResponseTo('GET'), latin1(text), code));

test('readRequestHead() never throws, uses its bytes alone, and names a listed fault, whatever comes', () => {
  const seeds = [...REQUESTS, ...REFUSED].map(([, text]) => text).filter((text) => text.length < 400);
  const spice = fc.constantFrom(
    '\r',
    '\n',
    '\r\n',
    '\0',
    ' ',
    '\t',
    ':',
    ',',
    'Host: b\r\n',
    'a',
    '\u0080',
    '\r\n\r\n',
  );
  const seen = { done: 0, other: 0 };
  fc.assert(
    fc.property(
      fc.constantFrom(...seeds),
      fc.array(fc.tuple(fc.nat(), spice), { maxLength: 2 }),
      (seed, changes) => {
        let text = seed;
        for (const [where, what] of changes)
          text = `${text.slice(0, where % text.length)}${what}${text.slice(where % text.length)}`;
        const step = assertSound(readRequest, latin1(text));
        if (step.kind === 'malformed') assert.ok(HTTP1_FAULTS.some((code) => code === step.fault.code));
        seen[step.kind === 'done' ? 'done' : 'other'] += 1;
      },
    ),
    { numRuns: 2000, seed: 29 },
  );
  assert.ok(seen.done > 200 && seen.other > 200, `both outcomes are met: ${JSON.stringify(seen)}`);
});

function headOf<T>(read: Reader<T>, text: string): T {
  const step = read(latin1(text));
  if (step.kind !== 'done') assert.fail(`not read: ${JSON.stringify(step)}`);
  return step.value;
}
