// `gatewright allowlist`: what GitHub publishes, beside what the policy lets in.
// Must not know how either is read.
import { Command } from 'commander';
import { type AllowlistDiff, hasDrift } from '../../core/policy/compare/allowlist-diff.ts';
import { META_URL } from '../../core/vendors/github/published-domains.ts';
import { type Cli, endInTrouble, examples, paint, say, sayJson } from '../cli.ts';
import { EXIT } from '../exit-status.ts';
import { counted } from '../printed.ts';
import { type BesideOptions, readBoth, withMeta } from './_allowlist-options.ts';
import { allowlistCounts, allowlistSections } from './_allowlist-text.ts';
import type { Meta } from './_meta-source.ts';
import { acceptCommand } from './allowlist-accept.ts';

interface DiffOptions extends BesideOptions {
  readonly json?: true;
}

export function allowlistCommand(cli: Cli): Command {
  return new Command('allowlist')
    .description("GitHub's published list of domains beside the policy")
    .addCommand(diffCommand(cli))
    .addCommand(acceptCommand(cli));
}

function diffCommand(cli: Cli): Command {
  return withMeta(new Command('diff'))
    .description('say what GitHub publishes and the policy lacks or blocks, and what is published no longer')
    .option('--json', 'for a program')
    .addHelpText(
      'after',
      examples(
        ['gatewright allowlist diff', `policy.yaml beside ${META_URL}`],
        ['gatewright allowlist diff --category copilot website', 'what of it matters here'],
        ['gatewright allowlist diff --proxy http://gate:3128 --cacert gate.pem', 'through the gate'],
        ['gatewright allowlist diff --meta meta.json --json; echo $?', 'a list from a file; 4 is drift'],
      ),
    )
    .action(async (options: DiffOptions) => {
      const both = await readBoth(cli, options);
      if (!both.ok) return endInTrouble(cli, both.error);
      const { meta, diff } = both.value;
      if (options.json === true)
        sayJson(cli, { source: options.meta, how: meta.how, drift: hasDrift(diff), ...diff });
      else show(cli, diff, { options, meta });
      cli.end(hasDrift(diff) ? EXIT.differences : EXIT.fine);
    });
}

const HOW: Readonly<Record<Meta['how'], string>> = {
  file: '',
  fetched: ', fetched now',
  unchanged: ', unchanged since the last time',
};

function show(
  cli: Cli,
  diff: AllowlistDiff,
  { options, meta }: { readonly options: DiffOptions; readonly meta: Meta },
): void {
  const source = `${options.meta}${HOW[meta.how]}`;
  say(
    cli,
    `${options.policy} beside ${counted(diff.published.length, 'name')} that GitHub publishes (${source}):`,
  );
  for (const { heading, advice, colour, lines } of allowlistSections(diff)) {
    say(cli);
    say(cli, `${paint(cli, colour, heading)}  ${paint(cli, 'dim', advice)}`);
    for (const line of lines) say(cli, `  ${line}`);
  }
  const counts = Object.entries(allowlistCounts(diff)).map(([state, count]) => `${count} ${state}`);
  say(cli);
  say(
    cli,
    `${hasDrift(diff) ? paint(cli, 'red', 'drift') : paint(cli, 'green', 'no drift')}: ${counts.join(', ')}`,
  );
}
