// Whatever a policy that routes by plan allows besides, no host of another plan ever gets anything but a block,
// and the gate can always say so inside the tunnel.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { parseDestination } from '../../src/core/base/destination.ts';
import { faultText } from '../../src/core/base/document.ts';
import { isAtOrUnder } from '../../src/core/base/hostname.ts';
import { parseIpAddress } from '../../src/core/base/ip-address.ts';
import { ok } from '../../src/core/base/result.ts';
import { planAcceptance } from '../../src/core/policy/compare/accept-plan.ts';
import { ACCEPTED_RULE, diffAllowlist } from '../../src/core/policy/compare/allowlist-diff.ts';
import { withAcceptance } from '../../src/core/policy/compare/include-edit.ts';
import { publishedPatterns } from '../../src/core/policy/compare/published-patterns.ts';
import { compilePolicy } from '../../src/core/policy/compile/compile.ts';
import { interceptableNames } from '../../src/core/policy/compile/interceptable-names.ts';
import type { Policy } from '../../src/core/policy/compile/policy.ts';
import { decideConnection } from '../../src/core/policy/decide/decide-connection.ts';
import { decideRequest } from '../../src/core/policy/decide/decide-request.ts';
import type { ConnectionFacts } from '../../src/core/policy/facts.ts';
import { parsePolicy } from '../../src/core/policy/language/parse.ts';
import type { PolicySource } from '../../src/core/policy/language/policy-schema.ts';
import { parsePublishedDomains } from '../../src/core/vendors/github/published-domains.ts';
import { copilotHosts, isShut, type RoutedPolicy, routedPolicies } from './routed-policies.ts';

/** `approved` is the text of the only file that the policy may include. */
function compiled(source: PolicySource, approved = ''): Policy {
  const readInclude = () => ok({ file: APPROVED, id: APPROVED, text: approved });
  const text = stringify(source);
  const parsed = parsePolicy({ text, file: 'generated.yaml' }, { timeZone: 'UTC', readInclude });
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.map(faultText).join('\n'));
  return compilePolicy(parsed.value, { revision: 'generated' });
}

const APPROVED = 'approved.yaml';

/** The policy with all that `allowlist accept` takes of a list, wished for as a whole or name by name. */
function withAccepted(source: PolicySource, names: readonly string[], wish: 'all' | 'each'): Policy {
  const read = parsePublishedDomains(JSON.stringify({ domains: { copilot: names } }));
  assert.ok(read.ok);
  const list = publishedPatterns(read.value);
  const wished = wish === 'all' ? wish : list.patterns.map(({ text }) => text);
  const { accepted } = planAcceptance(diffAllowlist(compiled(source), list, null), wished);
  if (accepted.length === 0) return compiled(source);
  const entries = accepted.map(({ pattern }) => ({ pattern, note: 'copilot' }));
  const approved = withAcceptance(null, { name: ACCEPTED_RULE, why: 'published', entries }) ?? '';
  return compiled({ ...source, include: APPROVED }, approved);
}

/** What GitHub might publish one day. */
const published = fc.array(
  fc.oneof(
    copilotHosts.map(({ name }) => name),
    copilotHosts.map(({ name }) => `*.${name}`),
    fc.constantFrom(
      '*.githubcopilot.com',
      'a*.githubcopilot.com',
      'api.*l.githubcopilot.com',
      '*.new.example',
    ),
  ),
  { minLength: 1, maxLength: 6 },
);

const client = fc.record({
  user: fc.constantFrom('alice', 'bob', 'carol', null),
  groups: fc.subarray(['oss']),
  from: fc.constantFrom('10.1.2.3', '2001:db8::1', null).map((text) => {
    const address = text === null ? null : parseIpAddress(text);
    return address?.ok === true ? address.value : null;
  }),
  device: fc.constant(null),
  listener: fc.constant('office'),
});
/** How a client may ask for a host: spelling, port, scheme, and what of it. */
const asking = fc.record({
  client,
  spelling: fc.constantFrom(
    (name: string) => name,
    (name: string) => name.toUpperCase(),
    (name: string) => `${name}.`,
  ),
  port: fc.constantFrom(443, 80, 8443),
  scheme: fc.constantFrom('https' as const, 'http' as const),
  target: fc.constantFrom(
    '/',
    '/chat/completions',
    '/responses',
    '/v1/engines/x',
    '/chat/../x',
    '/%63hat/x',
    '*',
  ),
  method: fc.constantFrom('GET', 'POST', 'OPTIONS'),
  websocket: fc.boolean(),
});
type Asking = typeof asking extends fc.Arbitrary<infer T> ? T : never;

function connectionOf(ask: Asking, name: string): ConnectionFacts {
  const { client: who, spelling, port, scheme } = ask;
  const destination = parseDestination(`${spelling(name)}:${port}`);
  return { client: who, destination, scheme, isGate: false, nowMs: 0 };
}

function assertShut(policy: Policy, ask: Asking, name: string): void {
  const connection = connectionOf(ask, name);
  const first = decideConnection(policy, connection);
  assert.equal(first.kind, 'block', name);
  // Clear text to 443 is refused whatever it asks for.
  const isClear443 = ask.scheme === 'http' && ask.port === 443;
  assert.equal(first.reason.code, isClear443 ? 'bad-destination' : 'copilot-plan', name);
  const { method, target, websocket } = ask;
  for (const authority of [name, `${name}:${ask.port}`, 'api.business.githubcopilot.com', null]) {
    const decision = decideRequest(policy, { connection, authority, method, target, websocket });
    assert.equal(decision.kind, 'block', name);
  }
  if (first.kind !== 'block' || ask.scheme === 'http') return;
  assert.equal(first.refuse, 'in-tunnel');
  assertCovered(policy, name);
}

function assertCovered(policy: Policy, name: string): void {
  const names = interceptableNames(policy);
  assert.ok(
    names.some((parent) => isAtOrUnder(name, parent)),
    `${name} is not in ${names}`,
  );
}

describe('whatever else the policy says', () => {
  test('no host of a plan outside `plans`, and no host of none that is blocked, gets anything but a block', () => {
    fc.assert(
      fc.property(routedPolicies(), copilotHosts, asking, (routed, host, ask) => {
        fc.pre(isShut(routed, host.plan));
        assertShut(compiled(routed.source), ask, host.name);
      }),
      { numRuns: 600 },
    );
  });

  test('and no list that GitHub publishes opens one, accepted whole or name by name', () => {
    const wish = fc.constantFrom('all' as const, 'each' as const);
    fc.assert(
      fc.property(
        routedPolicies(),
        published,
        wish,
        copilotHosts,
        asking,
        (routed, names, how, host, ask) => {
          fc.pre(isShut(routed, host.plan));
          assertShut(withAccepted(routed.source, names, how), ask, host.name);
        },
      ),
      { numRuns: 120 },
    );
  });

  test('`*.githubcopilot.com` opens the hosts of `plans` and no other', () => {
    fc.assert(
      fc.property(
        routedPolicies(fc.constant(['*.githubcopilot.com'])),
        copilotHosts,
        asking,
        (routed, host, ask) => {
          const plain = { ...ask, port: 443 as const, scheme: 'https' as const };
          const policy = compiled(routed.source);
          if (isShut(routed, host.plan)) return assertShut(policy, plain, host.name);
          if (host.name === 'githubcopilot.com') return;
          assert.notEqual(decideConnection(policy, connectionOf(plain, host.name)).kind, 'block', host.name);
        },
      ),
      { numRuns: 400 },
    );
  });

  test('what is looked into or refused inside the tunnel is a name that the CA may sign for', () => {
    const anyName = fc.oneof(
      copilotHosts.map(({ name }) => name),
      fc.constantFrom(
        'github.com',
        'api.github.com',
        'x.example.org',
        'vscode.dev',
        'octo.ghe.com',
        'auth.ghe.com',
      ),
    );
    fc.assert(
      fc.property(routedPolicies(), anyName, asking, (routed: RoutedPolicy, name, ask) => {
        const policy = compiled(routed.source);
        const secure = { ...ask, scheme: 'https' as const };
        const decision = decideConnection(policy, connectionOf(secure, name));
        if (decision.kind === 'intercept') assertCovered(policy, name);
        if (decision.kind === 'block' && decision.refuse === 'in-tunnel') assertCovered(policy, name);
      }),
      { numRuns: 500 },
    );
  });
});
