// A table of host patterns finds by host exactly what trying every pattern finds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hostMatches, parsePattern } from '../language/pattern.ts';
import { hostTable, valuesAtHost } from './_host-table.ts';

const name = fc
  .array(fc.constantFrom('a', 'b', 'ab', 'example', 'org', 'xn--p1ai', '1'), { minLength: 2, maxLength: 5 })
  .map((labels) => labels.join('.'));
const text = fc.oneof(
  name,
  fc
    .tuple(fc.constantFrom('*.', 'a*.', '*b.', 'a.*b.', '*a*.b.', '*.a*.'), name)
    .map((parts) => parts.join('')),
  fc.constantFrom('192.0.2.7', '[2001:db8::7]'),
);
const host = fc.oneof(name, fc.constantFrom('192.0.2.7', '2001:db8::7', '', '.', 'a..b'));

test('valuesAtHost() finds the patterns that cover a host, and no other', () => {
  fc.assert(
    fc.property(
      fc.array(text, { maxLength: 12 }),
      fc.array(host, { minLength: 1, maxLength: 8 }),
      (texts, hosts) => {
        const patterns = texts.flatMap((each) => {
          const read = parsePattern(each, 443);
          return read.ok ? [read.value.host] : [];
        });
        const table = hostTable(patterns.map((pattern, at) => [pattern, at] as const));
        for (const each of hosts)
          assert.deepEqual(
            valuesAtHost(table, each).toSorted((a, b) => a - b),
            [...patterns.keys()].filter((at) => {
              const pattern = patterns[at];
              return pattern !== undefined && hostMatches(pattern, each);
            }),
            each,
          );
      },
    ),
    { numRuns: 500 },
  );
});
