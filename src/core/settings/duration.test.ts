// Times as people write them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durationText, parseDuration } from './duration.ts';

const TIMES: readonly (readonly [string, number | null])[] = [
  ['0s', 0],
  ['250ms', 250],
  ['10s', 10_000],
  ['15m', 900_000],
  ['12h', 43_200_000],
  ['30d', 2_592_000_000],
  ['10', null],
  ['1.5s', null],
  ['-1s', null],
  ['10 s', null],
  ['01s', null],
  ['10S', null],
  ['', null],
  ['9999999999999d', null],
];

test('parseDuration() reads a whole number with a unit, and nothing else', () => {
  for (const [text, ms] of TIMES) {
    const read = parseDuration(text);
    assert.equal(read.ok ? read.value : null, ms, text);
  }
});

test('durationText() takes the largest unit that divides', () => {
  for (const [ms, text] of [
    [0, '0ms'],
    [90_000, '90s'],
    [900_000, '15m'],
    [86_400_000, '1d'],
    [1_500, '1500ms'],
  ] as const)
    assert.equal(durationText(ms), text);
});
