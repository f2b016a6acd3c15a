// `gatewright allowlist accept`: what was approved goes into a dated file that the policy includes.
// Must not know how the list and the policy are read, nor how files are edited.
import { Command } from 'commander';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import { type AcceptPlan, doubtOf, planAcceptance } from '../../core/policy/compare/accept-plan.ts';
import { type Cli, endInTrouble, examples, paint, say, sayJson, warn } from '../cli.ts';
import { EXIT } from '../exit-status.ts';
import { editsFor } from './_accept.ts';
import { type BesideOptions, type Both, readBoth, withMeta } from './_allowlist-options.ts';
import { replaceFiles } from './_replace-files.ts';

interface AcceptCommandOptions extends BesideOptions {
  readonly all?: true;
  readonly why?: string;
  readonly file?: string;
  readonly json?: true;
}

export function acceptCommand(cli: Cli): Command {
  return withMeta(new Command('accept'))
    .description('let in what GitHub publishes: into a dated file that the policy includes')
    .argument('[names...]', 'as `allowlist diff` shows them; what is published no longer is taken out again')
    .option(
      '--all',
      'everything that is missing, but for what a preset is there to block and what anybody can rent a name in',
    )
    .option('--why <text>', 'for the reader of the policy')
    .option('--file <file>', "in the policy's folder (approved-YYYY-MM-DD.yaml of today)")
    .option(
      '--time-zone <name>',
      "which day it is, and where the days of the policy end (the settings', or UTC)",
    )
    .option('--json', 'for a program')
    .addHelpText(
      'after',
      examples(
        ["gatewright allowlist accept '*.vscode-webview.net' --why 'Codespaces, ticket 4711'", 'one name'],
        ['gatewright allowlist accept --all --category actions packages', 'what these categories lack'],
        ['gatewright check policy.yaml && git diff', 'what it wrote'],
      ),
    )
    .action(async (names: readonly string[], options: AcceptCommandOptions) => {
      const accepted = await accept(cli, names, options);
      if (!accepted.ok) return endInTrouble(cli, accepted.error);
      const { plan, written } = accepted.value;
      const refused = plan.left.some(({ kind }) => kind === 'refused');
      if (options.json === true) sayJson(cli, forProgram(plan, written));
      else show(cli, plan, written);
      cli.end(refused ? EXIT.failure : EXIT.fine);
    });
}

interface Accepted {
  readonly plan: AcceptPlan;
  /** Absolute. */
  readonly written: readonly string[];
}

async function accept(
  cli: Cli,
  names: readonly string[],
  options: AcceptCommandOptions,
): Promise<Result<Accepted, Trouble>> {
  const isAll = options.all === true;
  if (isAll === names.length > 0)
    return failed(
      'Cannot accept this: name what to accept, as gatewright allowlist diff shows it, or write --all.',
    );
  if (!isAll && options.category !== undefined)
    return failed('Cannot narrow names by --category: it goes with --all.');
  const both = await readBoth(cli, options);
  if (!both.ok) return both;
  const plan = planAcceptance(both.value.diff, isAll ? 'all' : names);
  // A person who named something that may not be wants to look again before anything is written.
  if (plan.left.some(({ kind }) => kind === 'refused')) return ok({ plan, written: [] });
  return write(cli, options, { plan, ...both.value });
}

async function write(
  cli: Cli,
  options: AcceptCommandOptions,
  given: Both & { readonly plan: AcceptPlan },
): Promise<Result<Accepted, Trouble>> {
  const { plan } = given;
  const { file = null, why = null, meta } = options;
  const [policy = ''] = given.policy.document.files;
  const edits = await editsFor(cli, { policy, file, why, meta }, given);
  if (!edits.ok) return edits;
  const replaced = replaceFiles(edits.value);
  if (!replaced.ok) return failed(replaced.error);
  return ok({ plan, written: edits.value.map((each) => each.file) });
}

function show(cli: Cli, plan: AcceptPlan, written: readonly string[]): void {
  const did = written.length > 0;
  const refused = plan.left.filter(({ kind }) => kind === 'refused');
  for (const { name, why } of refused) warn(cli, `Cannot accept ${JSON.stringify(name)}: ${why}.`);
  if (refused.length > 0) warn(cli, 'Nothing was written.');
  if (did)
    for (const finding of plan.accepted) {
      const { pattern, categories, blockedBy } = finding;
      const doubt = doubtOf(finding);
      const notes = [
        ...(doubt === null ? [] : [doubt]),
        ...blockedBy.map(({ name }) => `but for what ${name} wins against`),
      ];
      const note = notes.length === 0 ? '' : `; ${notes.join('; ')}`;
      say(cli, `${paint(cli, 'green', 'accepted')}    ${pattern} (${categories.join(', ')})${note}`);
    }
  if (did)
    for (const { pattern } of plan.takenBack) say(cli, `${paint(cli, 'yellow', 'taken back')}  ${pattern}`);
  for (const { name, why, kind } of plan.left)
    if (kind === 'as-it-is') say(cli, `as it is    ${name}: ${why}`);
  for (const file of written) say(cli, `wrote       ${file}`);
  if (!did && refused.length === 0) say(cli, 'There is nothing to accept.');
}

function forProgram(plan: AcceptPlan, written: readonly string[]): Readonly<Record<string, unknown>> {
  const did = written.length > 0;
  return {
    written,
    accepted: did ? plan.accepted.map(({ pattern }) => pattern) : [],
    takenBack: did ? plan.takenBack.map(({ pattern }) => pattern) : [],
    left: plan.left,
  };
}

function failed(message: string): Result<never, Trouble> {
  return err({ kind: 'failed', message });
}
