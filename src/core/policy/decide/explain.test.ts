// The answer's shape, questions, refusals in words, names to intercept, warnings, and administrators' own tests.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parsePolicyTests, runPolicyTests } from '../compare/policy-test.ts';
import { compilePolicy } from '../compile/compile.ts';
import { interceptableNames } from '../compile/interceptable-names.ts';
import type { Policy } from '../compile/policy.ts';
import { stampedHosts } from '../compile/stamped-hosts.ts';
import type { Block } from '../decision.ts';
import { REASON_CODES } from '../decision.ts';
import { parsePolicy } from '../language/parse.ts';
import { type WarningCode, warningsOf } from '../language/warnings.ts';
import { type Explanation, explain, refusalText } from './explain.ts';
import { parseQuestion } from './question.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const OFFICE = `version: 1
restrict: { enterprises: ["12345"] }
exempt: [ { name: network, from: 10.20.0.0/16 } ]
copilot: { plans: [business] }
allow: [ { preset: github }, { preset: copilot }, "*.example.org" ]
block: [ { preset: codespaces }, { preset: ssh }, { name: no-tokens, to: "github.com/settings/tokens*", say: "Ask IT." } ]
otherwise: block
`;

function policyOf(text: string): Policy {
  const parsed = parsePolicy({ text, file: 'policy.yaml' }, { timeZone: 'UTC' });
  assert.ok(parsed.ok);
  return compilePolicy(parsed.value, { revision: 'r1' });
}

function ask(policy: Policy, text: string): Explanation {
  const question = parseQuestion(text);
  assert.ok(question.ok);
  const client = { user: 'dave', groups: [], from: null, device: null, listener: null };
  return explain(policy, { question: question.value, client, method: 'GET', websocket: false, nowMs: NOW });
}

describe('explain() answers', () => {
  const office = policyOf(OFFICE);

  test('in the documented shape, and with nothing else', () => {
    const { text, ...answer } = ask(office, 'https://github.com/octo-org/app');
    assert.deepEqual(answer, {
      verdict: 'forward',
      stage: 'request',
      restricted: true,
      edits: [{ op: 'overwrite', name: 'sec-GitHub-allowed-enterprise', value: '12345' }],
      stamps: [{ vendor: 'github', header: 'sec-GitHub-allowed-enterprise', value: '12345' }],
      reason: { code: 'restricted', rule: 'restrict', exemption: null },
      wouldBlock: null,
    });
    assert.match(text, /dave/);
  });

  test('forward at the connection for an interception', () => {
    const { text: _, ...answer } = ask(office, 'github.com:443');
    assert.deepEqual(answer, {
      verdict: 'forward',
      stage: 'connection',
      restricted: null,
      edits: [],
      stamps: [],
      reason: { code: 'named', rule: 'github', exemption: null },
      wouldBlock: null,
    });
  });

  test('restricted: false for a block whose path is known, null where none is', () => {
    assert.equal(ask(office, 'https://github.com/settings/tokens').restricted, false);
    assert.equal(ask(office, 'https://github.dev/').restricted, null);
    assert.equal(ask(office, 'https://docs.example.org/').restricted, null);
  });

  test('with a removal for everything else that goes on', () => {
    const { edits } = ask(office, 'https://gist.github.com/');
    assert.deepEqual(edits, [{ op: 'remove', name: 'sec-GitHub-allowed-enterprise' }]);
  });
});

const QUESTIONS: readonly { text: string; reads: string | null }[] = [
  { text: 'https://github.com', reads: 'request github.com 443 github.com /' },
  { text: 'https://github.com?x', reads: 'request github.com 443 github.com /?x' },
  { text: 'HTTP://GitHub.com:8080/A/../b?c#d', reads: 'request github.com 8080 GitHub.com:8080 /A/../b?c#d' },
  { text: 'github.com:22', reads: 'connection github.com 22' },
  { text: '[2001:db8::1]:443', reads: 'connection 2001:db8::1 443' },
  { text: 'github.com', reads: null },
  { text: 'github.com/octo-org', reads: null },
  { text: 'ssh://git@github.com/x', reads: null },
  { text: '', reads: null },
  { text: '[2001:db8::1]', reads: null },
];

describe('parseQuestion() reads', () => {
  for (const { text, reads } of QUESTIONS) {
    test(text, () => {
      const parsed = parseQuestion(text);
      if (!parsed.ok) return assert.equal(reads, null);
      const { kind, destination } = parsed.value;
      const place =
        destination.kind === 'malformed' ? 'malformed' : `${destination.host} ${destination.port}`;
      const rest = parsed.value.kind === 'request' ? ` ${parsed.value.authority} ${parsed.value.target}` : '';
      assert.equal(`${kind} ${place}${rest}`, reads);
    });
  }
});

test('refusalText() names the rule, or the code and the plans', () => {
  const office = policyOf(OFFICE);
  const refused = (to: string, code: Block['reason']['code'], rule: string | null): string => {
    const question = parseQuestion(to);
    assert.ok(question.ok);
    const client = { user: null, groups: [], from: null, device: null, listener: null };
    const { destination } = question.value;
    const connection = { client, destination, scheme: 'https' as const, isGate: false, nowMs: NOW };
    const reason = { code, rule, exemption: null };
    const block: Block = {
      kind: 'block',
      stage: 'request',
      reason,
      say: null,
      status: 403,
      refuse: 'in-tunnel',
      wouldBlock: null,
    };
    return refusalText(block, connection, office);
  };
  assert.match(refused('github.com:443', 'rule', 'no-tokens'), /github\.com.*no-tokens/);
  assert.match(refused('api.individual.githubcopilot.com:443', 'copilot-plan', 'copilot'), /business/);
  for (const code of REASON_CODES) assert.ok(refused('github.com:443', code, null).length > 20, code);
});

const NAMES: readonly { name: string; text: string; names: readonly string[] }[] = [
  { name: 'nothing', text: 'allow: [a.example.org, "*.b.example.org"]\n', names: [] },
  {
    name: 'the restricted domains, blocks, paths and further hosts',
    text: `restrict: { enterprises: "1", also: stamped.example.net }
allow: [ { preset: github }, "files.example.net/in/*" ]
block: [ { preset: codespaces }, { preset: ssh } ]
inspect: ["*.seen.example.org", one.seen.example.org]
`,
    names: [
      'files.example.net',
      'github.com',
      'github.dev',
      'githubcopilot.com',
      'seen.example.org',
      'stamped.example.net',
    ],
  },
  { name: 'plan routing alone', text: 'copilot: { plans: [business] }\n', names: ['githubcopilot.com'] },
  {
    name: 'hosts allowed for some, and labels right of a star',
    text: 'allow: [ { to: vip.example.org, users: a } ]\nblock: "amlwlrt4*.blob.core.windows.net"\n',
    names: ['blob.core.windows.net', 'vip.example.org'],
  },
  { name: 'no addresses', text: 'block: [192.0.2.7, "[2001:db8::7]"]\n', names: [] },
];

describe('R-16 interceptableNames() lists', () => {
  for (const { name, text, names } of NAMES)
    test(name, () =>
      assert.deepEqual(interceptableNames(policyOf(`version: 1\notherwise: block\n${text}`)), names),
    );
});

test('R-43 stampedHosts() lists full names only, and none without a restriction', () => {
  assert.deepEqual(stampedHosts(policyOf('version: 1\notherwise: splice\n')), []);
  const hosts = stampedHosts(
    policyOf(
      'version: 1\notherwise: splice\nrestrict: { enterprises: "1", also: [a.example.org, "*.b.example.org"] }\n',
    ),
  );
  for (const host of ['github.com', 'api.github.com', 'api.business.githubcopilot.com', 'a.example.org'])
    assert.ok(
      hosts.some((one) => one === host),
      host,
    );
  assert.ok(!hosts.some((host) => host.includes('*')));
});

const WARNINGS: readonly { name: string; text: string; codes: readonly WarningCode[]; value?: string }[] = [
  {
    name: 'a sound policy',
    text: OFFICE.replace('plans: [business]', 'plans: [business], generic: allow'),
    codes: [],
  },
  { name: 'report mode', text: 'version: 1\nmode: report\notherwise: block\n', codes: ['report-mode'] },
  {
    name: 'an expired exemption',
    text: OFFICE.replace('from: 10.20.0.0/16', 'from: 10.20.0.0/16, until: 2026-11-20'),
    codes: ['exemption-expired', 'generic-copilot-blocked'],
    value: 'network',
  },
  {
    name: 'an exemption on its last day',
    text: OFFICE.replace('from: 10.20.0.0/16', 'from: 10.20.0.0/16, until: 2026-11-21'),
    codes: ['exemption-ends-soon', 'generic-copilot-blocked'],
  },
  {
    name: 'exemptions that end in 30 days and in one, the earliest first',
    text: OFFICE.replace(
      'exempt: [ ',
      'exempt: [ { name: b, users: x, until: 2026-12-21 }, { name: a, users: x, until: 2026-11-22 }, ',
    ),
    codes: ['exemption-ends-soon', 'exemption-ends-soon', 'generic-copilot-blocked'],
    value: 'a',
  },
  {
    name: 'an exemption with 31 days to go',
    text: OFFICE.replace('from: 10.20.0.0/16', 'from: 10.20.0.0/16, until: 2026-12-22'),
    codes: ['generic-copilot-blocked'],
  },
  {
    name: 'an exemption without a restriction',
    text: 'version: 1\notherwise: block\nexempt: [ { users: a } ]\n',
    codes: ['exemption-without-effect'],
  },
  {
    name: 'an exemption for a host that is never stamped',
    text: 'version: 1\notherwise: block\nrestrict: { enterprises: "1" }\nexempt: [ { to: "*.githubassets.com" }, { to: "*.github.com" } ]\n',
    codes: ['exemption-without-effect'],
    value: '*.githubassets.com',
  },
  {
    name: 'a group without members, and a name twice',
    text: 'version: 1\notherwise: block\ngroups: { g: [] }\nblock: [ { to: a.example.org, groups: g }, a.example.org ]\n',
    codes: ['group-without-members', 'name-twice'],
  },
  {
    name: 'individual beside the restriction',
    text: 'version: 1\notherwise: block\nrestrict: { enterprises: "1" }\ncopilot: { plans: [individual], generic: allow }\n',
    codes: ['individual-beside-restrict'],
  },
  {
    name: 'an allow that a block covers',
    text: 'version: 1\notherwise: block\nallow: [ "*.a.example.org/x", b.example.org ]\nblock: [ "*.a.example.org", { to: b.example.org, users: a } ]\n',
    codes: ['allow-shadowed'],
    value: '*.a.example.org/x',
  },
  {
    name: 'ways around the restriction',
    text: 'version: 1\notherwise: splice\nrestrict: { enterprises: "1" }\n',
    codes: ['codespaces-open', 'ssh-open'],
  },
];

describe('warningsOf() finds', () => {
  for (const { name, text, codes, value } of WARNINGS) {
    test(name, () => {
      const warnings = warningsOf(policyOf(text).document, { nowMs: NOW });
      assert.deepEqual(
        warnings.map(({ code }) => code),
        codes,
      );
      if (value !== undefined) assert.equal(warnings[0]?.value, value);
      for (const warning of warnings)
        assert.ok(warning.line >= 1 && warning.problem !== '' && warning.mend !== '');
    });
  }
});

describe('runPolicyTests()', () => {
  const office = policyOf(OFFICE);
  const run = (text: string): readonly (readonly [string, string])[] => {
    const tests = parsePolicyTests({ text, file: 'policy.test.yaml' });
    assert.ok(tests.ok, tests.ok ? '' : JSON.stringify(tests.error));
    return runPolicyTests(office, tests.value, { nowMs: NOW }).map(({ test: one, differences }) => [
      one.name,
      differences.map(({ field, expected, actual }) => `${field}: ${expected} ≠ ${actual}`).join(', '),
    ]);
  };

  test('compares what is stated, and null where null is', () => {
    const text = `
- name: all right
  given: { user: dave, groups: [], from: 10.1.2.3, device: null, listener: null }
  when: { url: "https://github.com/octo-org/app", method: GET, websocket: false }
  then: { verdict: forward, restricted: true, code: restricted, rule: restrict, exemption: null, status: null, wouldBlock: null }
- { name: just a URL, when: "https://github.dev/", then: { verdict: block, status: 403, rule: codespaces } }
- { name: exempt, given: { from: 10.20.1.1 }, when: "https://github.com/", then: { exemption: network, restricted: false } }
- { name: wrong, when: "https://github.com/", then: { verdict: block, exemption: x, code: rule, status: 403 } }
`;
    assert.deepEqual(run(text), [
      ['all right', ''],
      ['just a URL', ''],
      ['exempt', ''],
      ['wrong', 'verdict: block ≠ forward, code: rule ≠ restricted, exemption: x ≠ null, status: 403 ≠ null'],
    ]);
  });

  const WRONG: readonly { text: string; place: string; value: string }[] = [
    { text: '- { name: x, when: github.com, then: {} }\n', place: '1:20', value: 'github.com' },
    {
      text: '- { name: x, given: { from: 10.1.2 }, when: "https://a.example.org", then: {} }\n',
      place: '1:29',
      value: '10.1.2',
    },
    {
      text: '- { name: x, when: "https://a.example.org", then: { verdit: block } }\n',
      place: '1:53',
      value: 'verdit',
    },
    {
      text: '- { name: x, when: "https://a.example.org", then: { code: rul } }\n',
      place: '1:59',
      value: 'rul',
    },
  ];
  for (const { text, place, value } of WRONG) {
    test(`refuses ${value}`, () => {
      const tests = parsePolicyTests({ text, file: 'policy.test.yaml' });
      const [fault] = tests.ok ? [] : tests.error;
      assert.equal(`${fault?.line}:${fault?.column} ${fault?.value}`, `${place} ${value}`);
    });
  }
});
