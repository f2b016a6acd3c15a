// The checksum against the vectors of RFC 3720 appendix B.4 and the usual check value.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { latin1 } from '../../../test/support/wire-steps.ts';
import { crc32c } from './_crc32c.ts';

const VECTORS: readonly (readonly [name: string, bytes: Uint8Array, sum: number])[] = [
  ['nothing', new Uint8Array(0), 0],
  ['the digits', latin1('123456789'), 0xe3069283],
  ['32 zeros', new Uint8Array(32), 0x8a9136aa],
  ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['32 counting up', Uint8Array.from({ length: 32 }, (_, at) => at), 0x46dd794e],
];

for (const [name, bytes, sum] of VECTORS)
  test(`crc32c() sums ${name} as published`, () => assert.equal(crc32c(bytes), sum));

test('crc32c() takes a range for zeros', () => {
  const bytes = latin1('123456789');
  const zeroed = bytes.map((byte, at) => (at >= 2 && at < 6 ? 0 : byte));
  assert.equal(crc32c(bytes, 2, 6), crc32c(zeroed));
});
