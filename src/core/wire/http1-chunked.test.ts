// Chunked bodies come out the same however they are cut, and no trick with chunk lines gets through.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { latin1 } from '../../../test/support/wire-steps.ts';
import type { BodyStep } from './http1-body-step.ts';
import { ChunkDecoder, chunkHead, lastChunk } from './http1-chunked.ts';
import type { Http1FaultCode } from './http1-faults.ts';

const LIMITS = { chunkExtensionBytes: 256 };

interface Decoded {
  readonly kind: BodyStep['kind'];
  readonly data: string;
  /** Bytes of the whole stream that belong to the body. */
  readonly used: number | null;
  readonly trailers: readonly string[];
  readonly code: string | null;
}

const BODIES: readonly (readonly [name: string, text: string, data: string, trailers: readonly string[]])[] =
  [
    ['an empty body', '0\r\n\r\n', '', []],
    ['one chunk', '5\r\nhello\r\n0\r\n\r\n', 'hello', []],
    ['two chunks', '5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n', 'hello!', []],
    [
      'hexadecimal sizes in both cases',
      `a\r\n${'x'.repeat(10)}\r\nA\r\n${'y'.repeat(10)}\r\n0\r\n\r\n`,
      'x'.repeat(10) + 'y'.repeat(10),
      [],
    ],
    ['leading zeros', '0005\r\nhello\r\n00\r\n\r\n', 'hello', []],
    ['data that looks like chunk lines', '7\r\n0\r\n\r\n\r\n\r\n0\r\n\r\n', '0\r\n\r\n\r\n', []],
    ['extensions, which are dropped', '5;a=b;c="d;\\" e";f\r\nhello\r\n0;x\r\n\r\n', 'hello', []],
    [
      'D6 extensions with blanks around ; and =',
      '5 \t;\ta = b; c\t=\t"d" ;e\r\nhello\r\n0 ; x\r\n\r\n',
      'hello',
      [],
    ],
    ['trailers', '0\r\ngrpc-status: 0\r\nX-Sum:  abc \r\n\r\n', '', ['grpc-status', '0', 'X-Sum', 'abc']],
  ];

for (const [name, text, data, trailers] of BODIES) {
  test(`R-29 push() decodes ${name}, whole, by bytes, at every cut, and with what follows`, () => {
    const expected = { kind: 'done', data, used: text.length, trailers, code: null };
    assert.deepEqual(decode(text, []), expected);
    assert.deepEqual(decode(text, everyPlace(text)), expected);
    for (let cut = 1; cut < text.length; cut += 1) {
      assert.deepEqual(decode(text, [cut]), expected, `cut at ${cut}`);
      assert.equal(decode(text.slice(0, cut), []).kind, 'need-more', `the first ${cut} bytes`);
    }
    for (const tail of ['G', '\r\n', '0\r\n\r\n', 'GET / HTTP/1.1\r\n']) {
      assert.deepEqual(decode(text + tail, []), expected);
      assert.deepEqual(decode(text + tail, everyPlace(text)), expected);
    }
  });
}

const REFUSED: readonly (readonly [name: string, text: string, code: Http1FaultCode])[] = [
  ['no size', '\r\nhello\r\n0\r\n\r\n', 'bad-chunk'],
  ['a word for a size', 'five\r\nhello\r\n0\r\n\r\n', 'bad-chunk'],
  ['a size with 0x', '0x5\r\nhello\r\n0\r\n\r\n', 'bad-chunk'],
  ['a signed size', '+5\r\nhello\r\n0\r\n\r\n', 'bad-chunk'],
  ['a negative size', '-5\r\nhello\r\n0\r\n\r\n', 'bad-chunk'],
  ['a size with an underscore', '1_0\r\nhello\r\n0\r\n\r\n', 'bad-chunk'],
  ['a blank before the size', ' 5\r\nhello\r\n0\r\n\r\n', 'bad-chunk'],
  ['a blank after the size', '5 \r\nhello\r\n0\r\n\r\n', 'bad-chunk'],
  ['a word after the size', '5 hello\r\nhello\r\n0\r\n\r\n', 'bad-chunk'],
  ['a size of 13 digits', '0000000000005\r\nhello\r\n0\r\n\r\n', 'bad-chunk'],
  ['a size past 64 bits', 'fffffffffffffffff5\r\nhello\r\n0\r\n\r\n', 'bad-chunk'],
  ['a bare LF after the size', '5\nhello\r\n0\r\n\r\n', 'bad-chunk'],
  ['a bare CR after the size', '5\rhello\r\n0\r\n\r\n', 'bad-chunk'],
  ['a bare LF in an extension', '5;a\nb\r\nhello\r\n0\r\n\r\n', 'bad-chunk'],
  ['a bare CR in an extension', '5;a\rb\r\nhello\r\n0\r\n\r\n', 'bad-chunk'],
  ['NUL in an extension', '5;a\0\r\nhello\r\n0\r\n\r\n', 'bad-chunk'],
  ['a byte above ASCII in an extension', '5;\u00e9\r\nhello\r\n0\r\n\r\n', 'bad-chunk'],
  ['an empty extension', '5;\r\nhello\r\n0\r\n\r\n', 'bad-chunk'],
  ['a blank behind an extension', '5;a \r\nhello\r\n0\r\n\r\n', 'bad-chunk'],
  ['a blank within an extension', '5;a b\r\nhello\r\n0\r\n\r\n', 'bad-chunk'],
  ['blanks for an extension', '5 ; \r\nhello\r\n0\r\n\r\n', 'bad-chunk'],
  ['an extension without a name', '5;=b\r\nhello\r\n0\r\n\r\n', 'bad-chunk'],
  ['an extension with half a quote', '5;a="b\r\nhello\r\n0\r\n\r\n', 'bad-chunk'],
  ['data longer than its size', '5\r\nhello!\r\n0\r\n\r\n', 'bad-chunk'],
  ['data shorter than its size', '7\r\nhello\r\n0\r\n\r\n', 'bad-chunk'],
  ['no line end after the data', '5\r\nhello0\r\n\r\n', 'bad-chunk'],
  ['a bare LF after the data', '5\r\nhello\n0\r\n\r\n', 'bad-chunk'],
  ['a bare LF after the last chunk', '0\n\r\n', 'bad-chunk'],
  ['a trailer without a colon', '0\r\nabc\r\n\r\n', 'bad-trailer'],
  ['a trailer with a blank before the colon', '0\r\na : b\r\n\r\n', 'bad-trailer'],
  ['a folded trailer', '0\r\na: b\r\n c\r\n\r\n', 'bad-trailer'],
  ['a trailer without a name', '0\r\n: b\r\n\r\n', 'bad-trailer'],
  ['65 trailers', `0\r\n${'a: b\r\n'.repeat(65)}\r\n`, 'bad-trailer'],
];

for (const [name, text, code] of REFUSED) {
  test(`R-29 push() refuses ${name} as ${code}, whole, by bytes and at every cut`, () => {
    assert.equal(decode(text, []).code, code);
    assert.equal(decode(text, everyPlace(text)).code, code);
    for (let cut = 1; cut < text.length; cut += 1)
      assert.equal(decode(text, [cut]).code, code, `cut at ${cut}`);
  });
}

test('R-29 push() refuses a chunk line, a trailer section and extensions that never end', () => {
  for (const [start, piece] of [
    ['5;', 'a'],
    ['0', '0'],
    ['0\r\n', 'a: b\r\n'],
    ['0\r\na: ', 'b'],
    ['0\r\n', `a: ${'b'.repeat(1000)}\r\n`],
    ['', '1;aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\nx\r\n'],
  ] as const) {
    const decoder = new ChunkDecoder(LIMITS);
    let step = decoder.push(latin1(start));
    let pushed = 0;
    while (step.kind === 'need-more' && pushed < 100_000) {
      step = decoder.push(latin1(piece));
      pushed += piece.length;
    }
    assert.equal(step.kind, 'malformed', JSON.stringify(start));
    assert.ok(pushed < 20_000, `${pushed} bytes after ${JSON.stringify(start)}`);
  }
});

test('push() gives back what chunkHead() and lastChunk() framed, however it is cut', () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 });
  const trailer = fc.tuple(fc.stringMatching(/^[a-z-]{1,10}$/), fc.stringMatching(/^[!-~]{0,10}$/));
  fc.assert(
    fc.property(
      fc.array(bytes),
      fc.array(trailer, { maxLength: 3 }),
      fc.array(fc.nat()),
      (chunks, trailers, cuts) => {
        const data = chunks.map((chunk) => String.fromCharCode(...chunk));
        const lines = trailers.flat();
        const text =
          data.map((chunk) => `${chunkHead(chunk.length)}${chunk}\r\n`).join('') + lastChunk(lines);
        const places = cuts.map((cut) => cut % text.length).sort((one, other) => one - other);
        const expected = {
          kind: 'done',
          data: data.join(''),
          used: text.length,
          trailers: lines,
          code: null,
        };
        assert.deepEqual(decode(`${text}more`, places), expected);
      },
    ),
    { numRuns: 300, seed: 28 },
  );
});

/** Pushes the text in pieces that end at the cuts, until the decoder says that it is over. */
function decode(text: string, cuts: readonly number[]): Decoded {
  const decoder = new ChunkDecoder(LIMITS);
  let data = '';
  let from = 0;
  for (const end of [...cuts, text.length]) {
    const step = decoder.push(latin1(text.slice(from, end)));
    if (step.kind === 'malformed')
      return { kind: step.kind, data, used: null, trailers: [], code: step.fault.code };
    data += step.data.map((piece) => String.fromCharCode(...piece)).join('');
    if (step.kind === 'done')
      return { kind: step.kind, data, used: from + step.used, trailers: step.trailers, code: null };
    from = end;
  }
  return { kind: 'need-more', data, used: null, trailers: [], code: null };
}

function everyPlace(text: string): number[] {
  return Array.from({ length: text.length - 1 }, (_, at) => at + 1);
}
