// Where a body ends, where two readers could differ on it; and names that some server takes for those that say so.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertRefuses, latin1, type Reader } from '../../../test/support/wire-steps.ts';
import { responseFraming } from './http1-framing.ts';
import { type RequestHead, readRequestHead } from './http1-head.ts';

const readRequest: Reader<RequestHead> = (bytes) =>
  readRequestHead(Buffer.from(bytes), { headBytes: 65_536, headerCount: 200, targetBytes: 16_384 });

const ALIASES: readonly string[] = [
  ...[
    'Transfer_Encoding',
    'Transfer.Encoding',
    'TRANSFER--ENCODING',
    'Transfer-Encoding_',
    '-Transfer-Encoding',
  ],
  ...['TransferEncoding', 'HTTP_TRANSFER_ENCODING', 'Content_Length', 'content.length', 'Content~Length'],
  ...['ContentLength', "Content-Length'", 'http-content-length'],
];

for (const name of ALIASES) {
  test(`R-62 A5 readRequestHead() refuses ${name} as bad-framing`, () => {
    for (const lines of [`${name}: chunked`, `Content-Length: 0\r\n${name}: 5`])
      assertRefuses(
        readRequest,
        latin1(`GET / HTTP/1.1\r\nHost: github.com\r\n${lines}\r\n\r\n`),
        'bad-framing',
      );
  });
}

const RESPONSES: readonly (readonly [
  name: string,
  status: number,
  lengths: readonly string[],
  encodings: readonly string[],
  framing: 'none' | 'refused',
])[] = [
  ['R-35 a 204 of length 0', 204, ['0'], [], 'none'],
  ['R-35 a 204 of length 1', 204, ['1'], [], 'refused'],
  ['R-35 a 204 in chunks', 204, [], ['chunked'], 'refused'],
  ['R-35 a 100 in chunks', 100, [], ['chunked'], 'refused'],
  ['R-33 B12 a 101 in chunks', 101, [], ['chunked'], 'none'],
  ['R-35 a 101 of length 1', 101, ['1'], [], 'refused'],
];

for (const [name, status, contentLengths, transferEncodings, framing] of RESPONSES) {
  test(`${name}: responseFraming() says ${framing}`, () => {
    const fields = { contentLengths, transferEncodings };
    const said = responseFraming({ version: '1.1', fields, status, method: 'GET' });
    assert.deepEqual(said.ok ? said.value.kind : 'refused', framing);
  });
}
