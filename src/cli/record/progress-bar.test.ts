// The line of a progress bar at the moments where sums go wrong.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Cli } from '../cli.ts';
import { progressLine, startProgress } from './progress-bar.ts';

const ROWS: readonly (readonly [
  name: string,
  doneBytes: number,
  totalBytes: number | null,
  elapsedMs: number,
  line: string,
])[] = [
  ['at the start', 0, 600_000_000, 0, `Reading [${'-'.repeat(30)}]   0 %  0.0 of 600 MB, 0.0 MB/s`],
  [
    'half way',
    300_000_000,
    600_000_000,
    2_000,
    `Reading [${'#'.repeat(15)}${'-'.repeat(15)}]  50 %  300 of 600 MB, 150 MB/s, 2 s left`,
  ],
  [
    'at the end',
    600_000_000,
    600_000_000,
    4_000,
    `Reading [${'#'.repeat(30)}] 100 %  600 of 600 MB, 150 MB/s, 0 s left`,
  ],
  [
    'of a file that grew',
    700,
    600,
    1_000,
    `Reading [${'#'.repeat(30)}] 100 %  0.0 of 0.0 MB, 0.0 MB/s, 0 s left`,
  ],
  ['of nothing', 0, 0, 1_000, `Reading [${'#'.repeat(30)}] 100 %  0.0 of 0.0 MB, 0.0 MB/s`],
  ['without an end', 5_000_000, null, 1_000, 'Reading  5.0 MB, 5.0 MB/s'],
];

for (const [name, doneBytes, totalBytes, elapsedMs, line] of ROWS) {
  test(`progressLine() is right ${name}`, () => {
    assert.equal(progressLine({ what: 'Reading', doneBytes, totalBytes, elapsedMs }), line);
  });
}

const DRAWINGS: readonly (readonly [name: string, redraws: boolean, drawn: readonly string[]])[] = [
  ['ten times a second on a terminal, and takes the line away', true, ['50 %', '90 %', '']],
  ['nothing where nobody watches', false, []],
];

for (const [name, redraws, drawn] of DRAWINGS) {
  test(`startProgress() draws ${name}`, () => {
    const said: string[] = [];
    let nowMs = 0;
    const terminal = { redraws, nowMs: () => nowMs, err: (text: string) => said.push(text) };
    // Of a command's surroundings a bar asks the terminal alone, and of it these three.
    const progress = startProgress({ terminal } as unknown as Cli, 'Reading', 100);
    for (const [ms, bytes] of [
      [50, 20],
      [100, 50],
      [150, 60],
      [199, 70],
      [200, 90],
      [250, 100],
    ] as const) {
      nowMs = ms;
      progress.at(bytes);
    }
    progress.end();
    assert.ok(said.every((text) => text.startsWith('\r\x1b[K')));
    assert.deepEqual(
      said.map((text) => /\d+ %/.exec(text)?.[0] ?? ''),
      drawn,
    );
  });
}
