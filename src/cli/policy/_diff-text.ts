// The difference of two policies, told to a person. Must not know how it was found.

import type { ChangeGroup, PolicyDiff, Sampled } from '../../core/policy/compare/policy-diff.ts';
import { type Answer, answerText, type ChangeKind } from '../../core/policy/decide/answer.ts';
import type { TopHits } from '../../core/record/hit-table.ts';
import type { ReplayGroup, ReplayReport, Unreplayable } from '../../core/record/replay.ts';
import { counted, grouped, printable } from '../printed.ts';

export function diffLines({ asked, changes, unchanged }: PolicyDiff): readonly string[] {
  const { questions, places, hosts, people, moments, leftOut } = asked;
  const times =
    moments === 1
      ? 'now'
      : `now and at ${grouped(moments - 1)} moments around the days on which exemptions end`;
  const left = leftOut === 0 ? '' : ` ${grouped(leftOut)} were left out, since they would be too many.`;
  const of = `${grouped(places)} URLs on ${grouped(hosts)} hosts, as ${grouped(people)} kinds of clients, ${times}`;
  const total = changes.reduce((sum, { answers }) => sum + answers, 0);
  const lines = shown(changes, (group) => ['', ...headOf(group), ...changeLines(group)]);
  return [
    `Both policies were asked ${counted(questions, 'question')}: ${of}.${left}`,
    changes.length === 0
      ? 'No decision changes.'
      : `Changed: ${counted(total, 'decision')} in ${counted(changes.length, 'way')}; ${grouped(unchanged)} stay.`,
    ...lines,
  ];
}

/** `read` counts the lines of the record. */
export function replayLines(
  replay: ReplayReport,
  read: { readonly lines: number; readonly unreadable: number },
): readonly string[] {
  const { decisions, replayed, changed, changes, unchanged } = replay;
  const total = changed.connections + changed.requests;
  return [
    '',
    `The record has ${grouped(read.lines)} lines with ${grouped(decisions)} decisions; ${grouped(replayed)} were taken again under both policies.`,
    ...caveats(replay, read.unreadable),
    total === 0
      ? 'No decision of the record changes.'
      : `Changed: ${counted(changed.connections, 'connection')} and ${counted(changed.requests, 'request')} in ${counted(changes.length, 'way')}; ${grouped(unchanged)} decisions stay.`,
    ...shown(changes, (group) => ['', ...headOf(group), ...groupLines(group)]),
  ];
}

/** More than a person reads are counted; `--json` has them all. */
function shown<T>(groups: readonly T[], lines: (group: T) => readonly string[]): readonly string[] {
  const more = groups.length - MOST_SHOWN;
  const rest = more > 0 ? ['', `… and ${grouped(more)} more ways (--json has them all)`] : [];
  return [...groups.slice(0, MOST_SHOWN).flatMap(lines), ...rest];
}

const MOST_SHOWN = 50;

const CAUSES: Readonly<Record<Unreplayable, string>> = {
  'authority-mismatch': 'named another host than their connection, which the record does not have',
  'bad-destination': 'had a destination that could not be read, or was the gate itself',
  'bad-path': 'had a path with characters that the record shows in another way',
  cut: 'had more text than the record keeps',
  'redacted-path': 'had a part of their path redacted',
  'bad-address': 'have an address that cannot be read',
};

function caveats(
  { notReplayed, decidedOtherwise, groupsUnknown }: ReplayReport,
  unreadable: number,
): string[] {
  const left = Object.entries(CAUSES).flatMap(([cause, words]) => {
    const count = Object.entries(notReplayed).find(([name]) => name === cause)?.[1] ?? 0;
    return count === 0 ? [] : [`  ${grouped(count)} could not be: they ${words}.`];
  });
  const torn = unreadable === 0 ? [] : [`  ${grouped(unreadable)} lines are torn or foreign.`];
  const other =
    decidedOtherwise === 0
      ? []
      : [
          `  ${grouped(decidedOtherwise)} were recorded with another decision than the old policy takes: another policy was in force, or a fact is not in the record.`,
        ];
  const groups =
    groupsUnknown === 0
      ? []
      : [
          `  ${grouped(groupsUnknown)} are about users: of their groups only those count that the policies list.`,
        ];
  return [...left, ...torn, ...other, ...groups];
}

function headOf({
  kind,
  was,
  is,
}: {
  readonly kind: ChangeKind;
  readonly was: Answer;
  readonly is: Answer;
}): string[] {
  const only = kind === 'reason' ? 'only the reason changes: ' : '';
  return [`${only}${printable(answerText(was))}`, `  → ${printable(answerText(is))}`];
}

function changeLines({ places, people, moments, answers }: ChangeGroup): string[] {
  const when = moments.examples.includes('now') ? [] : [`    when   ${listed(moments)}`];
  return [
    `    where  ${listed(places)}`,
    `    who    ${listed(people)}`,
    ...when,
    `    in     ${counted(answers, 'answer')}`,
  ];
}

function listed({ count, examples }: Sampled): string {
  const more = count - examples.length;
  return `${examples.map(printable).join(', ')}${more > 0 ? ` and ${grouped(more)} more` : ''}`;
}

function groupLines({ connections, requests, people, hosts }: ReplayGroup): string[] {
  return [
    `    in     ${counted(connections, 'connection')} and ${counted(requests, 'request')}`,
    `    who    ${hitsText(people, ({ user, address }) => user ?? address ?? '')}`,
    `    where  ${hitsText(hosts, (host) => host)}`,
    `    e.g.   ${people.rows
      .flatMap(({ examples }) => examples)
      .slice(0, 5)
      .join(' ')}`,
  ];
}

function hitsText<T>({ rows, names }: TopHits<T>, name: (of: T) => string): string {
  const shown = rows.map(
    (row) => `${printable(name(row.name))} (${grouped(row.connections + row.requests)})`,
  );
  const more = names - rows.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${grouped(more)} more` : ''}`;
}
