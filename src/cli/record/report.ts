// `gatewright report`: what a record says in sum, and what report mode held back.
// Must not know how events are counted.
import { Command, InvalidArgumentError, Option } from 'commander';
import { ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import { RecordFilter, VERDICT_WORDS, type VerdictWord } from '../../core/record/record-filter.ts';
import { ReportFold } from '../../core/record/record-report.ts';
import { RecordRows } from '../../core/record/record-rows.ts';
import { type RecordLine, readRecordLine } from '../../core/record/recorded.ts';
import { type Cli, endInTrouble, examples, say, sayJson, warn } from '../cli.ts';
import { EXIT } from '../exit-status.ts';
import { DEFAULT_SETTINGS_FILE, readSettings } from '../settings-file.ts';
import { reportLines } from './_report-text.ts';
import { rowFields, rowHead, rowLine } from './_row-text.ts';
import { isInside, PERIOD_OPTIONS, type Period, readPeriod } from './period.ts';
import { findRecord, type RecordSource, readRecord } from './record-source.ts';
import { withTimes } from './times.ts';

interface ReportOptions {
  readonly config?: string;
  readonly since?: string;
  readonly until?: string;
  readonly top: number;
  readonly host?: string;
  readonly user?: string;
  readonly verdict?: VerdictWord;
  readonly list?: true;
  readonly json?: true;
}

export function reportCommand(cli: Cli): Command {
  return new Command('report')
    .description('sum up a record: who, where and which rules report mode would have hit, what was blocked')
    .argument(
      '[files...]',
      'record files, their folder, or - for standard input; without it, audit.dir of the settings',
    )
    .option('--config <file>', 'settings', DEFAULT_SETTINGS_FILE)
    .option(...PERIOD_OPTIONS.since)
    .option(...PERIOD_OPTIONS.until)
    .option('--host <host>', 'only that host, with its port or without; *.example.com is every host below')
    .option('--user <name>', 'only that user, or that address where nobody said who it was')
    .addOption(new Option('--verdict <verdict>', 'only what was decided so').choices(VERDICT_WORDS))
    .option(
      '--list',
      'each connection and request in a row, in place of the sum; with --json an object a line',
    )
    .option('--top <n>', 'rows of each table', rowCount, 10)
    .option('--json', 'for a program')
    .addHelpText(
      'after',
      examples(
        ['gatewright report --since 7d', 'the last week of the gate that gatewright.yaml describes'],
        ['gatewright report --since yesterday --user dave --verdict block --list', 'what dave was refused'],
        ['gatewright report audit --since 2026-11-01 --until 2026-11-08', 'a folder, and one week of it'],
        ['zstdcat old/*.zst | gatewright report - --top 50 --json', 'from anywhere, for a program'],
      ),
    )
    .action(async (files: readonly string[], options: ReportOptions) => {
      const done = await report(cli, files, options);
      if (!done.ok) endInTrouble(cli, done.error);
      else cli.end(EXIT.fine);
    });
}

async function report(
  cli: Cli,
  files: readonly string[],
  options: ReportOptions,
): Promise<Result<null, Trouble>> {
  const period = readPeriod(cli, options);
  if (!period.ok) return period;
  const sources = await sourcesOf(cli, files, options);
  if (!sources.ok) return sources;
  const filter = new RecordFilter({
    host: options.host ?? null,
    user: options.user ?? null,
    verdict: options.verdict ?? null,
  });
  const fold = new ReportFold({ ...period.value, top: options.top });
  const rows = options.list === true ? listRows(cli, period.value, options) : null;
  const add = (event: RecordLine): void => (rows ?? fold).add(event);
  let unreadable = 0;
  const read = await readRecord(cli, sources.value, (line) => {
    const event = readRecordLine(line);
    if (event === null) unreadable += 1;
    else if (filter.admits(event)) add(event);
  });
  if (!read.ok) return read;
  for (const { name, why } of read.value.broken)
    warn(cli, `Only a part of ${JSON.stringify(name)} was read: ${why}`);
  if (rows !== null) {
    rows.end();
    return ok(null);
  }
  const { lines, tooLong } = read.value;
  const summed = fold.report();
  const counted = { lines: lines + tooLong, unreadable: unreadable + tooLong, files: sources.value.length };
  if (options.json === true) sayJson(cli, withTimes({ ...counted, broken: read.value.broken, ...summed }));
  else for (const line of reportLines(summed, counted)) say(cli, line);
  return ok(null);
}

/** Rows are told as they are found: a record may be long. */
function listRows(cli: Cli, period: Period, { json }: ReportOptions): RecordRows {
  if (json !== true) say(cli, rowHead());
  return new RecordRows((row) => {
    const { atMs } = row.decision ?? row.outcome ?? { atMs: 0 };
    if (isInside(period, atMs)) say(cli, json === true ? JSON.stringify(rowFields(row)) : rowLine(row));
  });
}

function rowCount(text: string): number {
  if (/^[1-9][0-9]{0,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A whole number from 1 to 99999 is wanted.');
}

async function sourcesOf(
  cli: Cli,
  files: readonly string[],
  options: ReportOptions,
): Promise<Result<readonly RecordSource[], Trouble>> {
  if (files.length > 0) return findRecord(cli, files);
  const settings = await readSettings(cli, options.config ?? DEFAULT_SETTINGS_FILE);
  return settings.ok ? findRecord(cli, [settings.value.audit.dir]) : settings;
}
