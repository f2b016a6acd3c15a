// Policies at random: every section, every kind of rule, and the hosts, paths and users that they speak of.
// Must not know what is tried with them.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { faultText } from '../../src/core/base/document.ts';
import { parseIpAddress } from '../../src/core/base/ip-address.ts';
import { compilePolicy } from '../../src/core/policy/compile/compile.ts';
import type { Policy } from '../../src/core/policy/compile/policy.ts';
import type { ClientFacts } from '../../src/core/policy/facts.ts';
import { parsePolicy } from '../../src/core/policy/language/parse.ts';
import type {
  BlockSource,
  ExemptSource,
  PolicySource,
  RuleSource,
} from '../../src/core/policy/language/policy-schema.ts';
import type { CopilotPlan } from '../../src/core/vendors/github/endpoints.ts';

export const HOSTS: readonly string[] = [
  'github.com',
  'api.github.com',
  'gist.github.com',
  'github.dev',
  'api.githubcopilot.com',
  'githubcopilot.com',
  'api.individual.githubcopilot.com',
  'proxy.business.githubcopilot.com',
  'business.githubcopilot.com',
  'x.enterprise.githubcopilot.com',
  'a.example.org',
  'b.a.example.org',
  'news.example.com',
  '192.0.2.7',
];
const HOST_PATTERNS = [
  ...HOSTS,
  '*.github.com',
  '*.githubcopilot.com',
  '*.example.org',
  'b*.a.example.org',
  '*.business.githubcopilot.com',
];
export const PATHS: readonly string[] = [
  '/',
  '/login',
  '/login/x',
  '/settings/tokens',
  '/settings/%74okens',
  '/a//b',
  '/login/../settings',
  '/login%2fx',
  '/LOGIN',
  '/a;b',
  '*',
  '/#',
  '/a\\b',
];
export const USERS: readonly string[] = ['alice', 'bob', 'carol'];

const host = fc.constantFrom(...HOST_PATTERNS);
const pattern = fc
  .tuple(
    host,
    fc.constantFrom('', ':8443', ''),
    fc.constantFrom('', '/login/*', '/settings/tokens*', '/login'),
  )
  .map((parts) => parts.join(''));
const to = fc.array(pattern, { minLength: 1, maxLength: 3 });
const who = fc.constantFrom<Partial<RuleSource>>(
  {},
  {},
  { users: ['alice'] },
  { groups: ['oss'] },
  { from: ['10.0.0.0/8'] },
  { unless: { users: ['bob'] } },
);
const allowRule: fc.Arbitrary<RuleSource> = fc.oneof(
  fc.record({ to, who }).map((rule) => ({ to: rule.to, ...rule.who })),
  fc.constantFrom('github', 'copilot', 'sign-in', 'enterprise:octo').map((preset) => ({ preset })),
);
const mode = fc.constantFrom('enforce' as const, 'enforce' as const, 'report' as const);
export const blockRule: fc.Arbitrary<BlockSource> = fc
  .record({ rule: allowRule, mode })
  .map(({ rule, mode: ruleMode }) => ({ ...rule, mode: ruleMode }));
export const exemption: fc.Arbitrary<ExemptSource> = fc
  .record({ to, who, everywhere: fc.boolean() })
  .map((one) => ({ ...(one.everywhere ? { users: ['alice'] } : { to: one.to }), ...one.who }));
export const plans: fc.Arbitrary<CopilotPlan[]> = fc.subarray(
  ['individual', 'business', 'enterprise'] as const,
  { minLength: 1 },
);
const copilot = fc.option(
  fc.record({ plans, generic: fc.constantFrom('block' as const, 'allow' as const, undefined) }),
  { nil: undefined },
);
export const policySource: fc.Arbitrary<PolicySource> = fc.record({
  version: fc.constant(1 as const),
  mode: fc.constantFrom('enforce' as const, 'enforce' as const, 'enforce' as const, 'report' as const),
  restrict: fc.option(
    fc.record({
      enterprises: fc.constant(['12345']),
      also: fc.subarray(['a.example.org', '*.example.org']),
      mode,
    }),
    { nil: undefined },
  ),
  groups: fc.constant({ oss: ['carol'] }),
  exempt: fc.array(exemption, { maxLength: 3 }),
  copilot,
  allow: fc.array(allowRule, { maxLength: 4 }),
  block: fc.array(blockRule, { maxLength: 3 }),
  inspect: fc.subarray(['a.example.org', '*.example.org']),
  otherwise: fc.oneof(
    fc.constantFrom('block' as const, 'splice' as const),
    fc.record({ do: fc.constantFrom('block' as const, 'splice' as const), mode }),
  ),
});

export const client: fc.Arbitrary<ClientFacts> = fc.record({
  user: fc.option(fc.constantFrom(...USERS)),
  groups: fc.subarray(['oss', 'other']),
  from: fc.option(fc.constantFrom('10.1.2.3', '192.0.2.1', '2001:db8::1')).map((text) => {
    const address = text === null ? null : parseIpAddress(text);
    return address?.ok === true ? address.value : null;
  }),
  device: fc.constant(null),
  listener: fc.constant('office'),
});
/** Parsed and compiled; a generated policy that is refused is a fault of the generator. */
export function compiled(source: PolicySource): Policy {
  const parsed = parsePolicy({ text: stringify(source), file: 'generated.yaml' }, { timeZone: 'UTC' });
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.map(faultText).join('\n'));
  return compilePolicy(parsed.value, { revision: 'generated' });
}
