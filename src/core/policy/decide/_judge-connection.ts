// Steps 1 to 5 of the decision, shared by both stages: what is known before any path is.
// Must not know requests.
import type { Destination } from '../../base/destination.ts';
import { copilotPlanOf } from '../../vendors/github/endpoints.ts';
import type { CompiledRule, Policy } from '../compile/policy.ts';
import type { Principal } from '../compile/principal.ts';
import type { Reason } from '../decision.ts';
import type { ConnectionFacts } from '../facts.ts';
import { firstCovering, principalOf } from './_covering.ts';
import { type HostView, viewHost } from './_host-view.ts';

/** A connection that is refused, or one that may go on, with all that the request stage needs of it. */
export type Judgement =
  | {
      readonly kind: 'block';
      readonly reason: Reason;
      readonly say: string | null;
      readonly refuse: 'in-tunnel' | 'at-connect';
    }
  | {
      readonly kind: 'pass';
      readonly verdict: 'splice' | 'intercept';
      readonly reason: Reason;
      /** The reason of a block that only report mode held back. */
      readonly would: Reason | null;
      readonly view: HostView;
      readonly principal: Principal;
    };

/** Judges a connection. Total: whatever cannot be read is a block. */
export function judgeConnection(policy: Policy, facts: ConnectionFacts): Judgement {
  const { destination } = facts;
  if (destination.kind === 'malformed' || facts.isGate) return badDestination();
  if (facts.scheme === 'http' && destination.port === 443) return badDestination();
  const view = viewHost(policy, destination, facts.scheme);
  const principal = principalOf(policy, facts.client);

  const blocks = coveringBlocks(view, principal);
  if (blocks.enforced !== null) return blockedByRule(blocks.enforced, facts, view);
  // A block that names an address for others must not make it a destination for the rest.
  if (destination.kind === 'address' && !view.opened) return badDestination();
  let would = blocks.reported === null ? null : reasonOf('rule', blocks.reported.name);

  if (isPlanBlocked(policy, destination)) {
    const reason = reasonOf('copilot-plan', 'copilot');
    if (!policy.rules.reportAll)
      return { kind: 'block', reason, say: null, refuse: refuseHow(facts, { ...view, named: true }) };
    would ??= reason;
  }

  const allowed = coveringAllow(view, principal);
  const { otherwise } = policy.rules;
  const goesOn = otherwise.splice && (facts.scheme === 'https' || view.spot.port === 80);
  if (allowed === null && !view.named && goesOn) {
    const reason = would === null ? reasonOf('not-named', 'otherwise') : reasonOf('report', would.rule);
    return { kind: 'pass', verdict: 'splice', reason, would, view, principal };
  }
  if (allowed === null && (view.allowNamed || !goesOn)) {
    const reason = reasonOf('not-allowed', 'otherwise');
    if (!otherwise.reportOnly) return { kind: 'block', reason, say: null, refuse: refuseHow(facts, view) };
    would ??= reason;
  }

  const isStamped = view.stamps.length > 0;
  const seen =
    isStamped || view.pathNamed || view.inspected || view.guard !== null || facts.scheme === 'http';
  const named = reasonOf('named', allowed?.name ?? view.guard ?? view.stamps[0]?.rule ?? null);
  const reason = would === null ? named : reasonOf('report', would.rule);
  return { kind: 'pass', verdict: seen ? 'intercept' : 'splice', reason, would, view, principal };
}

function reasonOf(code: Reason['code'], rule: string | null): Reason {
  return { code, rule, exemption: null };
}

function badDestination(): Judgement {
  return { kind: 'block', reason: reasonOf('bad-destination', null), say: null, refuse: 'at-connect' };
}

function blockedByRule(rule: CompiledRule, facts: ConnectionFacts, view: HostView): Judgement {
  const refuse = rule.speaksNoTls ? 'at-connect' : refuseHow(facts, view);
  return { kind: 'block', reason: reasonOf('rule', rule.name), say: rule.say, refuse };
}

/** Clients show no body of a refused CONNECT, so a named destination is refused inside the tunnel, where a leaf can be shown. */
function refuseHow(facts: ConnectionFacts, view: HostView): 'in-tunnel' | 'at-connect' {
  const speaksTls =
    facts.scheme === 'https' && view.spot.port !== SSH_PORT && facts.destination.kind === 'name';
  return view.named && speaksTls ? 'in-tunnel' : 'at-connect';
}

const SSH_PORT = 22;

function coveringBlocks(
  view: HostView,
  principal: Principal,
): { readonly enforced: CompiledRule | null; readonly reported: CompiledRule | null } {
  let enforced: CompiledRule | null = null;
  let reported: CompiledRule | null = null;
  for (const { block } of view.buckets) {
    const at = { spot: view.spot, principal };
    enforced = firstCovering(block.whole, at, enforced);
    reported = firstCovering(block.wholeReported, at, reported);
  }
  return { enforced, reported };
}

/** True for a Copilot host that the `copilot` section does not let in. */
export function isPlanBlocked(policy: Policy, destination: Destination): boolean {
  const { copilot } = policy.rules;
  if (copilot === null || destination.kind !== 'name') return false;
  const plan = copilotPlanOf(destination.host);
  if (plan === null) return false;
  if (plan === 'generic') return copilot.genericBlocked;
  return copilot.plans !== null && !copilot.plans.has(plan);
}

/** The allow rule that covers the client here, for the whole host or for some path. */
function coveringAllow(view: HostView, principal: Principal): CompiledRule | null {
  let first: CompiledRule | null = null;
  for (const { allow } of view.buckets) {
    for (const spot of view.allowSpots) {
      first = firstCovering(allow.whole, { spot, principal }, first);
      first = firstCovering(allow.pathRules, { spot, principal }, first);
    }
  }
  return first;
}
