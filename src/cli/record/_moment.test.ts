// A table of what people write for a time, and the moment that it is. Must not know the commands.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMoment } from './_moment.ts';

// A Saturday.
const NOW = Date.parse('2026-11-21T10:30:00.000Z');

const MOMENTS: readonly (readonly [text: string, at: string])[] = [
  ['7d', '2026-11-14T10:30:00.000Z'],
  ['90m ago', '2026-11-21T09:00:00.000Z'],
  ['2 hours ago', '2026-11-21T08:30:00.000Z'],
  ['an hour ago', '2026-11-21T09:30:00.000Z'],
  ['3 days', '2026-11-18T10:30:00.000Z'],
  ['1 week ago', '2026-11-14T10:30:00.000Z'],
  ['a month ago', '2026-10-21T10:30:00.000Z'],
  ['one year ago', '2025-11-21T10:30:00.000Z'],
  ['2026-11-20', '2026-11-20T00:00:00.000Z'],
  ['2026-11', '2026-11-01T00:00:00.000Z'],
  ['2026-11-20T08:00:00Z', '2026-11-20T08:00:00.000Z'],
  ['2026-11-20T08:00:00.123+02:00', '2026-11-20T06:00:00.123Z'],
  ['2026-11-20 08:00 UTC', '2026-11-20T08:00:00.000Z'],
  ['now', '2026-11-21T10:30:00.000Z'],
  ['today', '2026-11-21T00:00:00.000Z'],
  ['Yesterday', '2026-11-20T00:00:00.000Z'],
  ['yesterday 14:00', '2026-11-20T14:00:00.000Z'],
  ['yesterday at 9:05', '2026-11-20T09:05:00.000Z'],
  ['8:15', '2026-11-21T08:15:00.000Z'],
  ['monday', '2026-11-16T00:00:00.000Z'],
  ['last monday', '2026-11-16T00:00:00.000Z'],
  ['saturday', '2026-11-21T00:00:00.000Z'],
  ['last saturday', '2026-11-14T00:00:00.000Z'],
  ['sun', '2026-11-15T00:00:00.000Z'],
  ['this week', '2026-11-16T00:00:00.000Z'],
  ['last week', '2026-11-09T00:00:00.000Z'],
  ['this month', '2026-11-01T00:00:00.000Z'],
  ['last month', '2026-10-01T00:00:00.000Z'],
  ['last year', '2025-01-01T00:00:00.000Z'],
];

for (const [text, at] of MOMENTS) {
  test(`C9 parseMoment() reads ${JSON.stringify(text)}`, () => {
    const ms = parseMoment(text, NOW);
    assert.equal(ms === null ? null : new Date(ms).toISOString(), at);
  });
}

test('C9 parseMoment() goes back months to the last day that there is', () => {
  const ms = parseMoment('1 month ago', Date.parse('2027-03-31T01:00:00Z'));
  assert.equal(new Date(ms ?? 0).toISOString(), '2027-02-28T01:00:00.000Z');
});

for (const text of [
  '',
  'tomorrow-ish',
  '2026-02-30',
  '2026-13',
  '25:00',
  '2026-11-20 08:00',
  'yesterday 24:00',
  '7',
  'last',
  'week',
]) {
  test(`C9 parseMoment() refuses ${JSON.stringify(text)}`, () => {
    assert.equal(parseMoment(text, NOW), null);
  });
}
