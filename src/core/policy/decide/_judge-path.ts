// Steps 7 to 10 of the decision for one reading of a path. Must not know that a path can have several.

import { withoutCase } from '../../base/request-path.ts';
import { valuesOnPath } from '../compile/path-index.ts';
import type { CompiledRule, Policy, PortRule, Spot } from '../compile/policy.ts';
import type { Principal } from '../compile/principal.ts';
import type { Reason } from '../decision.ts';
import { covers, firstExemption, isAt, isInForce } from './_covering.ts';
import type { Judgement } from './_judge-connection.ts';

export type Pass = Extract<Judgement, { kind: 'pass' }>;

/** What one reading leads to. `act`: `stamp` sets the header, `plain` removes it. */
export interface PathOutcome {
  readonly act: 'block' | 'stamp' | 'plain';
  /** What would be done if nothing were in report mode. */
  readonly enforced: 'block' | 'stamp' | 'plain';
  readonly reason: Reason;
  readonly say: string | null;
  readonly would: Reason | null;
  /** True when only report mode of the restriction holds the stamp back. */
  readonly wouldStamp: boolean;
}

/** Judges one reading of the path of a request whose connection may pass. */
export function judgePath(
  policy: Policy,
  pass: Pass,
  at: { readonly path: string; readonly nowMs: number },
): PathOutcome {
  let would = pass.would;
  const blocks = coveringPathBlocks(pass, at.path);
  if (blocks.enforced !== null) return blocked(reasonOf('rule', blocks.enforced.name), blocks.enforced.say);
  if (blocks.reported !== null) would ??= reasonOf('rule', blocks.reported.name);

  const allow = allowAt(pass, at.path);
  if (allow === null && pass.view.allowNamed) {
    const reason = reasonOf('path-not-allowed', firstAllowName(pass));
    if (!policy.rules.otherwise.reportOnly) return blocked(reason, null);
    would ??= reason;
  }

  const { restrict } = policy.rules;
  if (!pass.view.stamped || restrict === null) {
    return passed('plain', 'plain', { reason: reasonOf('unrestricted', allow?.name ?? null), would });
  }
  const exemption = exemptionAt(policy, pass, at);
  if (exemption !== null) {
    const reason: Reason = { code: 'exempt', rule: 'restrict', exemption: exemption.name };
    return passed('plain', 'plain', { reason, would });
  }
  if (restrict.reportOnly) {
    const outcome = passed('plain', 'stamp', { reason: reasonOf('would-restrict', 'restrict'), would });
    return { ...outcome, wouldStamp: true };
  }
  return passed('stamp', 'stamp', { reason: reasonOf('restricted', 'restrict'), would });
}

function reasonOf(code: Reason['code'], rule: string | null): Reason {
  return { code, rule, exemption: null };
}

function blocked(reason: Reason, say: string | null): PathOutcome {
  return { act: 'block', enforced: 'block', reason, say, would: null, wouldStamp: false };
}

/** A pass that only report mode allowed says so; its exemption stays in the reason. */
function passed(
  act: 'stamp' | 'plain',
  enforced: 'stamp' | 'plain',
  why: { readonly reason: Reason; readonly would: Reason | null },
): PathOutcome {
  const { reason, would } = why;
  if (would === null) return { act, enforced, reason, say: null, would, wouldStamp: false };
  return {
    act,
    enforced: 'block',
    reason: { ...reason, code: 'report', rule: would.rule },
    say: null,
    would,
    wouldStamp: false,
  };
}

function coveringPathBlocks(
  pass: Pass,
  path: string,
): { readonly enforced: CompiledRule | null; readonly reported: CompiledRule | null } {
  let enforced: CompiledRule | null = null;
  let reported: CompiledRule | null = null;
  let folded: string | null = null;
  for (const { block } of pass.view.buckets) {
    if (block.paths === null) continue;
    folded ??= withoutCase(path);
    const rules = valuesOnPath(block.paths, folded);
    for (const rule of rulesAt(rules, pass.principal, [pass.view.spot])) {
      if (rule.reportOnly) reported = earlier(reported, rule);
      else enforced = earlier(enforced, rule);
    }
  }
  return { enforced, reported };
}

/** The allow rule that covers client and path. */
function allowAt(pass: Pass, path: string): CompiledRule | null {
  let first: CompiledRule | null = null;
  for (const { allow } of pass.view.buckets) {
    const rules = allow.paths === null ? allow.whole : [...allow.whole, ...valuesOnPath(allow.paths, path)];
    for (const rule of rulesAt(rules, pass.principal, pass.view.allowSpots)) first = earlier(first, rule);
  }
  return first;
}

/** The exemption that covers client and path at that time. */
function exemptionAt(
  policy: Policy,
  pass: Pass,
  at: { readonly path: string; readonly nowMs: number },
): CompiledRule | null {
  let first = firstExemption(policy, pass.principal, at.nowMs);
  for (const { exempt } of pass.view.buckets) {
    const { whole, paths } = exempt;
    const rules = paths === null ? whole : [...whole, ...valuesOnPath(paths, at.path)];
    for (const rule of rulesAt(rules, pass.principal, [pass.view.spot]))
      if (isInForce(rule, at.nowMs)) first = earlier(first, rule);
  }
  return first;
}

function earlier(first: CompiledRule | null, rule: CompiledRule): CompiledRule {
  return first === null || rule.order < first.order ? rule : first;
}

/** The rules that cover the client at one of the spots; a rule may come twice. */
function* rulesAt(
  rules: readonly PortRule[],
  principal: Principal,
  spots: readonly Spot[],
): Generator<CompiledRule> {
  for (const portRule of rules)
    for (const spot of spots)
      if (isAt(portRule, spot) && covers(portRule.rule, principal)) yield portRule.rule;
}

/** The name for a refused path: the first allow rule that names the host. */
function firstAllowName(pass: Pass): string | null {
  let first: CompiledRule | null = null;
  for (const { allow } of pass.view.buckets)
    for (const portRule of allow.pathRules)
      if (pass.view.allowSpots.some((spot) => isAt(portRule, spot))) first = earlier(first, portRule.rule);
  return first?.name ?? null;
}
