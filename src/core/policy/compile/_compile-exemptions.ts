// Exemptions, filed by who they are for. Must not know where they hold.

import type { Exemption } from '../language/policy-document.ts';
import { compileExemption } from './_compile-rule.ts';
import { networkTable } from './network-table.ts';
import type { CompiledRule, ExemptionIndex } from './policy.ts';

/** Files the exemptions without `to`; those with one are found by their hosts. */
export function compileExemptions(exempt: readonly Exemption[]): ExemptionIndex {
  const byUser = new Map<string, CompiledRule[]>();
  const byGroup = new Map<string, CompiledRule[]>();
  const rest: CompiledRule[] = [];
  const networks = exempt.flatMap((exemption, order) => {
    if (exemption.to.length > 0) return [];
    const rule = compileExemption(exemption, order);
    const { users = null, groups = null, from = null } = exemption.who ?? {};
    if (users !== null) file(byUser, users, rule);
    else if (groups !== null) file(byGroup, groups, rule);
    else if (from !== null) return from.map((cidr) => [cidr, rule] as const);
    else rest.push(rule);
    return [];
  });
  return { byUser, byGroup, byNetwork: networkTable(networks), rest };
}

function file(map: Map<string, CompiledRule[]>, keys: readonly string[], rule: CompiledRule): void {
  for (const key of new Set(keys)) {
    const rules = map.get(key);
    if (rules === undefined) map.set(key, [rule]);
    else rules.push(rule);
  }
}
