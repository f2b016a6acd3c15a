// What holds for every policy and all traffic, over generated ones.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { authorityHost, parseDestination } from '../../src/core/base/destination.ts';
import { decideConnection } from '../../src/core/policy/decide/decide-connection.ts';
import { decideRequest } from '../../src/core/policy/decide/decide-request.ts';
import { REASON_CODES } from '../../src/core/policy/decision.ts';
import type { ConnectionFacts, RequestFacts } from '../../src/core/policy/facts.ts';
import { copilotPlanOf } from '../../src/core/vendors/github/endpoints.ts';
import {
  blockRule,
  client,
  compiled,
  exemption,
  HOSTS,
  PATHS,
  plans,
  policySource,
} from './generated-policies.ts';

const connection: fc.Arbitrary<ConnectionFacts> = fc.record({
  client,
  destination: fc
    .tuple(
      fc.oneof(fc.constantFrom(...HOSTS), fc.string()),
      fc.constantFrom(':443', ':80', ':22', ':8443', ''),
    )
    .map((parts) => parseDestination(parts.join(''))),
  scheme: fc.constantFrom('https', 'http'),
  isGate: fc.constantFrom(false, false, false, true),
  nowMs: fc.constant(0),
});
const request: fc.Arbitrary<RequestFacts> = connection.chain((facts) =>
  fc.record({
    connection: fc.constant(facts),
    authority: fc.oneof(
      fc.constant(facts.destination.kind === 'malformed' ? null : facts.destination.host),
      fc.option(fc.string()),
    ),
    method: fc.constantFrom('GET', 'OPTIONS', 'POST'),
    target: fc.oneof(fc.constantFrom(...PATHS), fc.string({ unit: 'binary' })),
    websocket: fc.boolean(),
  }),
);

describe('for every policy and all traffic', () => {
  test('decide() never throws, and answers with a known code and one edit', () => {
    fc.assert(
      fc.property(policySource, request, (source, facts) => {
        const policy = compiled(source);
        const first = decideConnection(policy, facts.connection);
        assert.ok(REASON_CODES.includes(first.reason.code));
        const decision = decideRequest(policy, facts);
        assert.ok(REASON_CODES.includes(decision.reason.code));
        if (decision.kind !== 'forward') return;
        const ops = decision.edits.map(({ op }) => op);
        assert.deepEqual(ops, [decision.restricted ? 'overwrite' : 'remove']);
        assert.notEqual(first.kind, 'block');
      }),
      { numRuns: 400 },
    );
  });

  test('decide() gives the same answer twice', () => {
    fc.assert(
      fc.property(policySource, request, (source, facts) => {
        const policy = compiled(source);
        assert.deepEqual(decideRequest(policy, facts), decideRequest(policy, structuredClone(facts)));
      }),
      { numRuns: 100 },
    );
  });

  test('R-05 nothing passes a policy without an allow under otherwise: block', () => {
    fc.assert(
      fc.property(policySource, request, (source, facts) => {
        const policy = compiled({ ...source, mode: 'enforce', allow: [], otherwise: 'block' });
        assert.equal(decideConnection(policy, facts.connection).kind, 'block');
        assert.equal(decideRequest(policy, facts).kind, 'block');
      }),
      { numRuns: 200 },
    );
  });

  test('another block never turns a block into a pass', () => {
    fc.assert(
      fc.property(policySource, blockRule, request, (source, added, facts) => {
        // Every other run blocks a path of the very destination, which is when a block changes most.
        const { destination } = facts.connection;
        const isNear = destination.kind !== 'malformed' && destination.host.includes('.') && facts.websocket;
        const rule = isNear ? { to: [`${authorityHost(destination)}/login/*`] } : added;
        const before = compiled(source);
        const after = compiled({ ...source, block: [...(source.block ?? []), { ...rule, mode: 'enforce' }] });
        const wasBlocked = decideConnection(before, facts.connection).kind === 'block';
        if (wasBlocked) assert.equal(decideConnection(after, facts.connection).kind, 'block');
        if (decideRequest(before, facts).kind === 'block')
          assert.equal(decideRequest(after, facts).kind, 'block');
      }),
      { numRuns: 300 },
    );
  });

  test('another exemption never lets anything pass, and never sets a stamp', () => {
    fc.assert(
      fc.property(policySource, exemption, request, (source, extra, facts) => {
        const [before, after] = [source, { ...source, exempt: [...(source.exempt ?? []), extra] }].map(
          compiled,
        );
        assert.ok(before !== undefined && after !== undefined);
        const [was, is] = [decideRequest(before, facts), decideRequest(after, facts)];
        if (was.kind === 'block') assert.equal(is.kind, 'block');
        if (was.kind === 'forward' && is.kind === 'forward') assert.ok(was.restricted || !is.restricted);
      }),
      { numRuns: 200 },
    );
  });

  test('no Copilot host passes that the plans do not let in', () => {
    const copilotHost = fc.constantFrom(...HOSTS.filter((name) => copilotPlanOf(name) !== null));
    fc.assert(
      fc.property(policySource, plans, copilotHost, client, (source, allowed, name, from) => {
        const policy = compiled({ ...source, mode: 'enforce', copilot: { plans: allowed } });
        const facts: ConnectionFacts = {
          client: from,
          destination: parseDestination(name, 443),
          scheme: 'https',
          isGate: false,
          nowMs: 0,
        };
        const plan = copilotPlanOf(name);
        const isIn = plan !== null && plan !== 'generic' && allowed.includes(plan);
        if (!isIn) assert.equal(decideConnection(policy, facts).kind, 'block', name);
      }),
      { numRuns: 300 },
    );
  });

  test('a spliced connection is one that no stamp could concern', () => {
    fc.assert(
      fc.property(policySource, connection, (source, facts) => {
        if (decideConnection(compiled(source), facts).kind !== 'splice' || facts.destination.kind !== 'name')
          return;
        const name = facts.destination.host;
        const isGuarded = /(^|\.)(github|githubcopilot)\.com$/.test(name);
        assert.ok(source.restrict === undefined || !isGuarded, name);
      }),
      { numRuns: 300 },
    );
  });
});
