// `gatewright diff`: which decisions change between two policies, and what a record's traffic would have met.
// Must not know how decisions are compared.
import { Command } from 'commander';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import { diffPolicies, type PolicyDiff } from '../../core/policy/compare/policy-diff.ts';
import type { Policy } from '../../core/policy/compile/policy.ts';
import { readDecisionLine } from '../../core/record/recorded.ts';
import { Replay, type ReplayReport } from '../../core/record/replay.ts';
import { type Cli, endInTrouble, examples, say, sayJson, warn } from '../cli.ts';
import { EXIT } from '../exit-status.ts';
import { readPolicy } from '../policy-file.ts';
import { isInside, PERIOD_OPTIONS, readPeriod } from '../record/period.ts';
import { findRecord, readRecord } from '../record/record-source.ts';
import { withTimes } from '../record/times.ts';
import { readSettings } from '../settings-file.ts';
import { diffLines, replayLines } from './_diff-text.ts';

interface DiffOptions {
  readonly replay?: readonly string[];
  readonly since?: string;
  readonly until?: string;
  readonly timeZone?: string;
  readonly config?: string;
  readonly json?: true;
}

export function diffCommand(cli: Cli): Command {
  return new Command('diff')
    .description('say which decisions change between two policies')
    .argument('<old>', "a policy; with --config and alone, it is the new one, beside the settings'")
    .argument('[new]', 'another one')
    .option('--config <file>', 'settings, whose policy and time zone are compared')
    .option(
      '--replay <files...>',
      'also decide a record under both: files, their folder, or - for standard input',
    )
    .option(...PERIOD_OPTIONS.since)
    .option(...PERIOD_OPTIONS.until)
    .option('--time-zone <name>', "where the days of the policies end (the settings', or UTC)")
    .option('--json', 'for a program')
    .addHelpText(
      'after',
      examples(
        ['gatewright diff policy.yaml new.yaml; echo $?', '4 when a decision changes, 0 when none does'],
        [
          'gatewright diff policy.yaml new.yaml --replay audit --since 7d',
          'and what last week would have met',
        ],
        ['git show HEAD:policy.yaml > old.yaml && gatewright diff old.yaml policy.yaml', 'before a commit'],
      ),
    )
    .action(async (first: string, second: string | undefined, options: DiffOptions) => {
      const read = await readBoth(cli, [first, second], options);
      if (!read.ok) return endInTrouble(cli, read.error);
      const policies = read.value;
      const replayed = await replay(cli, policies, options);
      if (!replayed.ok) return endInTrouble(cli, replayed.error);
      const diff = diffPolicies(policies.was, policies.is, {
        nowMs: cli.terminal.nowMs(),
        examples: EXAMPLES,
      });
      tell(cli, { diff, replayed: replayed.value, options });
    });
}

const EXAMPLES = 6;

interface Policies {
  readonly was: Policy;
  readonly is: Policy;
}

async function readBoth(
  cli: Cli,
  [first, second]: readonly [string, string | undefined],
  { config, timeZone }: DiffOptions,
): Promise<Result<Policies, Trouble>> {
  const settings = config === undefined ? null : await readSettings(cli, config);
  if (settings !== null && !settings.ok) return settings;
  const days = timeZone ?? settings?.value.timeZone;
  const [oldFile, newFile] = second === undefined ? [settings?.value.policy, first] : [first, second];
  if (oldFile === undefined) return err({ kind: 'failed', message: ONE_POLICY });
  const was = await readPolicy(cli, oldFile, days);
  if (!was.ok) return was;
  const is = await readPolicy(cli, newFile, days);
  return is.ok ? ok({ was: was.value, is: is.value }) : is;
}

const ONE_POLICY =
  'Cannot compare one policy: name two, or name settings with --config to compare with their policy.';

interface Replayed {
  readonly lines: number;
  readonly unreadable: number;
  readonly outside: number;
  readonly report: ReplayReport;
}

async function replay(
  cli: Cli,
  policies: Policies,
  options: DiffOptions,
): Promise<Result<Replayed | null, Trouble>> {
  if (options.replay === undefined) return ok(null);
  const period = readPeriod(cli, options);
  if (!period.ok) return period;
  const sources = findRecord(cli, options.replay);
  if (!sources.ok) return sources;
  const again = new Replay(policies.was, policies.is);
  const count = { unreadable: 0, outside: 0 };
  const read = await readRecord(cli, sources.value, (line) => {
    const decision = readDecisionLine(line);
    if (decision === null) count.unreadable += 1;
    else if (decision !== 'other' && !isInside(period.value, decision.atMs)) count.outside += 1;
    else if (decision !== 'other') again.add(decision);
  });
  if (!read.ok) return read;
  for (const { name, why } of read.value.broken)
    warn(cli, `Only a part of ${JSON.stringify(name)} was read: ${why}`);
  const { lines, tooLong } = read.value;
  const { unreadable, outside } = count;
  return ok({
    lines: lines + tooLong,
    unreadable: unreadable + tooLong,
    outside,
    report: again.report(EXAMPLES),
  });
}

function tell(
  cli: Cli,
  found: { readonly diff: PolicyDiff; readonly replayed: Replayed | null; readonly options: DiffOptions },
): void {
  const { diff, replayed, options } = found;
  const same = diff.changes.length === 0 && (replayed === null || replayed.report.changes.length === 0);
  if (options.json === true) sayJson(cli, withTimes({ same, ...diff, replay: replayed }));
  else {
    for (const line of diffLines(diff)) say(cli, line);
    if (replayed !== null) for (const line of replayLines(replayed.report, replayed)) say(cli, line);
  }
  cli.end(same ? EXIT.fine : EXIT.differences);
}
