// The sum of a record, told to a person. Must not know how it was summed.

import type { HitSides, NamedReason, NamedTable, Person } from '../../core/record/hit-sides.ts';
import type { TopHits } from '../../core/record/hit-table.ts';
import type { RecordReport } from '../../core/record/record-report.ts';
import type { TokenCount } from '../../core/record/token-census.ts';
import { VENDORS } from '../../core/vendors/catalogue.ts';
import type { Vendor } from '../../core/vendors/vendor.ts';
import { counted, grouped, printable } from '../printed.ts';

/** The report as lines; `unreadable` counts lines that are no events. */
export function reportLines(
  report: RecordReport,
  read: { readonly lines: number; readonly unreadable: number; readonly files: number },
): readonly string[] {
  const { period } = report;
  const torn = read.unreadable === 0 ? '' : `, of which ${grouped(read.unreadable)} torn or foreign`;
  const lines = [`${counted(read.files, 'file')}, ${counted(read.lines, 'line')}${torn}`];
  if (period === null)
    return [...lines, report.events.outside === 0 ? 'No event in it.' : 'No event of that time.'];
  return [
    ...[`From ${time(period.fromMs)} to ${time(period.toMs)} (UTC)`, ...lines, ...totals(report)],
    ...held(report),
    ...unknowable(report.tokens),
    ...sides('The gate blocked', report.blocked),
    ...VENDORS.flatMap((vendor) => said(report, vendor)),
    ...tables('Signs of an attack:', report.signs, {}),
    ...tables('Ended by the failure', report.failures, {}),
    ...talkers(report),
  ];
}

/** What one vendor said of the restriction. */
function said({ vendors }: RecordReport, { name, title, answers }: Vendor): string[] {
  const own = vendors.flatMap((table) =>
    table.name.startsWith(`${name} `) ? [{ ...table, name: table.name.slice(name.length + 1) }] : [],
  );
  const meanings = Object.entries(answers.meanings).map(([what, meaning]) => [what, `${what} (${meaning})`]);
  return tables(`${title} answered`, own, Object.fromEntries(meanings));
}

function totals({ connections, requests, events, policies }: RecordReport): string[] {
  const { intercepted, spliced, blocked } = connections;
  const all = intercepted + spliced + blocked;
  const unjoined =
    events.unjoined === 0
      ? []
      : [
          `  ${grouped(events.unjoined)} outcomes name nobody, and their decision is not in what was read; they count for nobody.`,
        ];
  return [
    `  connections  ${grouped(all)}: ${grouped(intercepted)} intercepted, ${grouped(spliced)} spliced, ${grouped(blocked)} blocked`,
    `  requests     ${grouped(requests.forwarded + requests.blocked)}: ${grouped(requests.forwarded)} forwarded, of which ${grouped(requests.stamped)} stamped; ${grouped(requests.blocked)} blocked`,
    `  policies     ${policies.slice(0, 5).join(', ')}${policies.length > 5 ? ` and ${policies.length - 5} more` : ''}`,
    ...unjoined,
  ];
}

function held({ wouldBlock, wouldStamp }: RecordReport): string[] {
  if (isNothing(wouldBlock) && isNothing(wouldStamp)) return ['', 'Report mode held nothing back.'];
  const stamps =
    wouldStamp.requests === 0
      ? []
      : [
          '',
          `Report mode would have stamped ${count(wouldStamp.requests, 'request')}`,
          ...people(wouldStamp.people),
          ...hosts(wouldStamp.hosts),
        ];
  return [...sides('Report mode would have blocked', wouldBlock), ...stamps];
}

/** What nobody but GitHub can know of the requests that would have been stamped. */
function unknowable(tokens: readonly TokenCount[]): string[] {
  if (tokens.length === 0) return [];
  const judged = tokens.filter(({ fate }) => fate === 'judged');
  const requests = judged.reduce((sum, count) => sum + count.requests, 0);
  const others = tokens.filter(({ fate }) => fate !== 'judged');
  return [
    '',
    `What cannot be known: GitHub alone knows whose account a token is. Stamped, ${grouped(requests)} of these requests would have been judged by it.`,
    ...table(
      ['token kind', 'requests', 'different tokens'],
      judged.map((count) => [
        count.kind ?? '',
        grouped(count.requests),
        `${count.isLeast ? 'at least ' : ''}${grouped(count.tokens)}`,
      ]),
    ),
    ...others.map((count) => `  ${grouped(count.requests)} more ${OTHER_FATES[count.fate]}`),
  ];
}

const OTHER_FATES: Readonly<Record<TokenCount['fate'], string>> = {
  judged: '',
  anonymous:
    'had no Authorization: anonymous ones work as before; those of a browser with a session are judged by its account, and the record sees no cookie.',
  installation:
    'had an installation token (ghs): reading works as before, writing outside the enterprise is refused.',
  app: "had an app's JWT: they work as before.",
};

function sides(title: string, hits: HitSides): string[] {
  if (isNothing(hits)) return [];
  const counts = [count(hits.connections, 'connection'), count(hits.requests, 'request')].filter(
    (text) => text !== '',
  );
  return [
    '',
    `${title} ${counts.join(' and ')}`,
    ...rules(hits.rules),
    ...people(hits.people),
    ...hosts(hits.hosts),
  ];
}

function isNothing({ connections, requests }: HitSides): boolean {
  return connections + requests === 0;
}

function count(value: number, noun: string): string {
  return value === 0 ? '' : counted(value, noun);
}

function tables(
  title: string,
  all: readonly NamedTable[],
  words: Readonly<Record<string, string>>,
): string[] {
  return all.flatMap(({ name, hits, people: whom }) => [
    '',
    `${title} ${words[name] ?? text(name)}, ${count(hits, 'time')}`,
    ...people(whom),
  ]);
}

function talkers({ talkers: { byRequests, byBytes, hostsByBytes } }: RecordReport): string[] {
  const bytes = <T>(top: TopHits<T>, first: string, name: (of: T) => string): string[] =>
    table(
      [first, 'bytes', 'connections', 'requests'],
      top.rows.map((row) => [
        name(row.name),
        grouped(row.bytes),
        grouped(row.connections),
        grouped(row.requests),
      ]),
    );
  return [
    '',
    'Top talkers',
    ...people(byRequests),
    ...bytes(byBytes, 'who, by bytes', who),
    ...bytes(hostsByBytes, 'where, by bytes', text),
  ];
}

function rules(top: TopHits<NamedReason>): string[] {
  return hitTable('rule', top, ({ code, rule }) => (rule === null ? code : `${rule} (${code})`));
}

function people(top: TopHits<Person>): string[] {
  return hitTable('who', top, who);
}

function hosts(top: TopHits<string>): string[] {
  return hitTable('where', top, text);
}

function hitTable<T>(first: string, top: TopHits<T>, name: (of: T) => string): string[] {
  const head = [first, 'connections', 'requests', 'first', 'last', 'for example'];
  const rows = top.rows.map((row) => [
    name(row.name),
    grouped(row.connections),
    grouped(row.requests),
    time(row.firstMs),
    time(row.lastMs),
    row.examples.join(' '),
  ]);
  const more = top.names - top.rows.length;
  const left = more > 0 ? [`  … and ${grouped(more)} more (--top)`] : [];
  const lost =
    top.uncounted > 0
      ? [`  … and ${grouped(top.uncounted)} hits of names beyond the first ${grouped(top.names)}`]
      : [];
  return [...table(head, rows), ...left, ...lost];
}

function who({ user, address }: Person): string {
  return text(user ?? address ?? '');
}

function text(name: string): string {
  const shown = printable(name);
  return shown.length > NAME_WIDTH ? `${shown.slice(0, NAME_WIDTH - 1)}~` : shown;
}

const NAME_WIDTH = 60;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const widths = head.map((cell, at) => Math.max(cell.length, ...rows.map((row) => (row[at] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, at) => (isNumber(cell) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0))).join('  ')}`.trimEnd();
  return [line(head), ...rows.map(line)];
}

function isNumber(cell: string): boolean {
  return /^[0-9,]+$/.test(cell);
}

function time(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
