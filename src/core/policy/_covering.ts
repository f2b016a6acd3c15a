// Which rules cover a client. Must not know what is decided from it.
import type { ClientFacts } from './facts.ts';
import { valuesAt } from './network-table.ts';
import type { CompiledRule, KnownPrincipal, Policy, PortRule } from './policy.ts';
import { isWho, type Principal, resolvePrincipal } from './principal.ts';

/** The principal of a client and its exemptions; remembered while the facts object lives. */
export function principalOf(policy: Policy, client: ClientFacts): KnownPrincipal {
  const { principals, groupsOf } = policy.rules;
  const known = principals.get(client);
  if (known !== undefined) return known;
  const principal = resolvePrincipal(client, groupsOf);
  const fresh = { principal, exemptions: exemptionsOf(policy, principal) };
  principals.set(client, fresh);
  return fresh;
}

/** True when all that the rule says of identity holds, and its `unless` does not. */
export function covers(rule: CompiledRule, principal: Principal): boolean {
  if (rule.who !== null && !isWho(rule.who, principal)) return false;
  return rule.unless === null || !isWho(rule.unless, principal);
}

/** The first, in the document's order, of the rules at the port that cover the principal; `best` is one found before. */
export function firstCovering(
  rules: readonly PortRule[],
  at: { readonly port: number; readonly principal: Principal },
  best: CompiledRule | null,
): CompiledRule | null {
  let first = best;
  for (const { port, rule } of rules) {
    if (port !== null && port !== at.port) continue;
    if (first !== null && first.order <= rule.order) continue;
    if (covers(rule, at.principal)) first = rule;
  }
  return first;
}

function exemptionsOf(policy: Policy, principal: Principal): readonly CompiledRule[] {
  const { byUser, byGroup, byNetwork, rest } = policy.rules.exemptions;
  const candidates = new Set(rest);
  for (const rule of principal.user === null ? [] : (byUser.get(principal.user) ?? [])) candidates.add(rule);
  for (const group of principal.groups) for (const rule of byGroup.get(group) ?? []) candidates.add(rule);
  for (const rule of principal.address === null ? [] : valuesAt(byNetwork, principal.address))
    candidates.add(rule);
  return [...candidates].filter((rule) => covers(rule, principal)).sort((a, b) => a.order - b.order);
}
