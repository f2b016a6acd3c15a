// What `gatewright allowlist diff` says to a person: findings by state, and what to do about each.
// Must not know how they were found.
import { doubtOf } from '../../core/policy/compare/accept-plan.ts';
import type {
  AllowedFinding,
  AllowlistDiff,
  PublishedFinding,
  PublishedState,
} from '../../core/policy/compare/allowlist-diff.ts';
import { placeText } from '../../core/policy/language/policy-files.ts';
import { quotedAscii } from '../printed.ts';

/** A heading of its own colour, and lines beneath it. */
export interface Section {
  readonly heading: string;
  readonly advice: string;
  readonly colour: 'red' | 'yellow' | 'green';
  readonly lines: readonly string[];
}

/** The sections that have lines, the urgent ones first. */
export function allowlistSections(diff: AllowlistDiff): readonly Section[] {
  const sections = [
    publishedSection(diff, 'missing'),
    allowedSection(diff, 'unpublished'),
    unreadableSection(diff),
    publishedSection(diff, 'partly'),
    publishedSection(diff, 'blocked'),
    publishedSection(diff, 'blocked-in-part'),
    allowedSection(diff, 'documented'),
    publishedSection(diff, 'allowed'),
  ];
  return sections.filter(({ lines }) => lines.length > 0);
}

/** How many of each, for the last line: `3 missing, 2 blocked, 12 allowed`. */
export function allowlistCounts(diff: AllowlistDiff): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { state } of [...diff.published, ...diff.allowed]) counts[state] = (counts[state] ?? 0) + 1;
  return diff.unreadable.length > 0 ? { ...counts, unreadable: diff.unreadable.length } : counts;
}

const PUBLISHED: Readonly<Record<PublishedState, Pick<Section, 'advice' | 'colour'>>> = {
  missing: {
    advice:
      'Published, and nothing lets it in. Accept it (gatewright allowlist accept NAME), block it, or compare fewer categories.',
    colour: 'red',
  },
  partly: {
    advice: 'Published, and only a part is let in. Right where the policy is narrow on purpose.',
    colour: 'yellow',
  },
  blocked: {
    advice: 'Published, and a rule wins against all of it: deny wins, whatever is allowed or accepted.',
    colour: 'yellow',
  },
  'blocked-in-part': {
    advice: 'Published and let in, but for what a rule wins against: deny wins.',
    colour: 'yellow',
  },
  allowed: { advice: 'Published and let in.', colour: 'green' },
};

function publishedSection({ published }: AllowlistDiff, state: PublishedState): Section {
  const found = published.filter((finding) => finding.state === state);
  const rows = found.map((finding) => [finding.pattern, finding.categories.join(', '), detailOf(finding)]);
  return { heading: `${state} (${found.length})`, ...PUBLISHED[state], lines: aligned(rows) };
}

function detailOf(finding: PublishedFinding): string {
  const { state, blockedBy, onlySome, example } = finding;
  const rules = blockedBy.map(({ kind, name, place }) =>
    kind === 'copilot' ? `plan routing wins (${placeText(place)})` : `${name} wins (${placeText(place)})`,
  );
  const shown = example === null ? '' : state === 'partly' ? `, not ${example}` : `, as for ${example}`;
  const some = onlySome.length === 0 ? [] : [`only some ${onlySome.join(' and ')}`];
  const parts = [...some, ...rules].map((part, at) => (at === 0 ? `${part}${shown}` : part));
  const doubt = doubtOf(finding);
  if (doubt !== null && state !== 'blocked') parts.push(doubt);
  return parts.join('; ');
}

function allowedSection({ allowed }: AllowlistDiff, state: AllowedFinding['state']): Section {
  const found = allowed.filter((finding) => finding.state === state);
  const rows = found.map(({ pattern, rule, place, source }) => [
    pattern,
    rule,
    source === null ? placeText(place) : source,
  ]);
  const heading = `${state} (${found.length})`;
  if (state === 'documented')
    return {
      heading,
      advice: 'Let in by a preset that has it from elsewhere, and not in this list. Nothing to do.',
      colour: 'green',
      lines: aligned(rows),
    };
  const advice =
    'Let in, and published no longer. Remove it from the policy; gatewright allowlist accept NAME takes back what it wrote.';
  return { heading, advice, colour: 'red', lines: aligned(rows) };
}

function unreadableSection({ unreadable }: AllowlistDiff): Section {
  const rows = unreadable.map(({ category, text, problem }) => [quotedAscii(text), category, problem]);
  const advice = 'Published, and no pattern that a policy could have. Look at the list itself.';
  return { heading: `unreadable (${unreadable.length})`, advice, colour: 'red', lines: aligned(rows) };
}

const WIDEST = 44;

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = [0, 1].map((at) =>
    Math.min(WIDEST, Math.max(0, ...rows.map((row) => (row[at] ?? '').length))),
  );
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
