// What every command of `gatewright allowlist` takes and reads: the list, the policy, and how they differ.
// Must not know what is done about it.
import type { Command } from 'commander';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import { type AllowlistDiff, diffAllowlist } from '../../core/policy/compare/allowlist-diff.ts';
import type { PublishedPatterns } from '../../core/policy/compare/published-patterns.ts';
import type { Policy } from '../../core/policy/compile/policy.ts';
import { META_URL } from '../../core/vendors/github/published-domains.ts';
import { CONFIG_OPTION, policyAtHand } from '../at-hand.ts';
import type { Cli } from '../cli.ts';
import { type Meta, type MetaOptions, readMeta } from './_meta-source.ts';

export interface BesideOptions extends MetaOptions {
  readonly policy?: string;
  readonly config?: string;
  readonly category?: readonly string[];
  /** Where the days of the policy end; the settings', or UTC, when left out. */
  readonly timeZone?: string;
}

/** The list beside the policy. */
export interface Both {
  readonly meta: Meta;
  readonly policy: Policy;
  readonly diff: AllowlistDiff;
}

export async function readBoth(cli: Cli, options: BesideOptions): Promise<Result<Both, Trouble>> {
  // What is wrong with the policy is said at once, not after a question over the network.
  const policy = await policyAtHand(cli, options);
  if (!policy.ok) return policy;
  const meta = await readMeta(cli, options);
  if (!meta.ok) return meta;
  const categories = chosenCategories(meta.value.published, options.category);
  if (!categories.ok) return categories;
  const diff = diffAllowlist(policy.value, meta.value.published, categories.value);
  return ok({ meta: meta.value, policy: policy.value, diff });
}

export function withMeta(command: Command): Command {
  return command
    .option('--policy <file>', "the policy (the settings', or policy.yaml)")
    .option(...CONFIG_OPTION)
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
