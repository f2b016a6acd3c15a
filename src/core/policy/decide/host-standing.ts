// What a policy makes of one host on port 443, whoever asks: who and what is let in, and which rules win against it.
// Report mode is read as if it had ended. Must not know why it is asked.
import { parseDestination } from '../../base/destination.ts';
import type { CompiledRule, Policy, PortRule } from '../compile/policy.ts';
import { viewHost } from './_host-view.ts';
import { isPlanBlocked } from './_judge-connection.ts';

/** A rule that wins against an allow: a block rule, by its place in the document, or plan routing. */
export type Winner =
  | { readonly kind: 'rule'; readonly order: number }
  | { readonly kind: 'plan'; readonly order: -1 };

export interface HostStanding {
  /** For everybody, and every path. */
  readonly blockedBy: Winner | null;
  /** Rules that win for some people, or on some paths. */
  readonly blockedInPartBy: readonly Winner[];
  /** Who is let in: everybody; only on some paths; only some people; nobody. */
  readonly letsIn: 'all' | 'paths' | 'people' | 'none';
}

export function standingOf(policy: Policy, host: string): HostStanding {
  const destination = parseDestination(`${host}:${PORT}`);
  if (destination.kind === 'malformed') return { blockedBy: null, blockedInPartBy: [], letsIn: 'none' };
  const { buckets, allowNamed } = viewHost(policy, destination, 'https');
  const blocks = buckets.flatMap(({ block }) => atPort([...block.whole, ...block.wholeReported]));
  const forAll = blocks.filter(isForAll);
  const onPaths = buckets.flatMap(({ block }) => atPort(block.pathRules));
  const blockedInPartBy = [...blocks.filter((rule) => !isForAll(rule)), ...onPaths].map(winner);
  const passes = policy.rules.otherwise.splice && !allowNamed;
  const whole = buckets.flatMap(({ allow }) => atPort(allow.whole));
  const paths = buckets.flatMap(({ allow }) => atPort(allow.pathRules));
  return {
    blockedBy: firstOf(forAll) ?? (isPlanBlocked(policy, destination) ? { kind: 'plan', order: -1 } : null),
    blockedInPartBy,
    letsIn: passes || whole.some(isForAll) ? 'all' : letsIn(whole, paths),
  };
}

const PORT = 443;

function letsIn(whole: readonly CompiledRule[], paths: readonly CompiledRule[]): HostStanding['letsIn'] {
  if (paths.some(isForAll)) return 'paths';
  return whole.length + paths.length > 0 ? 'people' : 'none';
}

function atPort(rules: readonly PortRule[]): CompiledRule[] {
  return rules.flatMap(({ port, rule }) => (port === null || port === PORT ? [rule] : []));
}

function isForAll({ who, unless }: CompiledRule): boolean {
  return who === null && unless === null;
}

function winner({ order }: CompiledRule): Winner {
  return { kind: 'rule', order };
}

function firstOf(rules: readonly CompiledRule[]): Winner | null {
  const [first] = rules.toSorted((a, b) => a.order - b.order);
  return first === undefined ? null : winner(first);
}
