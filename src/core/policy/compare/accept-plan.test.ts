// What accepting does to a policy: never more than is published and wins against nothing; the second time nothing.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseDestination } from '../../base/destination.ts';
import { ok } from '../../base/result.ts';
import { parsePublishedDomains } from '../../vendors/github/published-domains.ts';
import { compilePolicy } from '../compile/compile.ts';
import type { Policy } from '../compile/policy.ts';
import { decideConnection } from '../decide/decide-connection.ts';
import { parsePolicy } from '../language/parse.ts';
import { planAcceptance } from './accept-plan.ts';
import { ACCEPTED_RULE, diffAllowlist } from './allowlist-diff.ts';
import { withAcceptance, withInclude } from './include-edit.ts';
import { type PublishedPatterns, publishedPatterns } from './published-patterns.ts';

const FILE = 'approved.yaml';

/** A policy of one file, or of two. */
function policyOf(text: string, approved: string | null = null): Policy {
  const readInclude = () => ok({ file: FILE, id: FILE, text: approved ?? '' });
  const parsed = parsePolicy({ text, file: 'policy.yaml' }, { timeZone: 'UTC', readInclude });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return compilePolicy(parsed.value, { revision: 'test' });
}

function published(domains: unknown): PublishedPatterns | null {
  const read = parsePublishedDomains(JSON.stringify({ domains }));
  return read.ok ? publishedPatterns(read.value) : null;
}

const POLICY = `version: 1
copilot: { plans: [business] }
allow:
  - { preset: github }
  - { name: github-meta-1, to: [gone.blob.core.windows.net] }
  - mine.githubapp.com
  - "part.example/login/*"
block: [{ preset: codespaces }]
otherwise: block
`;
const META = {
  website: ['*.github.com', 'github.dev', 'new.githubapp.com', '*.part.example', 'part.example'],
  copilot: ['*.githubcopilot.com', '*.enterprise.githubcopilot.com'],
  codespaces: ['*.windows.net', '*.azureedge.net', '*.new.example'],
};

/** What was planned, in words. */
function planned(names: readonly string[] | 'all'): readonly string[] {
  const meta = published(META);
  assert.ok(meta !== null);
  const plan = planAcceptance(diffAllowlist(policyOf(POLICY), meta, null), names);
  return [
    ...plan.accepted.map(({ pattern }) => `accept ${pattern}`),
    ...plan.takenBack.map(({ pattern }) => `take back ${pattern}`),
    ...plan.left.map(({ name, kind }) => `${kind} ${name}`),
  ];
}

const NAMED: readonly (readonly [name: string, plan: string])[] = [
  ['new.githubapp.com', 'accept new.githubapp.com'],
  ['New.GithubApp.com.', 'accept new.githubapp.com'],
  ['*.windows.net', 'accept *.windows.net'],
  ['part.example', 'accept part.example'],
  ['github.dev', 'refused github.dev'],
  ['*.enterprise.githubcopilot.com', 'refused *.enterprise.githubcopilot.com'],
  ['*.githubcopilot.com', 'refused *.githubcopilot.com'],
  ['evil.example', 'refused evil.example'],
  ['x.new.example', 'refused x.new.example'],
  ['mine.githubapp.com', 'refused mine.githubapp.com'],
  ['*.github.com', 'as-it-is *.github.com'],
  ['gone.blob.core.windows.net', 'take back gone.blob.core.windows.net'],
];

describe('planAcceptance() of one name', () => {
  for (const [name, plan] of NAMED)
    test(`${name}: ${plan}`, () => {
      // What is let in already needs *.github.com alone; gone.blob… is covered by *.windows.net while that is published.
      const isGone = name.startsWith('gone.');
      const codespaces = isGone ? ['*.new.example'] : META.codespaces;
      const meta = published({ ...META, codespaces });
      assert.ok(meta !== null);
      const found = planAcceptance(diffAllowlist(policyOf(POLICY), meta, null), [name]);
      assert.deepEqual(
        [
          ...found.accepted.map(({ pattern }) => `accept ${pattern}`),
          ...found.takenBack.map(({ pattern }) => `take back ${pattern}`),
          ...found.left.map((each) => `${each.kind} ${each.name}`),
        ],
        [plan],
      );
    });
});

test('planAcceptance() of all leaves what wins, what is let in, and what anybody can rent a name in', () => {
  assert.deepEqual(planned('all'), [
    'accept *.new.example',
    'accept *.part.example',
    'accept new.githubapp.com',
    'as-it-is *.azureedge.net',
    'as-it-is *.githubcopilot.com',
    'as-it-is *.enterprise.githubcopilot.com',
    'as-it-is github.dev',
    'as-it-is mine.githubapp.com',
  ]);
});

/** What a policy without a block makes of a published name, all and by name. */
const DOUBTED: readonly (readonly [name: string, all: string])[] = [
  ['github.dev', 'left'],
  ['*.github.dev', 'left'],
  ['x.github.dev', 'left'],
  ['github.io', 'left'],
  ['*.usw2.devtunnels.ms', 'left'],
  ['ssh.github.com', 'left'],
  ['*.azureedge.net', 'left'],
  // Port 22 of it has a preset to block it; this is port 443.
  ['github.com', 'accepted'],
  ['a.azureedge.net', 'accepted'],
  ['*.visualstudio.com', 'left'],
  ['mygithub.dev', 'accepted'],
];

describe('planAcceptance() of all leaves for a person what a preset is there to block and what is rented', () => {
  for (const [name, all] of DOUBTED)
    test(`${name}: ${all}`, () => {
      const meta = published({ website: [name] });
      assert.ok(meta !== null);
      const policy = policyOf('version: 1\nallow: [a.example]\notherwise: block\n');
      const diff = diffAllowlist(policy, meta, null);
      const plan = planAcceptance(diff, 'all');
      assert.deepEqual(
        [plan.accepted.map(({ pattern }) => pattern), plan.left.map(({ name }) => name)],
        all === 'left' ? [[], [name]] : [[name], []],
      );
      assert.deepEqual(
        planAcceptance(diff, [name]).accepted.map(({ pattern }) => pattern),
        [name],
      );
    });
});

const PLANS = ['individual', 'business', 'enterprise'] as const;
const NAME = fc.oneof(
  fc.string({
    unit: fc.constantFrom('*', '.', 'a', 'com', 'github', '-', '/', '\n', '"', '#'),
    maxLength: 12,
  }),
  fc
    .tuple(
      fc.constantFrom('*.', 'api.', '*api.', '', '*.*', '**.'),
      fc.constantFrom('individual.', 'business.', 'enterprise.', '*.', 'b*.', ''),
      fc.constantFrom('githubcopilot.com', '*copilot.com', 'com', 'github.dev', 'new.example'),
    )
    .map((parts) => parts.join('')),
);
const ALLOW = fc.constantFrom(
  '{ preset: copilot }',
  '{ preset: github }',
  '"*.githubcopilot.com"',
  'a.example',
);

test('planAcceptance() of all of any list opens no other plan, no generic host and no block, and is done once', () => {
  fc.assert(
    fc.property(
      fc.array(NAME, { minLength: 1, maxLength: 12 }),
      fc.subarray([...PLANS], { minLength: 1 }),
      fc.array(ALLOW, { minLength: 1, maxLength: 3 }),
      (names, plans, allow) => {
        const meta = published({ copilot: names });
        const text = `version: 1\ncopilot: { plans: [${plans.join(', ')}] }\nallow: [${allow.join(', ')}]\nblock: [{ preset: codespaces }]\notherwise: block\n`;
        if (meta === null) return;
        const plan = planAcceptance(diffAllowlist(policyOf(text), meta, null), 'all');
        const entries = plan.accepted.map(({ pattern }) => ({ pattern, note: 'copilot' }));
        const approved =
          entries.length === 0 ? null : withAcceptance(null, { name: ACCEPTED_RULE, why: 'x', entries });
        const included = approved === null ? text : (withInclude(text, FILE) ?? '');
        const policy = policyOf(included, approved);
        for (const host of hostsOfOthers(plans))
          assert.equal(blockCode(policy, host), 'copilot-plan', `${host} after ${JSON.stringify(entries)}`);
        for (const host of ['github.dev', 'x.github.dev']) assert.equal(blockCode(policy, host), 'rule');
        assert.equal(blockCode(policy, 'never.published.test'), 'not-allowed');
        const again = planAcceptance(diffAllowlist(policy, meta, null), 'all');
        assert.deepEqual([again.accepted, again.takenBack], [[], []]);
      },
    ),
    { numRuns: 300 },
  );
});

function hostsOfOthers(plans: readonly string[]): readonly string[] {
  const others = PLANS.filter((plan) => !plans.includes(plan));
  return [
    ...others.flatMap((plan) => [`${plan}.githubcopilot.com`, `api.${plan}.githubcopilot.com`]),
    ...['githubcopilot.com', 'api.githubcopilot.com', 'a.b.githubcopilot.com', 'bx.githubcopilot.com'],
  ];
}

function blockCode(policy: Policy, host: string): string | null {
  const client = { user: null, groups: [], from: null, device: null, listener: null };
  const destination = parseDestination(`${host}:443`);
  const decision = decideConnection(policy, {
    destination,
    scheme: 'https',
    client,
    isGate: false,
    nowMs: 0,
  });
  return decision.kind === 'block' ? decision.reason.code : null;
}
