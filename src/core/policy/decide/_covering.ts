// Which rules cover a client. Must not know what is decided from it.

import { valuesAt } from '../compile/network-table.ts';
import type { CompiledRule, Policy, PortRule, Spot } from '../compile/policy.ts';
import { isWho, type Principal, resolvePrincipal } from '../compile/principal.ts';
import type { ClientFacts } from '../facts.ts';

/**
 * The principal of a client. One with groups of an identity source, maybe hundreds, is remembered while the facts object
 * lives; any other is resolved again faster than a collector could keep track of it.
 */
export function principalOf(policy: Policy, client: ClientFacts): Principal {
  const { principals, groupsOf } = policy.rules;
  if (client.groups.length === 0) return resolvePrincipal(client, groupsOf);
  const known = principals.get(client);
  if (known !== undefined) return known;
  const fresh = resolvePrincipal(client, groupsOf);
  principals.set(client, fresh);
  return fresh;
}

/** True when all that the rule says of identity holds, and its `unless` does not. */
export function covers(rule: CompiledRule, principal: Principal): boolean {
  if (rule.who !== null && !isWho(rule.who, principal)) return false;
  return rule.unless === null || !isWho(rule.unless, principal);
}

/** True when the rule is about the port, and about what is spoken there. */
export function isAt({ port, clearText }: PortRule, spot: Spot): boolean {
  return (port === null || port === spot.port) && (clearText || spot.scheme === 'https');
}

/** The first, in the document's order, of the rules at the spot that cover the principal; `best` is one found before. */
export function firstCovering(
  rules: readonly PortRule[],
  at: { readonly spot: Spot; readonly principal: Principal },
  best: CompiledRule | null,
): CompiledRule | null {
  let first = best;
  for (const portRule of rules) {
    const { rule } = portRule;
    if (!isAt(portRule, at.spot)) continue;
    if (first !== null && first.order <= rule.order) continue;
    if (covers(rule, at.principal)) first = rule;
  }
  return first;
}

/** The first exemption without `to`, in the document's order, that lifts the vendor's headers for the principal at that time. */
export function firstExemption(
  policy: Policy,
  principal: Principal,
  when: { readonly nowMs: number; readonly vendor: string },
): CompiledRule | null {
  const { byUser, byGroup, byNetwork, rest } = policy.rules.exemptions;
  const at = { ...when, principal };
  let first = firstInForce(rest, at, null);
  if (principal.user !== null) first = firstInForce(byUser.get(principal.user), at, first);
  if (principal.groups !== null && byGroup.size > 0)
    for (const group of principal.groups) first = firstInForce(byGroup.get(group), at, first);
  if (principal.address !== null) first = firstInForce(valuesAt(byNetwork, principal.address), at, first);
  return first;
}

/** True for an exemption that lifts the vendor's headers, and has not ended. */
export function isLifting(
  rule: CompiledRule,
  { nowMs, vendor }: { readonly nowMs: number; readonly vendor: string },
): boolean {
  return (rule.endMs === null || nowMs < rule.endMs) && rule.lifts.includes(vendor);
}

function firstInForce(
  rules: readonly CompiledRule[] | undefined,
  at: { readonly principal: Principal; readonly nowMs: number; readonly vendor: string },
  best: CompiledRule | null,
): CompiledRule | null {
  let first = best;
  for (const rule of rules ?? NO_RULES) {
    if (first !== null && first.order <= rule.order) continue;
    if (isLifting(rule, at) && covers(rule, at.principal)) first = rule;
  }
  return first;
}

const NO_RULES: readonly CompiledRule[] = [];
