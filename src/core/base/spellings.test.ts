// Tests of the spellings of a field name.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { spellingsOf } from './spellings.ts';

const isLength = spellingsOf('content-length');

describe('R-62 spellingsOf() knows', () => {
  const spellings = [
    ...[
      'content-length',
      'CONTENT-LENGTH',
      'Content_Length',
      'content.length',
      'content length',
      'contentlength',
    ],
    ...['Content--Length', 'content-_length', '-content-length', 'content-length_', "c'o'n't'e'n't'length"],
    ...['HTTP_CONTENT_LENGTH', 'http-content-length', 'HTTPContentLength', '_http__content-length'],
  ];
  const others = [
    ...['content-lengths', 'x-content-length', 'content-lengt', 'content-1ength', 'content-length-2', ''],
    ...['httphttp-content-length', 'https-content-length', 'ht-content-length', 'content-http-length'],
  ];
  for (const name of spellings) test(JSON.stringify(name), () => assert.equal(isLength(name), true));
  for (const name of others)
    test(`${JSON.stringify(name)} for another`, () => assert.equal(isLength(name), false));

  test('whatever equals it once all but letters and digits is dropped', () => {
    const letters = fc.constantFrom(...'contentlength', ...'CONTENTLENGTH');
    const separators = fc.string({ unit: fc.constantFrom(..."-_.~!#$%&'*+^`| \t\x80\xff"), maxLength: 3 });
    const spelt = fc
      .array(separators, { minLength: 14, maxLength: 14 })
      .map((between) => [...'content-length'].map((letter, at) => letter + (between[at] ?? '')).join(''));
    fc.assert(
      fc.property(fc.oneof(spelt, fc.string({ unit: letters, maxLength: 14 })), (name) => {
        const folded = name.toLowerCase().replaceAll(/[^0-9a-z]/g, '');
        assert.equal(isLength(name), folded === 'contentlength');
      }),
      { numRuns: 2_000, seed: 62 },
    );
  });
});
