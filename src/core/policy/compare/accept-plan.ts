// What `gatewright allowlist accept` would do, out of what was found and what is wished. Must not know files.

import { placeText } from '../language/policy-files.ts';
import type { AllowedFinding, AllowlistDiff, PublishedFinding, WinningRule } from './allowlist-diff.ts';

export interface AcceptPlan {
  /** To be let in. */
  readonly accepted: readonly PublishedFinding[];
  /** Accepted once, published no longer: to be taken out again. */
  readonly takenBack: readonly AllowedFinding[];
  /** Stays as it is, and why. `refused`: it was named, and may not be accepted. */
  readonly left: readonly {
    readonly name: string;
    readonly why: string;
    readonly kind: 'refused' | 'as-it-is';
  }[];
}

/** Why a person should look before it is let in; null: nothing speaks against it. */
export function doubtOf({
  isRented,
  blockPreset,
}: Pick<PublishedFinding, 'isRented' | 'blockPreset'>): string | null {
  if (blockPreset !== null) return `the preset ${blockPreset} is there to block it`;
  return isRented ? 'anybody can rent a name in it' : null;
}

/** The names that are wished for, or everything that a person need not look at first. */
export function planAcceptance(diff: AllowlistDiff, names: readonly string[] | 'all'): AcceptPlan {
  return names === 'all' ? planAll(diff) : planNamed(diff, names);
}

/** Of all that is published only what is missing whole; what lets in more than GitHub, or has a preset to block it, is to be named. */
function planAll({ published, allowed }: AllowlistDiff): AcceptPlan {
  const missing = published.filter((finding) => finding.state === 'missing' && !isRouted(finding));
  const won = published.filter(({ blockedBy }) => blockedBy.length > 0);
  return {
    accepted: missing.filter((finding) => doubtOf(finding) === null),
    takenBack: allowed.filter(isTakeable),
    left: [
      ...missing.flatMap((finding) => {
        const doubt = doubtOf(finding);
        return doubt === null ? [] : [asItIs(finding.pattern, `${doubt}; name it to accept it`)];
      }),
      ...won.map(({ pattern, blockedBy }) => asItIs(pattern, winText(blockedBy))),
      ...allowed
        .filter((finding) => finding.state === 'unpublished' && !finding.isAccepted)
        .map(({ pattern, place }) => asItIs(pattern, writtenText(placeText(place)))),
    ],
  };
}

function planNamed(diff: AllowlistDiff, names: readonly string[]): AcceptPlan {
  const plan: {
    accepted: PublishedFinding[];
    takenBack: AllowedFinding[];
    left: AcceptPlan['left'][number][];
  } = {
    accepted: [],
    takenBack: [],
    left: [],
  };
  for (const name of new Set(names.map((text) => text.toLowerCase().replace(/\.$/, '')))) {
    const published = diff.published.find(({ pattern }) => pattern === name);
    const allowed = diff.allowed.filter(({ pattern, state }) => pattern === name && state === 'unpublished');
    if (published !== undefined) {
      const why = whyNot(published);
      if (why === null) plan.accepted.push(published);
      else plan.left.push({ name, ...why });
    } else if (allowed.some(isTakeable)) plan.takenBack.push(...allowed.filter(isTakeable));
    else plan.left.push({ name, kind: 'refused', why: notPublished(allowed) });
  }
  return plan;
}

function isTakeable({ state, isAccepted }: AllowedFinding): boolean {
  return state === 'unpublished' && isAccepted;
}

function whyNot({ state, blockedBy }: PublishedFinding): Omit<AcceptPlan['left'][number], 'name'> | null {
  if (state === 'allowed') return { kind: 'as-it-is', why: 'it is let in already' };
  if (state === 'blocked-in-part')
    return { kind: 'as-it-is', why: `it is let in already, but ${winText(blockedBy)}` };
  return state === 'blocked' || isRouted({ blockedBy }) ? { kind: 'refused', why: winText(blockedBy) } : null;
}

/** Plan routing lets in by its own rows, never by a name that covers more than the plans. */
function isRouted({ blockedBy }: Pick<PublishedFinding, 'blockedBy'>): boolean {
  return blockedBy.some(({ kind }) => kind === 'copilot');
}

function notPublished([written]: readonly AllowedFinding[]): string {
  if (written === undefined) return 'GitHub does not publish it';
  return `GitHub publishes it no longer; ${writtenText(placeText(written.place))}`;
}

function writtenText(place: string): string {
  return `it is written at ${place}, so it is for you to remove`;
}

function winText(rules: readonly WinningRule[]): string {
  const texts = rules.map(({ kind, name, place }) =>
    kind === 'copilot'
      ? `plan routing wins against it (${placeText(place)}); preset: copilot lets in what copilot.plans does`
      : `the block rule ${name} wins against it (${placeText(place)})`,
  );
  return texts.join(' and ');
}

function asItIs(name: string, why: string): AcceptPlan['left'][number] {
  return { name, why, kind: 'as-it-is' };
}
