// `gatewright check`: are the settings, the policy and the CA right, and right for each other?
// Must not know how any of them is read.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import type { Policy } from '../../core/policy/compile/policy.ts';
import { type EndingExemption, endingExemptions } from '../../core/policy/language/ending-exemptions.ts';
import { type Warning, warningsOf } from '../../core/policy/language/warnings.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { looksLikeSettings } from '../../core/settings/told-apart.ts';
import { type Cli, endInTrouble, examples, faultLine, paint, say, sayJson, warn } from '../cli.ts';
import { EXIT } from '../exit-status.ts';
import { readText } from '../files.ts';
import { policyReader, readPolicy } from '../policy-file.ts';
import { DEFAULT_SETTINGS_FILE, readSettings } from '../settings-file.ts';

interface CheckOptions {
  readonly config?: string;
  readonly timeZone?: string;
  readonly json?: true;
}

/** What was found to be right, and what about it is worth a look. */
interface Checked {
  readonly files: readonly string[];
  readonly warnings: readonly Warning[];
  /** Those that ended or end soon. */
  readonly exemptions: readonly EndingExemption[];
  /** Names and networks that the CA may not sign for and the policy needs. */
  readonly missingPermits: readonly string[];
}

export function checkCommand(cli: Cli): Command {
  return new Command('check')
    .description('check settings with their policy and CA, or a policy alone')
    .argument('[file]', `a policy, or settings (${DEFAULT_SETTINGS_FILE})`)
    .option('--config <file>', 'settings')
    .option('--time-zone <name>', 'where the days of a policy alone end (UTC); settings say it themselves')
    .option('--json', 'for a program')
    .addHelpText(
      'after',
      examples(
        ['gatewright check', 'gatewright.yaml of this folder, and what it names'],
        ['gatewright check policy.yaml', 'a policy alone, with the files that it includes'],
        ['gatewright check --config /etc/gatewright/gatewright.yaml --json', 'in a build'],
      ),
    )
    .action(async (file: string | undefined, options: CheckOptions) => {
      const checked = await check(cli, options.config ?? file ?? DEFAULT_SETTINGS_FILE, options.timeZone);
      if (options.json === true) return endInJson(cli, checked);
      if (!checked.ok) return endInTrouble(cli, checked.error);
      const { files, warnings, missingPermits } = checked.value;
      for (const warning of warnings)
        warn(cli, faultLine(warning, paint(cli, 'yellow', `warning ${warning.code}: `)));
      if (missingPermits.length > 0) {
        warn(
          cli,
          `The CA may not sign for ${missingPermits.join(', ')}, and the policy needs it. Run gatewright ca rotate.`,
        );
      } else say(cli, `${list(files)}: right`);
      cli.end(missingPermits.length > 0 ? EXIT.invalid : EXIT.fine);
    });
}

async function check(
  cli: Cli,
  file: string,
  timeZone: string | undefined,
): Promise<Result<Checked, Trouble>> {
  const isMissing = !existsSync(resolve(cli.terminal.cwd, file));
  if (isMissing && file === DEFAULT_SETTINGS_FILE) return checkSettings(cli, file);
  const source = readText(cli, file, 'the file to check');
  if (!source.ok) return source;
  if (looksLikeSettings(source.value.text)) {
    if (timeZone === undefined) return checkSettings(cli, file);
    const message = `Cannot check ${JSON.stringify(file)} in another time zone: settings say their own in timeZone. Leave --time-zone out.`;
    return err({ kind: 'failed', message });
  }
  const policy = await readPolicy(cli, source.value, timeZone);
  if (!policy.ok) return policy;
  const { files } = policy.value.document;
  return ok({ files, ...lookAt(cli, policy.value), missingPermits: [] });
}

async function checkSettings(cli: Cli, file: string): Promise<Result<Checked, Trouble>> {
  const settings = await readSettings(cli, file);
  if (!settings.ok) return settings;
  const acts = await cli.loadActs();
  const { timeZone, listeners } = settings.value;
  const policy = policyReader(cli, acts)(settings.value.policy, { timeZone, listeners });
  if (!policy.ok) return policy;
  const opening = await acts.checkOpening(settings.value);
  if (!opening.ok) return opening;
  const missing = await acts.ca.missingPermits(settings.value.ca.dir, policy.value);
  if (!missing.ok) return missing;
  const files = [file, ...policy.value.document.files];
  const looked = lookAt(cli, policy.value, listeners);
  return ok({ files, ...looked, missingPermits: missing.value });
}

function list(files: readonly string[]): string {
  const last = files.at(-1) ?? '';
  return files.length < 2 ? last : `${files.slice(0, -1).join(', ')} and ${last}`;
}

/** `listeners` are known where settings are. */
function lookAt(
  cli: Cli,
  { document }: Policy,
  listeners?: Settings['listeners'],
): Pick<Checked, 'warnings' | 'exemptions'> {
  const now = { nowMs: cli.terminal.nowMs() };
  const known = listeners === undefined ? now : { ...now, listeners };
  return { warnings: warningsOf(document, known), exemptions: endingExemptions(document, now) };
}

function endInJson(cli: Cli, checked: Result<Checked, Trouble>): void {
  if (checked.ok) {
    sayJson(cli, { valid: checked.value.missingPermits.length === 0, faults: [], ...checked.value });
    cli.end(checked.value.missingPermits.length > 0 ? EXIT.invalid : EXIT.fine);
    return;
  }
  if (checked.error.kind === 'failed') {
    endInTrouble(cli, checked.error);
    return;
  }
  const faults = checked.error.faults.map((fault) => ({ ...fault, text: faultLine(fault) }));
  sayJson(cli, { valid: false, faults, warnings: [], exemptions: [], missingPermits: [] });
  cli.end(EXIT.invalid);
}
