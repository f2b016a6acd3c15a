// The reader of frames reads what Node writes, however it is cut, and the verdict on it catches what is planted.
import assert from 'node:assert/strict';
import { connect as connectHttp2 } from 'node:http2';
import { test } from 'node:test';
import fc from 'fast-check';
import { createTestAuthority } from './certificates.ts';
import type { Field } from './hpack.ts';
import { hpackBlock } from './hpack.ts';
import { dataFrame, FLAG } from './http2-frames.ts';
import { blockFrames, headersFrames, OPENING } from './http2-header-frames.ts';
import { Http2Reader } from './http2-readings.ts';
import { http2Faults } from './http2-verdict.ts';
import { fileScope } from './test-scope.ts';
import { startTwin } from './twin.ts';

const NAME = 'sec-github-allowed-enterprise';
const expectation = { header: 'sec-GitHub-allowed-enterprise', value: '12345' };
const HEAD: readonly Field[] = [
  [':method', 'POST'],
  [':scheme', 'https'],
  [':path', '/a'],
  [':authority', 'github.com'],
];
const STAMPED: readonly Field[] = [...HEAD, [NAME, '12345']];

const authority = await createTestAuthority();
const twin = await startTwin(fileScope(), { tls: await authority.issue({ names: ['github.com'] }) });

test('Http2Reader reads the header lists that Node writes, with both tables and the Huffman code', async (t) => {
  const session = connectHttp2(`https://127.0.0.1:${twin.port}`, {
    ca: authority.rootPem,
    servername: 'github.com',
  });
  t.after(() => session.destroy());
  const value = fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  });
  const fields = fc.array(fc.tuple(fc.constantFrom('x-a', 'x-b', 'x-c', 'x-forwarded'), value), {
    maxLength: 12,
  });
  const property = fc.asyncProperty(fields, async (extra) => {
    const stream = session.request([...HEAD, ...extra].flat());
    stream.end('hello');
    for await (const _ of stream);
  });
  await fc.assert(property, { seed: 1, numRuns: 60 });
  const read = twin.http2Readings().flatMap(({ requests }) => requests);
  assert.deepEqual(
    read.map(({ fields, bodyBytes, end }) => [fields.flat(), bodyBytes, end]),
    twin.requests().map(({ headers, bodyBytes, end }) => [headers, bodyBytes, end]),
  );
});

test('Http2Reader reads the same, however the bytes are cut', () => {
  const bytes = Buffer.concat([
    OPENING,
    headersFrames(STAMPED, {
      stream: 1,
      endStream: 'no',
      form: 'indexed',
      pieces: 4,
      padding: 9,
      priority: 'yes',
    }),
    dataFrame(1, FLAG.none, Buffer.from('hello')),
    headersFrames([['grpc-status', '0']], { stream: 1 }),
    headersFrames(STAMPED, { stream: 3, form: 'kept' }),
  ]);
  const whole = readOf([bytes]);
  assert.deepEqual(
    whole.requests().map(({ stream, bodyBytes, end, trailers }) => [stream, bodyBytes, end, trailers.flat()]),
    [
      [1, 5, 'whole', ['grpc-status', '0']],
      [3, 0, 'whole', []],
    ],
  );
  for (let cut = 1; cut < bytes.length; cut += 1) {
    const parts = readOf([bytes.subarray(0, cut), bytes.subarray(cut)]);
    assert.deepEqual([parts.requests(), parts.fault], [whole.requests(), null]);
  }
});

const PLANTED: readonly (readonly [name: string, fields: readonly Field[], what: string, reading: string])[] =
  [
    ['no stamp', HEAD, 'stamp-missing', 'frames'],
    ['two stamps', [...STAMPED, [NAME, '12345']], 'stamp-doubled', 'frames'],
    ['an alias', [...STAMPED, ['sec_github_allowed_enterprise', '9']], 'stamp-doubled', 'frames'],
    [
      'a stamp behind a line end',
      [...STAMPED, ['x', `1\r\n${NAME}: 9`]],
      'stamp-doubled',
      'as HTTP/1: blank-lines',
    ],
    ['a stamp behind a bare LF', [...STAMPED, ['x', `1\n${NAME}: 9`]], 'stamp-doubled', 'as HTTP/1: bare-lf'],
    ['a colon in a name', [...STAMPED, [`${NAME}: 9\r\nx`, '1']], 'stamp-doubled', 'as HTTP/1: blank-lines'],
    [
      'a request in a value',
      [...STAMPED, ['x', '1\r\n\r\nGET /evil HTTP/1.1\r\nhost: x']],
      'stamp-missing',
      'as HTTP/1: blank-lines',
    ],
    ['another host', [...STAMPED, ['host', 'evil.example']], 'readings-disagree', 'frames'],
    ['two paths', [...STAMPED.slice(0, 2), [':path', '/b'], ...STAMPED.slice(2)], 'refused', 'frames'],
    ['a late pseudo-header', [['x', '1'], ...STAMPED], 'refused', 'frames'],
    ['capitals', [...STAMPED, ['X-A', '1']], 'refused', 'frames'],
  ];

for (const [name, fields, what, reading] of PLANTED) {
  test(`http2Faults() catches ${name}`, async () => {
    const [request] = readOf([OPENING, headersFrames(fields)]).requests();
    assert.ok(request !== undefined);
    const faults = await http2Faults(0, request, expectation);
    assert.ok(
      faults.some((fault) => fault.what === what && fault.reading === reading),
      JSON.stringify(faults),
    );
  });
}

test('http2Faults() finds nothing wrong with a stamped request, and a stamp in the trailers', async () => {
  const [good] = readOf([
    OPENING,
    headersFrames([...STAMPED, ['host', 'github.com'], ['x', '1']]),
  ]).requests();
  assert.ok(good !== undefined);
  assert.deepEqual(await http2Faults(0, good, expectation), []);
  const [late] = readOf([
    OPENING,
    headersFrames(STAMPED, { endStream: 'no' }),
    blockFrames(hpackBlock([[NAME, '9']])),
  ]).requests();
  assert.ok(late !== undefined);
  const [fault] = await http2Faults(0, late, expectation);
  assert.equal(fault?.what, 'stamp-in-trailers');
});

function readOf(pieces: readonly Uint8Array[]): Http2Reader {
  const reader = new Http2Reader();
  for (const piece of pieces) reader.push(piece);
  return reader;
}
