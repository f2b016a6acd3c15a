// What GitHub publishes against policies: each state, plan routing, hostile names, and the code that enforces as judge.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseDestination } from '../../base/destination.ts';
import { parsePublishedDomains } from '../../vendors/github/published-domains.ts';
import { compilePolicy } from '../compile/compile.ts';
import type { Policy } from '../compile/policy.ts';
import { decideConnection } from '../decide/decide-connection.ts';
import { parsePolicy } from '../language/parse.ts';
import { diffAllowlist, driftOf, hasDrift } from './allowlist-diff.ts';
import { type PublishedPatterns, publishedPatterns } from './published-patterns.ts';

function policyOf(text: string): Policy {
  const parsed = parsePolicy({ text: `version: 1\n${text}`, file: 'policy.yaml' }, { timeZone: 'UTC' });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return compilePolicy(parsed.value, { revision: 'test' });
}

function published(domains: unknown): PublishedPatterns {
  const read = parsePublishedDomains(JSON.stringify({ domains }));
  assert.ok(read.ok);
  return publishedPatterns(read.value);
}

interface Row {
  readonly name: string;
  readonly policy: string;
  readonly meta: string;
  readonly state: string;
  readonly by?: readonly string[];
  readonly onlySome?: readonly string[];
  readonly example?: string;
}

const BLOCKING = 'otherwise: block\n';

const ROWS: readonly Row[] = [
  { name: 'nothing', policy: `allow: [a.example]\n${BLOCKING}`, meta: 'b.example', state: 'missing' },
  {
    name: 'nothing of a wildcard',
    policy: `allow: [github.com]\n${BLOCKING}`,
    meta: '*.github.com',
    state: 'missing',
  },
  { name: 'it itself', policy: `allow: [GitHub.com]\n${BLOCKING}`, meta: 'github.com.', state: 'allowed' },
  {
    name: 'a wider wildcard',
    policy: `allow: ["*.a.example"]\n${BLOCKING}`,
    meta: '*.b.a.example',
    state: 'allowed',
  },
  {
    name: 'a glob',
    policy: `allow: ["sa*.a.example"]\n${BLOCKING}`,
    meta: 'sa19.a.example',
    state: 'allowed',
  },
  {
    name: 'two patterns together',
    policy: `allow: ["**.a.example", "*.**.a.example"]\n${BLOCKING}`,
    meta: '*.a.example',
    state: 'allowed',
  },
  {
    name: 'a narrower wildcard',
    policy: `allow: ["*.b.a.example"]\n${BLOCKING}`,
    meta: '*.a.example',
    state: 'partly',
    onlySome: ['hosts'],
    example: 'x.a.example',
  },
  {
    name: 'some paths',
    policy: `allow: ["a.example/login/*"]\n${BLOCKING}`,
    meta: 'a.example',
    state: 'partly',
    onlySome: ['paths'],
  },
  {
    name: 'some people',
    policy: `allow: [{ to: a.example, users: [dave] }]\n${BLOCKING}`,
    meta: 'a.example',
    state: 'partly',
    onlySome: ['people'],
  },
  {
    name: 'another port',
    policy: `allow: ["a.example:22"]\n${BLOCKING}`,
    meta: 'a.example',
    state: 'missing',
  },
  {
    name: 'all, but a rule wins',
    policy: `allow: ["*.a.example"]\nblock: [{ name: no-a, to: ["*.a.example"] }]\n${BLOCKING}`,
    meta: 'x.a.example',
    state: 'blocked',
    by: ['no-a'],
  },
  {
    name: 'nothing, and a rule wins',
    policy: `allow: [b.example]\nblock: [{ preset: codespaces }]\n${BLOCKING}`,
    meta: 'github.dev',
    state: 'blocked',
    by: ['codespaces'],
  },
  {
    name: 'all, but a rule wins beneath',
    policy: `allow: ["*.github.com"]\nblock: [{ preset: ssh }]\n${BLOCKING}`,
    meta: '*.github.com',
    state: 'blocked-in-part',
    by: ['ssh'],
    example: 'ssh.github.com',
  },
  {
    name: 'all, but a rule wins on a path',
    policy: `allow: [github.com]\nblock: ["github.com/settings/*"]\n${BLOCKING}`,
    meta: 'github.com',
    state: 'blocked-in-part',
    by: ['github.com/settings/*'],
  },
  {
    name: 'all, but a rule wins for some',
    policy: `allow: [a.example]\nblock: [{ name: no-eve, to: a.example, users: [eve] }]\n${BLOCKING}`,
    meta: 'a.example',
    state: 'blocked-in-part',
    by: ['no-eve'],
  },
  {
    name: 'a rule in report mode counts as if it had ended',
    policy: `allow: [a.example]\nblock: [{ name: soon, to: a.example, mode: report }]\n${BLOCKING}`,
    meta: 'a.example',
    state: 'blocked',
    by: ['soon'],
  },
  {
    name: 'one plan, as the preset has it',
    policy: `copilot: { plans: [business] }\nallow: [{ preset: copilot }]\n${BLOCKING}`,
    meta: '*.githubcopilot.com',
    state: 'partly',
    by: ['copilot'],
    onlySome: ['hosts'],
    example: 'business.githubcopilot.com',
  },
  {
    name: 'one plan, however wide the allow',
    policy: `copilot: { plans: [business] }\nallow: ["*.githubcopilot.com"]\n${BLOCKING}`,
    meta: '*.githubcopilot.com',
    state: 'blocked-in-part',
    by: ['copilot'],
    example: 'x.githubcopilot.com',
  },
  {
    name: 'another plan',
    policy: `copilot: { plans: [business] }\nallow: ["*.githubcopilot.com"]\n${BLOCKING}`,
    meta: '*.individual.githubcopilot.com',
    state: 'blocked',
    by: ['copilot'],
  },
  {
    name: 'generic hosts',
    policy: `copilot: { plans: [business] }\nallow: ["*.githubcopilot.com"]\n${BLOCKING}`,
    meta: 'api.githubcopilot.com',
    state: 'blocked',
    by: ['copilot'],
  },
  {
    name: 'everything that is not named',
    policy: 'otherwise: splice\n',
    meta: '*.a.example',
    state: 'allowed',
  },
  {
    name: 'everything that is not named, but a rule wins',
    policy: 'block: ["*.a.example"]\notherwise: splice\n',
    meta: 'b.a.example',
    state: 'blocked',
    by: ['*.a.example'],
  },
];

describe('diffAllowlist() finds what the policy lets in of a published name', () => {
  for (const { name, policy, meta, state, by = [], onlySome = [], example = null } of ROWS)
    test(`${name}: ${state}`, () => {
      const { published: found } = diffAllowlist(policyOf(policy), published({ website: [meta] }), null);
      const [finding] = found;
      assert.equal(found.length, 1);
      assert.equal(finding?.state, state);
      assert.deepEqual(
        finding?.blockedBy.map((rule) => rule.name),
        by,
      );
      assert.deepEqual(finding?.onlySome, onlySome);
      assert.equal(finding?.example, example);
    });
});

test('diffAllowlist() says where a winning rule stands', () => {
  const policy = policyOf('block:\n  - preset: codespaces\notherwise: block\n');
  const [finding] = diffAllowlist(policy, published({ website: ['github.dev'] }), null).published;
  assert.deepEqual(finding?.blockedBy, [
    { kind: 'block', name: 'codespaces', place: { file: 'policy.yaml', line: 3, column: 5 } },
  ]);
});

test('diffAllowlist() narrows to categories what should be let in, and joins the categories of one name', () => {
  const meta = published({
    website: ['a.example', 'b.example'],
    copilot: ['A.example'],
    actions: ['c.example'],
  });
  const diff = diffAllowlist(policyOf(`allow: [d.example]\n${BLOCKING}`), meta, ['copilot', 'actions']);
  assert.deepEqual(
    diff.published.map(({ pattern, categories }) => [pattern, ...categories]),
    [
      ['a.example', 'website', 'copilot'],
      ['c.example', 'actions'],
    ],
  );
});

test('diffAllowlist() names what is let in under the domains of GitHub and published no longer', () => {
  const policy = policyOf(`allow:
  - old.github.com/x/*
  - "*.old.githubusercontent.com"
  - still.github.com
  - elsewhere.example
  - preset: copilot
  - { name: github-meta, to: [gone.blob.core.windows.net, kept.blob.core.windows.net] }
otherwise: block
`);
  const meta = published({
    website: ['*.b.github.com', 'still.github.com'],
    actions: ['kept.blob.core.windows.net'],
  });
  const diff = diffAllowlist(policy, meta, ['actions']);
  const shown = diff.allowed.map(({ pattern, state }) => `${state} ${pattern}`);
  assert.deepEqual(
    shown.filter((line) => line.startsWith('unpublished')),
    [
      'unpublished old.github.com',
      'unpublished *.old.githubusercontent.com',
      'unpublished gone.blob.core.windows.net',
    ],
  );
  assert.ok(shown.includes('documented copilot-telemetry.githubusercontent.com/telemetry'));
  assert.equal(hasDrift(diff), true);
  assert.deepEqual(driftOf(diff).length, 3);
});

test('diffAllowlist() finds no drift where everything is let in or blocked', () => {
  const policy = policyOf(
    `allow: ["*.github.com"]\nblock: [{ preset: ssh }, { preset: codespaces }]\n${BLOCKING}`,
  );
  const diff = diffAllowlist(
    policy,
    published({ website: ['*.github.com', 'github.dev', '*.github.dev'] }),
    null,
  );
  assert.equal(hasDrift(diff), false);
});

const EVIL = [
  '*',
  '*.com',
  'com',
  '*.co.uk',
  'github.com/login',
  'https://github.com',
  'a.example:443',
  '127.0.0.1',
  '::1',
  'a b.example',
  'ä.example',
  'x@a.example',
  '',
  '.',
  '*.*.example.org',
  'a..example',
  '\u202egithub.com',
  '7',
];

for (const text of EVIL)
  test(`publishedPatterns() cannot read ${JSON.stringify(text)}, and that is drift`, () => {
    const meta = published({ website: [text, 'a.example'] });
    assert.deepEqual(
      meta.unreadable.map((each) => each.text),
      [text],
    );
    assert.deepEqual(
      meta.patterns.map((each) => each.text),
      ['a.example'],
    );
    assert.equal(hasDrift(diffAllowlist(policyOf(`allow: [a.example]\n${BLOCKING}`), meta, null)), true);
  });

for (const [text, isRented] of [
  ['*.windows.net', true],
  ['*.core.windows.net', true],
  ['*.github.io', true],
  ['productionresultssa0.blob.core.windows.net', false],
  ['sa*.blob.core.windows.net', true],
  ['*.actions.githubusercontent.com', false],
] as const)
  test(`publishedPatterns() says of ${text} whether anybody can rent a name in it`, () => {
    assert.deepEqual(
      published({ actions: [text] }).patterns.map((each) => each.isRented),
      [isRented],
    );
  });

const LABEL = fc.constantFrom('a', 'b', 'ssh', 'business', 'individual', 'a*', '*b');
const PATTERN = fc
  .tuple(
    fc.constantFrom('*.', ''),
    fc.array(LABEL, { maxLength: 2 }),
    fc.constantFrom('github.com', 'githubcopilot.com', 'github.dev'),
  )
  .map(([star, labels, domain]) => `${star}${[...labels, domain].join('.')}`);
const HOST = fc
  .tuple(
    fc.array(fc.constantFrom('a', 'b', 'ab', 'ssh', 'business', 'individual', 'c'), { maxLength: 3 }),
    fc.constantFrom('github.com', 'githubcopilot.com', 'github.dev'),
  )
  .map(([labels, domain]) => [...labels, domain].join('.'));
const POLICY = fc
  .record({
    allow: fc.array(PATTERN, { minLength: 1, maxLength: 4 }),
    block: fc.array(PATTERN, { maxLength: 3 }),
    plans: fc.constantFrom(
      '',
      'copilot: { plans: [business] }\n',
      'copilot: { plans: [business, enterprise], generic: allow }\n',
    ),
    otherwise: fc.constantFrom('block', 'splice'),
  })
  .map(
    ({ allow, block, plans, otherwise }) =>
      `${plans}allow: ${JSON.stringify(allow)}\nblock: ${JSON.stringify(block)}\notherwise: ${otherwise}\n`,
  );

test('diffAllowlist() agrees with the decision on every host of what is published', () => {
  fc.assert(
    fc.property(POLICY, PATTERN, fc.array(HOST, { minLength: 10, maxLength: 40 }), (text, meta, hosts) => {
      const policy = policyOf(text);
      const patterns = published({ website: [meta] });
      const [finding] = diffAllowlist(policy, patterns, null).published;
      const [pattern] = patterns.patterns;
      assert.ok(finding !== undefined && pattern !== undefined);
      for (const host of hosts.filter((each) => isIn(meta, each))) {
        const { kind, code } = decided(policy, host);
        const outcome: string = kind !== 'block' ? 'open' : code === 'not-allowed' ? 'missing' : 'blocked';
        assert.ok(
          POSSIBLE[finding.state].includes(outcome),
          `${host} of ${meta} is ${outcome}: ${finding.state}`,
        );
      }
    }),
    { numRuns: 300 },
  );
});

const POSSIBLE = {
  missing: ['missing', 'blocked'],
  partly: ['open', 'missing', 'blocked'],
  blocked: ['blocked'],
  'blocked-in-part': ['open', 'blocked'],
  allowed: ['open'],
} satisfies Record<string, readonly string[]>;

function isIn(pattern: string, host: string): boolean {
  const source = pattern
    .replaceAll('.', '\\.')
    .replace(/^\*\\\./, '(?:[a-z]+\\.)+')
    .replaceAll('*', '[a-z]*');
  return new RegExp(`^${source}$`).test(host);
}

function decided(policy: Policy, host: string): { readonly kind: string; readonly code: string } {
  const client = { user: null, groups: [], from: null, device: null, listener: null };
  const facts = {
    destination: parseDestination(`${host}:443`),
    scheme: 'https',
    client,
    isGate: false,
    nowMs: 0,
  } as const;
  const { kind, reason } = decideConnection(policy, facts);
  return { kind, code: reason.code };
}
