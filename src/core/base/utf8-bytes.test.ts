// Bytes as characters, through text and back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mapUtf8 } from './utf8-bytes.ts';

const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

test('mapUtf8() hands over the text that the bytes spell, and writes back what is made of it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (text, other) => {
      const seen: string[] = [];
      const made = mapUtf8(bytesOf(text), (heard) => {
        seen.push(heard);
        return other;
      });
      assert.deepEqual(seen, [text]);
      assert.equal(made, bytesOf(other));
    }),
  );
});

test('mapUtf8() keeps bytes that are no UTF-8, where the rest is mapped', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (raw) => {
      const bytes = Buffer.from(raw).toString('latin1');
      assert.equal(
        mapUtf8(bytes, (text) => `${text}x`),
        `${bytes}x`,
      );
    }),
  );
  const shout = (text: string): string => text.toUpperCase();
  for (const broken of [
    '\xff',
    '\xc0\xaf',
    '\xed\xa0\x80',
    '\xf4\x90\x80\x80',
    '\xe2\x84',
    '\xf0\x80\x80\xae',
  ])
    assert.equal(mapUtf8(`a${broken}\xc3\xa9`, shout), `A${broken}\xc3\x89`);
});
