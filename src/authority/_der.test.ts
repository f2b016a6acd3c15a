// DER values, written and read back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectIdText, readOne, readTlvs } from '../core/wire/der.ts';
import { bitString, integer, objectId, octetString, sequence, smallInteger, time } from './_der.ts';

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

const WRITTEN: readonly { readonly name: string; readonly value: Uint8Array; readonly hex: string }[] = [
  { name: 'zero', value: smallInteger(0), hex: '020100' },
  { name: 'a number with its high bit set', value: smallInteger(128), hex: '02020080' },
  { name: 'a number of five octets', value: smallInteger(0x0123456789), hex: '02050123456789' },
  { name: 'leading zeros of an integer', value: integer(Uint8Array.of(0, 0, 1)), hex: '020101' },
  { name: 'a bit string with padding', value: bitString(Uint8Array.of(0x06), 1), hex: '03020106' },
  { name: 'an object identifier', value: objectId('1.2.840.113549.1.1.11'), hex: '06092a864886f70d01010b' },
  {
    name: 'the last second of UTCTime',
    value: time(Date.UTC(2049, 11, 31, 23, 59, 59, 999)),
    hex: `170d${hex(Buffer.from('491231235959Z'))}`,
  },
  {
    name: 'the first of GeneralizedTime',
    value: time(Date.UTC(2050, 0, 1)),
    hex: `180f${hex(Buffer.from('20500101000000Z'))}`,
  },
  { name: 'an empty sequence', value: sequence(), hex: '3000' },
];
for (const row of WRITTEN) {
  test(`the writers write ${row.name}`, () => assert.equal(hex(row.value), row.hex));
}

test('readOne() reads back what was written, at every size of the length', () => {
  for (const size of [0, 1, 127, 128, 255, 256, 65_535, 65_536]) {
    const content = new Uint8Array(size).fill(7);
    assert.deepEqual(hex(readOne(octetString(content)).content), hex(content));
  }
});

test('objectIdText() reads back what objectId() wrote', () => {
  for (const text of ['2.5.29.30', '1.3.6.1.5.5.7.3.1', '2.999.1', '0.9.2342'])
    assert.equal(objectIdText(readOne(objectId(text)).content), text);
});

test('readTlvs() throws on every cut of a value, and reads the whole', () => {
  const whole = sequence(octetString(new Uint8Array(200)), smallInteger(7));
  for (let cut = 1; cut < whole.length; cut += 1)
    assert.throws(() => readTlvs(whole.subarray(0, cut)), RangeError);
  assert.equal(readTlvs(whole).length, 1);
  assert.throws(() => readOne(Buffer.concat([whole, whole])), RangeError);
});

const REFUSED: readonly { readonly name: string; readonly hex: string }[] = [
  { name: 'an indefinite length', hex: '30800000' },
  { name: 'a length of five octets', hex: '30850000000001ff' },
  { name: 'a tag of two octets', hex: '1f8101' },
];
for (const row of REFUSED) {
  test(`readTlvs() refuses ${row.name}`, () => {
    assert.throws(() => readTlvs(Buffer.from(row.hex, 'hex')), RangeError);
  });
}
