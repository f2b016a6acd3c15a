// The first word of HTTP in clear is told from everything else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertReads, assertRefuses, latin1 } from '../../../test/support/wire-steps.ts';
import { readClientHello } from './client-hello.ts';
import { readFirstWords } from './first-words.ts';

for (const method of ['GET', 'post', 'M-SEARCH', 'UPDATEREDIRECTREF', 'PRI'])
  test(`readFirstWords() takes ${method} for HTTP`, () =>
    assertReads(readFirstWords, latin1(`${method} `), 'http'));

const OTHERS: readonly (readonly [name: string, bytes: Uint8Array])[] = [
  ['an SSH banner', latin1('SSH-2.0-OpenSSH_9.6p1 Debian-3\r\n')],
  ['a TLS record', Uint8Array.of(0x16, 3, 1, 0, 1)],
  ['a blank first', latin1(' GET / HTTP/1.1')],
  ['an empty line', latin1('\r\nGET / HTTP/1.1')],
  ['a word without end', latin1('A'.repeat(25))],
  ['NUL', Uint8Array.of(0)],
  ['a letter with its high bit set', Uint8Array.of(0xc7, 0x45, 0x54, 0x20)],
];
for (const [name, bytes] of OTHERS)
  test(`readFirstWords() refuses ${name}`, () => assertRefuses(readFirstWords, bytes, 'not-http'));

test('readFirstWords() and readClientHello() never take the same first byte', () => {
  for (let byte = 0; byte < 256; byte += 1) {
    const one = Uint8Array.of(byte);
    const takers = [readFirstWords(one), readClientHello(one)].filter(({ kind }) => kind !== 'malformed');
    assert.ok(takers.length <= 1, `0x${byte.toString(16)}`);
  }
});
