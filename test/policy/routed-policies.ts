// Generated policies that route Copilot by plan, and the hosts they must keep shut, told from the names alone.
// Must not know how a policy is decided.
import fc from 'fast-check';
import type { PolicySource, RuleSource } from '../../src/core/policy/language/policy-schema.ts';

export const PLANS = ['individual', 'business', 'enterprise'] as const;
export type Plan = (typeof PLANS)[number];

export interface RoutedPolicy {
  readonly source: PolicySource;
  readonly plans: readonly Plan[];
  readonly isGenericOpen: boolean;
}

/** What administrators, vendors and presets might write that names a host of Copilot, or all of them. */
const PATTERNS: readonly string[] = [
  '*.githubcopilot.com',
  'githubcopilot.com',
  'api.githubcopilot.com',
  'API.GitHubCopilot.com.',
  'https://api.individual.githubcopilot.com',
  'http://api.individual.githubcopilot.com',
  'api.individual.githubcopilot.com:8443',
  '*.individual.githubcopilot.com',
  '*.business.githubcopilot.com',
  '*.enterprise.githubcopilot.com',
  'individual.githubcopilot.com',
  'a*.githubcopilot.com',
  'api.*l.githubcopilot.com',
  '*.*dual.githubcopilot.com',
  'api.individual.githubcopilot.com/chat/*',
  '*.githubcopilot.com/responses',
  '*.githubcopilot.com:443/v1*',
  '*.example.org',
];
const PRESETS = [
  'github',
  'copilot',
  'copilot-telemetry',
  'enterprise:octo',
  'sign-in',
  'vscode',
  'ghe:octo',
];
const WHO: readonly Partial<RuleSource>[] = [
  {},
  { users: ['alice'] },
  { groups: ['oss'] },
  { from: ['10.0.0.0/8'] },
  { unless: { users: ['bob'] } },
];

const pattern = fc.constantFrom(...PATTERNS);
const to = fc.array(pattern, { minLength: 1, maxLength: 3 });
const who = fc.constantFrom(...WHO);
/** The entries that a policy allows. */
const ownAllow: fc.Arbitrary<readonly (string | RuleSource)[]> = fc.array(
  fc.oneof(
    pattern,
    fc.record({ to, who }).map((rule) => ({ to: rule.to, ...rule.who })),
    fc.record({ preset: fc.constantFrom(...PRESETS), who }).map((rule) => ({
      preset: rule.preset,
      ...rule.who,
    })),
  ),
  { minLength: 1, maxLength: 6 },
);
const exempt = fc.array(
  fc.record({ to, who }).map((rule) => ({ to: rule.to, ...rule.who })),
  { maxLength: 3 },
);
const hostsAlone = fc.subarray(['*.githubcopilot.com', 'api.githubcopilot.com', '*.example.org']);
const mode = fc.constantFrom('enforce' as const, 'report' as const);

/** Policies with `plans`, in force; parts of them may report only. `more` is what is allowed besides. */
export function routedPolicies(
  more: fc.Arbitrary<readonly (string | RuleSource)[]> = fc.constant([]),
): fc.Arbitrary<RoutedPolicy> {
  return fc
    .record({
      plans: fc.subarray([...PLANS], { minLength: 1 }),
      generic: fc.constantFrom('block' as const, 'allow' as const, undefined),
      restrict: fc.option(fc.record({ also: hostsAlone, mode }), { nil: undefined }),
      allow: fc.tuple(ownAllow, more).map((parts) => parts.flat()),
      exempt,
      inspect: hostsAlone,
      otherwise: fc.record({ do: fc.constantFrom('block' as const, 'splice' as const), mode }),
    })
    .map(({ plans, generic, restrict, ...rest }) => ({
      plans,
      isGenericOpen: generic === 'allow',
      source: {
        ...{ version: 1 as const, groups: { oss: ['carol'] }, ...rest },
        copilot: { plans, ...(generic === undefined ? {} : { generic }) },
        ...(restrict === undefined ? {} : { restrict: { enterprises: ['12345'], ...restrict } }),
      },
    }));
}

const label = fc.oneof(
  fc.constantFrom('api', 'proxy', 'telemetry', 'origin-tracker', 'business', 'individual', 'x'),
  fc.stringMatching(/^[a-z0-9]{1,8}$/),
);

/** Names under githubcopilot.com, each with the plan whose zone it lies in. */
export const copilotHosts: fc.Arbitrary<{ readonly name: string; readonly plan: Plan | 'generic' }> = fc
  .record({ labels: fc.array(label, { maxLength: 3 }), zone: fc.constantFrom(...PLANS, null) })
  .map(({ labels, zone }) => {
    const all = [...labels, ...(zone === null ? [] : [zone])];
    return { name: [...all, 'githubcopilot.com'].join('.'), plan: planNamed(all.at(-1)) };
  });

/** A plan's zone is the label right before githubcopilot.com. */
function planNamed(last: string | undefined): Plan | 'generic' {
  return PLANS.find((plan) => plan === last) ?? 'generic';
}

export function isShut({ plans, isGenericOpen }: RoutedPolicy, plan: Plan | 'generic'): boolean {
  return plan === 'generic' ? !isGenericOpen : !plans.includes(plan);
}
