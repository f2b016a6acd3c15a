// Which clear text (absolute-form `http://`) a policy lets pass. Must not know how it is compiled.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseDestination } from '../../base/destination.ts';
import { compilePolicy } from '../compile/compile.ts';
import { parsePolicy } from '../language/parse.ts';
import { parsePattern } from '../language/pattern.ts';
import { explain } from './explain.ts';
import { parseQuestion } from './question.ts';

const CLIENT = { user: 'dave', groups: [], from: null, device: null, listener: null };

/** The reason's code, after the verdict. */
function answerOf(policyText: string, url: string): string {
  const parsed = parsePolicy({ text: policyText, file: 'policy.yaml' }, { timeZone: 'UTC' });
  assert.ok(parsed.ok);
  const question = parseQuestion(url);
  assert.ok(question.ok);
  const policy = compilePolicy(parsed.value, { revision: 'r1' });
  const asked = { question: question.value, client: CLIENT, method: 'GET', websocket: false, nowMs: 0 };
  const { verdict, reason } = explain(policy, asked);
  return `${verdict} ${reason.code}`;
}

const ALLOWLIST = `version: 1
otherwise: block
restrict: { enterprises: "12345" }
exempt: [{ name: open, to: ["https://github.com:8443/open/*", "https://github.com:8444/open/*"] }]
allow:
  - github.com
  - "https://github.com:8443"
  - "github.com:8444"
  - "http://api.github.com"
  - "http://a.example.org:8080"
  - "in.example.org:8080/in/*"
  - "https://in.example.org:8080/tls/*"
block: [{ name: tls-written, to: "https://a.example.org:8080/no/*" }]
`;
const SPLICE = `version: 1
otherwise: splice
groups: { vip: [vera] }
allow:
  - { to: vip.example.org, groups: vip }
  - half.example.org/open/*
  - 192.0.2.7
  - named.example.org:8080
block: [blocked.example.org]
`;

const ROWS: readonly (readonly [policy: string, url: string, answer: string])[] = [
  [ALLOWLIST, 'http://github.com:443/x', 'block bad-destination'],
  [ALLOWLIST, 'http://github.com/x', 'block not-allowed'],
  [ALLOWLIST, 'https://github.com/x', 'forward restricted'],
  [ALLOWLIST, 'http://github.com:8443/x', 'block not-allowed'],
  [ALLOWLIST, 'https://github.com:8443/x', 'forward restricted'],
  [ALLOWLIST, 'https://github.com:8443/open/x', 'forward exempt'],
  [ALLOWLIST, 'http://github.com:8444/x', 'forward restricted'],
  [ALLOWLIST, 'http://github.com:8444/open/x', 'forward restricted'],
  [ALLOWLIST, 'https://github.com:8444/open/x', 'forward exempt'],
  [ALLOWLIST, 'http://api.github.com/x', 'forward restricted'],
  [ALLOWLIST, 'http://api.github.com:443/x', 'block bad-destination'],
  [ALLOWLIST, 'http://a.example.org:8080/', 'forward unrestricted'],
  [ALLOWLIST, 'http://a.example.org:8080/no/x', 'block rule'],
  [ALLOWLIST, 'http://in.example.org:8080/in/x', 'forward unrestricted'],
  [ALLOWLIST, 'http://in.example.org:8080/tls/x', 'block path-not-allowed'],
  [ALLOWLIST, 'https://in.example.org:8080/tls/x', 'forward unrestricted'],
  [SPLICE, 'http://news.example.org/', 'splice not-named'],
  [SPLICE, 'http://news.example.org:443/', 'block bad-destination'],
  [SPLICE, 'http://news.example.org:8080/', 'block not-allowed'],
  [SPLICE, 'https://news.example.org:8080/', 'splice not-named'],
  [SPLICE, 'http://named.example.org:8080/', 'forward unrestricted'],
  [SPLICE, 'http://vip.example.org/', 'block not-allowed'],
  [SPLICE, 'http://half.example.org/open/x', 'forward unrestricted'],
  [SPLICE, 'http://half.example.org/shut/x', 'block path-not-allowed'],
  [SPLICE, 'http://192.0.2.7/', 'forward unrestricted'],
  [SPLICE, 'http://192.0.2.8/', 'block bad-destination'],
  [SPLICE, 'http://blocked.example.org/', 'block rule'],
  [`${SPLICE}mode: report\n`, 'http://github.com:443/', 'block bad-destination'],
  [`${SPLICE}mode: report\n`, 'http://blocked.example.org:443/', 'block bad-destination'],
];

describe('R-61 A1 clear text goes only where a pattern says so, and never to port 443:', () => {
  for (const [policy, url, answer] of ROWS)
    test(`${url} under ${policy === ALLOWLIST ? 'an allowlist' : policy.includes('report') ? 'report mode' : 'splice'}`, () => {
      assert.equal(answerOf(policy, url), answer);
    });

  test('a pattern for clear text to 443 is refused, since it could never match', () => {
    const read = parsePattern('http://github.com:443/x', 443);
    assert.ok(!read.ok);
    assert.match(read.error.mend, /https:\/\//);
  });
});

describe('D6 an empty port is the port of the scheme (RFC 3986 section 3.2.3):', () => {
  const rows = [
    ['http://api.github.com:/x', 'forward restricted'],
    ['https://github.com:/x', 'forward restricted'],
    ['http://github.com:/x', 'block not-allowed'],
    ['http://api.github.com::80/x', 'block bad-destination'],
  ] as const;
  for (const [url, answer] of rows) test(url, () => assert.equal(answerOf(ALLOWLIST, url), answer));
  test('and a CONNECT without a port names none', () => {
    assert.equal(parseDestination('github.com:').kind, 'malformed');
  });
});
