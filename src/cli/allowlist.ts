// `gatewright allowlist`: what GitHub publishes, beside what the policy lets in.
// Must not know how either is read.
import { Command } from 'commander';
import { err, ok, type Result } from '../core/base/result.ts';
import { META_URL } from '../core/github/published-domains.ts';
import { type AllowlistDiff, diffAllowlist, hasDrift } from '../core/policy/allowlist-diff.ts';
import type { PublishedPatterns } from '../core/policy/published-patterns.ts';
import { allowlistCounts, allowlistSections } from './_allowlist-text.ts';
import { type Meta, type MetaOptions, readMeta } from './_meta-source.ts';
import { type Cli, endInTrouble, examples, paint, say, sayJson } from './cli.ts';
import { EXIT } from './exit-status.ts';
import { DEFAULT_POLICY_FILE, readPolicy } from './policy-file.ts';
import type { Trouble } from './shell.ts';

interface DiffOptions extends MetaOptions {
  readonly policy: string;
  readonly category?: readonly string[];
  readonly json?: true;
}

export function allowlistCommand(cli: Cli): Command {
  return new Command('allowlist')
    .description("GitHub's published list of domains beside the policy")
    .addCommand(diffCommand(cli));
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
      const meta = await readMeta(cli, options);
      if (!meta.ok) return endInTrouble(cli, meta.error);
      const categories = chosenCategories(meta.value.published, options.category);
      if (!categories.ok) return endInTrouble(cli, categories.error);
      const policy = await readPolicy(cli, options.policy);
      if (!policy.ok) return endInTrouble(cli, policy.error);
      const diff = diffAllowlist(policy.value, meta.value.published, categories.value);
      if (options.json === true)
        sayJson(cli, { source: options.meta, how: meta.value.how, drift: hasDrift(diff), ...diff });
      else show(cli, diff, { ...options, ...meta.value });
      cli.end(hasDrift(diff) ? EXIT.differences : EXIT.fine);
    });
}

function withMeta(command: Command): Command {
  return command
    .option('--policy <file>', 'the policy', DEFAULT_POLICY_FILE)
    .option('--meta <file or url>', 'the list', META_URL)
    .option('--category <name...>', 'only these categories of the list, such as website, copilot, actions')
    .option('--proxy <url>', 'an HTTP proxy (HTTPS_PROXY, https_proxy, ALL_PROXY)')
    .option('--cacert <file>', "a CA that is believed besides the system's")
    .option('--cache <file>', 'where the last list is kept ($XDG_CACHE_HOME/gatewright/meta.json)');
}

/** Null: all. A category that is not published is a mistake, not an empty list. */
function chosenCategories(
  { categories }: PublishedPatterns,
  asked: readonly string[] | undefined,
): Result<readonly string[] | null, Trouble> {
  const names = asked?.flatMap((text) => text.split(',')).filter((name) => name !== '') ?? null;
  const unknown = names?.find((name) => !categories.includes(name));
  if (unknown === undefined) return ok(names);
  const message = `Cannot compare the category ${JSON.stringify(unknown)}: the list has ${categories.join(', ')}.`;
  return err({ kind: 'failed', message });
}

const HOW: Readonly<Record<Meta['how'], string>> = {
  file: '',
  fetched: ', fetched now',
  unchanged: ', unchanged since the last time',
};

function show(cli: Cli, diff: AllowlistDiff, { meta, how, policy }: DiffOptions & Meta): void {
  const source = `${meta}${HOW[how]}`;
  say(cli, `${policy} beside the ${diff.published.length} names that GitHub publishes (${source}):`);
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
