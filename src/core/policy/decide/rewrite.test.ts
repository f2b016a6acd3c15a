// The restriction header after the edit, whatever came in.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { stampHeader } from '../header-edit.ts';
import { rewriteHeaders } from './rewrite.ts';

const NAME = 'sec-GitHub-allowed-enterprise';
const HEADER = stampHeader('github', NAME);
const SPELLINGS = [
  'sec-GitHub-allowed-enterprise',
  'SEC-GITHUB-ALLOWED-ENTERPRISE',
  'sec_github_allowed_enterprise',
  'Sec.GitHub.Allowed.Enterprise',
  'sec-github_allowed.enterprise',
  ' sec-github-allowed-enterprise\t',
  ...['sec--github-allowed-enterprise', 'sec-github-allowed-enterprise-', '_sec-github-allowed-enterprise'],
  ...['secgithuballowedenterprise', 'sec~github!allowed|enterprise', 'SecGitHub-AllowedEnterprise.'],
  ...[
    'HTTP_SEC_GITHUB_ALLOWED_ENTERPRISE',
    'http-sec-github-allowed-enterprise',
    'HTTPSecGitHubAllowedEnterprise',
  ],
];
const OTHERS = [
  'sec-github-allowed-enterprises',
  'x-sec-github-allowed-enterprise',
  'sec-github-allowed-enterprise-2',
  'https-sec-github-allowed-enterprise',
  'accept',
  '',
];

describe('R-02 A6 isSpelling() of a stamped header knows', () => {
  for (const name of SPELLINGS) test(JSON.stringify(name), () => assert.equal(HEADER.isSpelling(name), true));
  for (const name of OTHERS)
    test(`${JSON.stringify(name)} for another`, () => assert.equal(HEADER.isSpelling(name), false));
});

const line = fc.tuple(
  fc.oneof(fc.constantFrom(...SPELLINGS), fc.constantFrom(...OTHERS), fc.string()),
  fc.string(),
);
const lines = fc.array(line, { maxLength: 12 }).map((pairs) => pairs.flat());
const version = fc.constantFrom('1.1', '2') satisfies fc.Arbitrary<'1.1' | '2'>;

/** Of several vendors: two that are set, of which one begins as the other, and one that is not. */
const SEVERAL = [
  { op: 'overwrite', header: stampHeader('one', 'X-One'), value: '1' },
  { op: 'remove', header: HEADER },
  { op: 'overwrite', header: stampHeader('one', 'X-One-Two'), value: '2' },
] as const;
const severalLine = fc.tuple(
  fc.constantFrom('x_one', 'HTTP_X_ONE', 'XOneTwo', 'x-one-two-', 'x-one-too', 'xone2', 'a', ...SPELLINGS),
  fc.string(),
);

function namesOf(all: readonly string[]): string[] {
  return all.filter((_, at) => at % 2 === 0);
}

describe('R-01 rewriteHeaders()', () => {
  test('leaves exactly one line with the value when it overwrites', () => {
    fc.assert(
      fc.property(lines, version, (given, httpVersion) => {
        const out = rewriteHeaders(given, [{ op: 'overwrite', header: HEADER, value: '12345' }], {
          httpVersion,
        });
        const stamps = namesOf(out).filter(HEADER.isSpelling);
        assert.deepEqual(stamps, [httpVersion === '2' ? NAME.toLowerCase() : NAME]);
        assert.equal(out[out.indexOf(stamps[0] ?? '') + 1], '12345');
      }),
    );
  });

  test('leaves none when it removes', () => {
    fc.assert(
      fc.property(lines, version, (given, httpVersion) => {
        const out = rewriteHeaders(given, [{ op: 'remove', header: HEADER }], { httpVersion });
        assert.equal(namesOf(out).filter(HEADER.isSpelling).length, 0);
      }),
    );
  });

  test('drops every spelling of each header, and leaves one line of each that it overwrites', () => {
    fc.assert(
      fc.property(fc.array(severalLine, { maxLength: 12 }), version, (pairs, httpVersion) => {
        const out = rewriteHeaders(pairs.flat(), SEVERAL, { httpVersion });
        const shown = (name: string): string => (httpVersion === '2' ? name.toLowerCase() : name);
        const others = pairs.filter(([name]) => !SEVERAL.some(({ header }) => header.isSpelling(name)));
        assert.deepEqual(out, [...others.flat(), shown('X-One'), '1', shown('X-One-Two'), '2']);
      }),
    );
  });

  test('keeps every other line as it came, in order', () => {
    const given = ['Host', 'github.com', 'Sec_GitHub_Allowed_Enterprise', '1', 'Cookie', 'a', 'cookie', 'b'];
    assert.deepEqual(rewriteHeaders(given, [{ op: 'remove', header: HEADER }], { httpVersion: '1.1' }), [
      'Host',
      'github.com',
      'Cookie',
      'a',
      'cookie',
      'b',
    ]);
  });
});
