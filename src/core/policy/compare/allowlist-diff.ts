// GitHub's published names against a policy: what is missing, what a block wins against, what is published no longer.
// Must not know where the list came from, nor how the answer is shown.
import { isAtOrUnder } from '../../base/hostname.ts';
import { COPILOT_ZONES } from '../../vendors/github/endpoints.ts';
import { presetNamed } from '../../vendors/github/presets.ts';
import { GITHUB_DOMAINS, type UnreadableName } from '../../vendors/github/published-domains.ts';
import type { Policy } from '../compile/policy.ts';
import { type HostStanding, standingOf, type Winner } from '../decide/host-standing.ts';
import { type HostPattern, hostPatternText, mayOverlap } from '../language/pattern.ts';
import type { Place, Rule } from '../language/policy-document.ts';
import { hostClasses, overlap } from './host-classes.ts';
import type { PublishedPattern, PublishedPatterns } from './published-patterns.ts';

/**
 * `missing`: nothing lets it in. `partly`: some hosts, paths or people are let in. `blocked`: a rule wins against all
 * of it. `blocked-in-part`: let in, but for what a rule wins against. `allowed`: let in.
 */
const PUBLISHED_STATES = ['missing', 'partly', 'blocked', 'blocked-in-part', 'allowed'] as const;
export type PublishedState = (typeof PUBLISHED_STATES)[number];

/** A rule that wins against what is published. */
export interface WinningRule {
  readonly kind: 'block' | 'copilot';
  readonly name: string;
  readonly place: Place;
}

export interface PublishedFinding {
  readonly pattern: string;
  readonly categories: readonly string[];
  readonly isRented: boolean;
  /** The preset to block that has all of it; null: none has. */
  readonly blockPreset: string | null;
  readonly state: PublishedState;
  /** Every rule that wins against some of it. */
  readonly blockedBy: readonly WinningRule[];
  /** How it is let in only in part; empty unless the state is `partly`. */
  readonly onlySome: readonly ('hosts' | 'paths' | 'people')[];
  /** Of a wildcard that is let in `partly` a host that is not; of one `blocked-in-part` a host that a rule wins against. */
  readonly example: string | null;
}

/** `unpublished`: written in the policy, and no longer published. `documented`: a preset's row, from another page or of its own choice. */
export interface AllowedFinding {
  readonly pattern: string;
  readonly rule: string;
  readonly place: Place;
  readonly state: 'unpublished' | 'documented';
  /** True when `gatewright allowlist accept` wrote it, and so may take it back. */
  readonly isAccepted: boolean;
  /** The page that documents a preset's row. */
  readonly source: string | null;
}

export interface AllowlistDiff {
  readonly published: readonly PublishedFinding[];
  readonly allowed: readonly AllowedFinding[];
  readonly unreadable: readonly UnreadableName[];
}

/** How the names of the rules begin that `gatewright allowlist accept` writes: all they let in was published once. */
export const ACCEPTED_RULE = 'github-meta';

/** Compares; `categories` narrows what should be let in, never what counts as published. Null: all of them. */
export function diffAllowlist(
  policy: Policy,
  published: PublishedPatterns,
  categories: readonly string[] | null,
): AllowlistDiff {
  const steps = diffSteps(policy, published, categories);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The same in steps of a few milliseconds, for whoever has traffic to serve in between. */
export function* diffSteps(
  policy: Policy,
  published: PublishedPatterns,
  categories: readonly string[] | null,
): Generator<undefined, AllowlistDiff, undefined> {
  const isWanted = (of: readonly string[]): boolean =>
    categories === null || of.some((name) => categories.includes(name));
  const wanted = published.patterns.filter((each) => isWanted(each.categories));
  const told = telling(policy);
  const findings: PublishedFinding[] = [];
  for (const each of wanted) {
    findings.push(findingOf(policy, each, told));
    yield;
  }
  return {
    published: findings.toSorted(
      (a, b) => PUBLISHED_STATES.indexOf(a.state) - PUBLISHED_STATES.indexOf(b.state),
    ),
    allowed: compareAllowed(policy, published),
    unreadable: published.unreadable.filter(({ category }) => isWanted([category])),
  };
}

/** Drift: published and missing, let in and no longer published, or published and not to be read. */
export function hasDrift(diff: AllowlistDiff): boolean {
  return driftOf(diff).length > 0;
}

/** What makes the drift, as lines that compare equal while it stays the same. */
export function driftOf({ published, allowed, unreadable }: AllowlistDiff): readonly string[] {
  return [
    ...published.flatMap(({ state, pattern }) => (state === 'missing' ? [`missing ${pattern}`] : [])),
    ...allowed.flatMap(({ state, pattern }) => (state === 'unpublished' ? [`unpublished ${pattern}`] : [])),
    ...unreadable.map(({ text }) => `unreadable ${JSON.stringify(text)}`),
  ];
}

/** The patterns by which a policy tells one host from another. */
function telling({ document, rules }: Policy): readonly HostPattern[] {
  const plans: readonly HostPattern[] =
    rules.copilot === null
      ? []
      : COPILOT_ZONES.flatMap((host) => [
          { kind: 'exact' as const, host },
          { kind: 'under' as const, parent: host },
        ]);
  const written = [...document.allow, ...document.block].flatMap(({ to }) => to.map(({ host }) => host));
  const once = new Map([...written, ...plans].map((host) => [hostPatternText(host), host]));
  return [...once.values()];
}

function findingOf(
  policy: Policy,
  { text, pattern, categories, isRented, blockPreset }: PublishedPattern,
  told: readonly HostPattern[],
): PublishedFinding {
  const near = told.filter((other) => mayOverlap(pattern.host, other));
  const { hosts, complete } = hostClasses(pattern.host, near);
  const standings = hosts.map((host) => ({ host, ...standingOf(policy, host) }));
  const open = standings.filter(({ blockedBy }) => blockedBy === null);
  const missing = open.filter(({ letsIn }) => letsIn === 'none');
  const blockedBy = winners(policy, standings);
  const state = complete ? stateOf(open, missing.length, blockedBy.length) : 'partly';
  const onlySome = state === 'partly' ? limitsOf(open, missing.length) : [];
  const blocked = standings.find((each) => each.blockedBy !== null);
  const shown = state === 'partly' ? missing[0] : state === 'blocked-in-part' ? blocked : undefined;
  const example = shown === undefined || pattern.host.kind === 'exact' ? null : shown.host;
  return { pattern: text, categories, isRented, blockPreset, state, blockedBy, onlySome, example };
}

function stateOf(open: readonly HostStanding[], missing: number, winning: number): PublishedState {
  if (open.length === 0) return 'blocked';
  if (missing === open.length) return 'missing';
  if (open.some(({ letsIn }) => letsIn !== 'all')) return 'partly';
  return winning > 0 ? 'blocked-in-part' : 'allowed';
}

function limitsOf(open: readonly HostStanding[], missing: number): PublishedFinding['onlySome'] {
  const limits: PublishedFinding['onlySome'][number][] = missing > 0 ? ['hosts'] : [];
  for (const limit of ['paths', 'people'] as const)
    if (open.some(({ letsIn }) => letsIn === limit)) limits.push(limit);
  return limits;
}

function winners(policy: Policy, standings: readonly HostStanding[]): readonly WinningRule[] {
  const found = new Map<number, Winner>();
  for (const { blockedBy, blockedInPartBy } of standings)
    for (const winner of blockedBy === null ? blockedInPartBy : [blockedBy, ...blockedInPartBy])
      found.set(winner.order, winner);
  return [...found.values()].toSorted((a, b) => a.order - b.order).flatMap((winner) => named(policy, winner));
}

function named({ document }: Policy, winner: Winner): readonly WinningRule[] {
  if (winner.kind === 'plan') return [{ kind: 'copilot', name: 'copilot', place: document.copilot.place }];
  const rule = document.block[winner.order];
  return rule === undefined ? [] : [{ kind: 'block', name: rule.name, place: rule.place }];
}

function endOf(pattern: HostPattern): string {
  const text = hostPatternText(pattern);
  return text.slice(text.lastIndexOf('*') + 1);
}

function compareAllowed(policy: Policy, { patterns }: PublishedPatterns): AllowedFinding[] {
  const isPublished = (host: HostPattern): boolean =>
    patterns.some((each) => mayOverlap(each.pattern.host, host) && overlap(each.pattern.host, host));
  return policy.document.allow.flatMap((rule) =>
    rule.to
      .filter(({ host }) => (isAccepted(rule) || isGithubs(host)) && !isPublished(host))
      .map(({ text, host }): AllowedFinding => {
        const { name, place, preset } = rule;
        const source = preset === null ? null : sourceOf(preset, text);
        const state = source === null ? 'unpublished' : 'documented';
        return {
          pattern: preset === null ? hostPatternText(host) : text,
          rule: name,
          place,
          state,
          isAccepted: isAccepted(rule),
          source,
        };
      }),
  );
}

/** True for a rule that `gatewright allowlist accept` wrote. */
function isAccepted({ name, preset }: Rule): boolean {
  return preset === null && (name === ACCEPTED_RULE || name.startsWith(`${ACCEPTED_RULE}-`));
}

function isGithubs(host: HostPattern): boolean {
  const end = endOf(host).replace(/^[^.]*\./, '');
  const parent = host.kind === 'exact' ? host.host : end;
  return GITHUB_DOMAINS.some((domain) => isAtOrUnder(parent, domain));
}

function sourceOf(preset: string, text: string): string | null {
  const found = presetNamed(preset);
  const row = found.ok ? found.value.rows.find(({ pattern }) => pattern === text) : undefined;
  return row === undefined ? null : `${row.source.title} (${row.source.date})`;
}
