// How soon a worker that ended is replaced.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backOffMs } from './crew.ts';

test('R-53 backOffMs() replaces at once what ended after a while, and slows what keeps ending as it begins', () => {
  const rows: readonly [shortLives: number, ms: number][] = [
    [0, 0],
    [1, 0],
    [2, 0],
    [3, 100],
    [4, 200],
    [9, 6_400],
    [10, 10_000],
    [1_000, 10_000],
  ];
  for (const [shortLives, ms] of rows) assert.equal(backOffMs(shortLives), ms, String(shortLives));
});
