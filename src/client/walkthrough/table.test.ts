// The table: cells side by side, wrapped, in every outcome.
import assert from 'node:assert/strict';
import test from 'node:test';
import { countsOf, headingLines, type Look, rowLines, wrapped } from './table.ts';
import type { Row } from './tour.ts';

const LOOK: Look = { width: 80, paint: (_style, text) => text };
const ROW = {
  section: 'Git activity',
  sentence: 'Reads pass.',
  where: 'inside',
  what: 'nobody reads a repository',
} as const;
const GOOD: Row = {
  ...ROW,
  outcome: {
    kind: 'expected',
    expected: { status: 200, by: 'GitHub', text: null },
    seen: { status: 200, by: 'GitHub', text: 'open-org/hello and more words' },
  },
};
const BAD: Row = {
  ...ROW,
  where: 'past',
  outcome: {
    kind: 'different',
    expected: { status: 200, by: 'GitHub', text: null, ending: '_octo' },
    seen: { status: 0, by: 'nobody', text: 'too late' },
  },
};
const SKIPPED: Row = {
  ...ROW,
  outcome: { kind: 'skipped', why: 'A_VARIABLE is not set, nor was it meant to be set' },
};

const ROWS: readonly (readonly [name: string, row: Row, lines: readonly string[]])[] = [
  [
    'wraps every cell in its column',
    GOOD,
    [
      'ok   inside     nobody reads a      200                    200 open-org/hello',
      '                repository                                 and more words',
    ],
  ],
  [
    'names what differs',
    BAD,
    [
      'NOT  past gate  nobody reads a      200 …_octo             no answer: too late',
      '                repository',
    ],
  ],
  [
    'gives a reason the room of two columns',
    SKIPPED,
    [
      '-    inside     nobody reads a      skipped: A_VARIABLE is not set, nor was it',
      '                repository          meant to be set',
    ],
  ],
];

for (const [name, row, lines] of ROWS) {
  test(`rowLines() ${name}`, () => assert.deepEqual(rowLines(row, LOOK), lines));
}

test('rowLines() has the same words in colours', () => {
  const painted = rowLines(BAD, { ...LOOK, paint: (style, text) => `<${style}>${text}</${style}>` });
  assert.match(painted[0] ?? '', /^<red>NOT<\/red> .*<red>no answer: too late<\/red>/);
  assert.deepEqual(
    painted.map((line) => line.replaceAll(/<[^>]*>/g, '').trimEnd()),
    rowLines(BAD, LOOK),
  );
});

test('headingLines() names a section and a sentence once each', () => {
  const first = headingLines(GOOD, null, LOOK);
  assert.deepEqual([first[0], first[1], first.at(-1)], ['', 'Git activity', '  “Reads pass.”']);
  assert.deepEqual(headingLines(BAD, GOOD, LOOK), []);
  assert.deepEqual(headingLines({ ...BAD, sentence: 'Writes do not.' }, GOOD, LOOK), ['  “Writes do not.”']);
});

test('countsOf() counts every outcome', () => {
  assert.deepEqual(countsOf([GOOD, BAD, SKIPPED, GOOD]), { expected: 2, different: 1, skipped: 1 });
});

const TEXTS: readonly (readonly [text: string, lines: readonly string[]])[] = [
  ['', ['']],
  ['ab cd', ['ab cd']],
  ['ab cde', ['ab', 'cde']],
  ['abcdefgh ij', ['abcde', 'fgh', 'ij']],
];

for (const [text, lines] of TEXTS) {
  test(`wrapped() breaks ${JSON.stringify(text)} at 5 columns`, () =>
    assert.deepEqual(wrapped(text, 5), lines));
}
