// Classes of hosts against hosts drawn at random.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseHostname } from '../../base/hostname.ts';
import { type HostPattern, hostMatches, parsePattern } from '../language/pattern.ts';
import { hostClasses, overlap } from './host-classes.ts';

function hostPattern(text: string): HostPattern {
  const pattern = parsePattern(text, 443);
  assert.ok(pattern.ok, text);
  return pattern.value.host;
}

/** Which of the patterns match, as ones and zeros. */
function signature(patterns: readonly HostPattern[], host: string): string {
  return patterns.map((pattern) => (hostMatches(pattern, host) ? 1 : 0)).join('');
}

const ROWS: readonly { within: string; patterns: readonly string[]; signatures: readonly string[] }[] = [
  { within: 'ssh.github.com', patterns: ['*.github.com', 'github.com'], signatures: ['10'] },
  { within: '*.github.com', patterns: ['*.github.com'], signatures: ['1'] },
  { within: '*.github.com', patterns: ['ssh.github.com', 'github.com'], signatures: ['00', '10'] },
  { within: '*.b.example.org', patterns: ['*.example.org', 'x.b.example.org'], signatures: ['10', '11'] },
  { within: '*.example.org', patterns: ['*.b.example.org', 'b.example.org'], signatures: ['00', '01', '10'] },
  { within: 'a*.example.org', patterns: ['*.example.org', 'a.example.org'], signatures: ['10', '11'] },
  { within: 'a*b.example.org', patterns: ['a*.example.org', '*b.example.org'], signatures: ['11'] },
  { within: '*.example.org', patterns: ['**.example.org', '*.**.example.org'], signatures: ['01', '10'] },
  {
    within: '*a.example.org',
    patterns: ['*-a.example.org', '*-*.example.org'],
    signatures: ['00', '01', '11'],
  },
  { within: '*.example.org', patterns: ['**.example.org'], signatures: ['0', '1'] },
  { within: 'a*.example.org', patterns: ['*-*.example.org'], signatures: ['0', '1'] },
  { within: '*.example.org', patterns: ['*.example.net', '192.0.2.1'], signatures: ['00'] },
];

describe('hostClasses() finds every way in which patterns match', () => {
  for (const { within, patterns, signatures } of ROWS)
    test(`${within} by ${patterns.join(' and ')}`, () => {
      const read = patterns.map(hostPattern);
      const { hosts, complete } = hostClasses(hostPattern(within), read);
      assert.deepEqual(hosts.map((host) => signature(read, host)).sort(), signatures);
      assert.equal(complete, true);
      for (const found of hosts) assert.ok(parseHostname(found).ok, found);
    });
});

const label = fc.constantFrom('a', 'b', 'ab', 'ba', 'a-b', 'a*', '*a', '*b*', 'a*b', '**');
const written = fc
  .tuple(fc.constantFrom('*.', ''), fc.array(label, { minLength: 0, maxLength: 3 }))
  .map(([star, labels]) => `${star}${[...labels, 'example', 'org'].join('.')}`);
const host = fc
  .array(fc.stringMatching(/^[ab][ab-]{0,3}$/), { maxLength: 4 })
  .map((labels) => [...labels, 'example', 'org'].join('.'))
  .filter((text) => parseHostname(text).ok);

test('hostClasses() leaves out no host that is drawn at random, and invents none', () => {
  fc.assert(
    fc.property(
      written,
      fc.array(written, { maxLength: 4 }),
      fc.array(host, { maxLength: 40 }),
      (...drawn) => {
        const within = hostPattern(drawn[0]);
        const patterns = drawn[1].map(hostPattern);
        const { hosts, complete } = hostClasses(within, patterns);
        assert.equal(complete, true);
        for (const found of hosts) assert.ok(parseHostname(found).ok && hostMatches(within, found), found);
        const known = new Set(hosts.map((found) => signature(patterns, found)));
        assert.equal(known.size, hosts.length);
        for (const sample of drawn[2].filter((each) => hostMatches(within, each)))
          assert.ok(known.has(signature(patterns, sample)), `${sample} in ${drawn[0]}`);
      },
    ),
    { numRuns: 400 },
  );
});

test('overlap() is true exactly where one host matches both', () => {
  fc.assert(
    fc.property(written, written, fc.array(host, { maxLength: 40 }), (one, other, samples) => {
      const [a, b] = [hostPattern(one), hostPattern(other)];
      const both = samples.some((sample) => hostMatches(a, sample) && hostMatches(b, sample));
      if (both) assert.equal(overlap(a, b), true);
      assert.equal(overlap(a, b), overlap(b, a));
    }),
    { numRuns: 400 },
  );
  assert.equal(overlap(hostPattern('a*.example.org'), hostPattern('*b.example.org')), true);
  assert.equal(overlap(hostPattern('*.a.example.org'), hostPattern('*.b.example.org')), false);
});

test('hostClasses() says so when it ends early', () => {
  const [within, other] = [hostPattern('*.example.org'), hostPattern('ab.example.org')];
  assert.equal(hostClasses(within, [other], 40).complete, true);
  assert.equal(hostClasses(within, [other], 10).complete, false);
});
