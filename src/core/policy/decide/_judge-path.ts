// Steps 7 to 10 of the decision for one reading of a path. Must not know that a path can have several.

import { withoutCase } from '../../base/request-path.ts';
import { valuesOnPath } from '../compile/path-index.ts';
import type { CompiledRule, Policy, PortRule, Spot } from '../compile/policy.ts';
import type { Principal } from '../compile/principal.ts';
import type { CompiledStamp } from '../compile/stamping.ts';
import type { Reason } from '../decision.ts';
import { covers, firstExemption, isAt, isLifting } from './_covering.ts';
import type { Judgement } from './_judge-connection.ts';

export type Pass = Extract<Judgement, { kind: 'pass' }>;

/** What one reading leads to. */
export interface PathOutcome {
  readonly act: 'block' | 'pass';
  /** What would be done if nothing were in report mode. */
  readonly enforced: 'block' | 'pass';
  readonly reason: Reason;
  readonly say: string | null;
  readonly would: Reason | null;
  /** What is set on the request; every other header of the policy is removed. */
  readonly stamps: readonly CompiledStamp[];
  /** What only report mode holds back. */
  readonly held: readonly CompiledStamp[];
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

  const stamped = stampsAt(policy, pass, at) ?? {
    ...{ stamps: NOTHING, held: NOTHING },
    reason: reasonOf('unrestricted', allow?.name ?? null),
  };
  return passed(stamped, would);
}

function reasonOf(code: Reason['code'], rule: string | null): Reason {
  return { code, rule, exemption: null };
}

const NOTHING: readonly CompiledStamp[] = [];

function blocked(reason: Reason, say: string | null): PathOutcome {
  return { act: 'block', enforced: 'block', reason, say, would: null, stamps: NOTHING, held: NOTHING };
}

type Stamped = Pick<PathOutcome, 'stamps' | 'held' | 'reason'>;

/** A pass that only report mode allowed says so; its exemption stays in the reason. */
function passed({ stamps, held, reason }: Stamped, would: Reason | null): PathOutcome {
  if (would === null) return { act: 'pass', enforced: 'pass', reason, say: null, would, stamps, held };
  const reported: Reason = { ...reason, code: 'report', rule: would.rule };
  return { act: 'pass', enforced: 'block', reason: reported, say: null, would, stamps, held };
}

/** What is set on a path of the host, what is held back, and what an exemption lifts; null where nothing could be. */
function stampsAt(
  policy: Policy,
  pass: Pass,
  at: { readonly path: string; readonly nowMs: number },
): Stamped | null {
  const [first] = pass.view.stamps;
  if (first === undefined) return null;
  const stamps: CompiledStamp[] = [];
  const held: CompiledStamp[] = [];
  let exemption: string | null = null;
  for (const stamp of pass.view.stamps) {
    const lifted = exemptionAt(policy, pass, { ...at, vendor: stamp.vendor.name });
    if (lifted !== null) exemption ??= lifted.name;
    else (stamp.reportOnly ? held : stamps).push(stamp);
  }
  const [set] = stamps;
  if (set !== undefined) return { stamps, held, reason: { code: 'restricted', rule: set.rule, exemption } };
  const [holding] = held;
  if (holding !== undefined)
    return { stamps, held, reason: { code: 'would-restrict', rule: holding.rule, exemption } };
  return { stamps, held, reason: { code: 'exempt', rule: first.rule, exemption } };
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

/** The exemption that lifts the vendor's headers for client and path at that time. */
function exemptionAt(
  policy: Policy,
  pass: Pass,
  at: { readonly path: string; readonly nowMs: number; readonly vendor: string },
): CompiledRule | null {
  let first = firstExemption(policy, pass.principal, at);
  for (const { exempt } of pass.view.buckets) {
    const { whole, paths } = exempt;
    const rules = paths === null ? whole : [...whole, ...valuesOnPath(paths, at.path)];
    for (const rule of rulesAt(rules, pass.principal, [pass.view.spot]))
      if (isLifting(rule, at)) first = earlier(first, rule);
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
