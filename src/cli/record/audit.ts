// `gatewright audit verify`: whether a record is whole, line by line and stream by stream.
// Must not know how lines are chained.
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import type { RecordCheck } from '../../acts.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import { type Cli, endInTrouble, examples, paint, say, sayJson, warn } from '../cli.ts';
import { EXIT } from '../exit-status.ts';
import { DEFAULT_SETTINGS_FILE, readSettings } from '../settings-file.ts';

interface VerifyFlags {
  readonly config: string;
  readonly key?: string;
  readonly json?: true;
}

export function auditCommand(cli: Cli): Command {
  const verify = new Command('verify')
    .description('check that a record is whole: no line missing, changed, moved or added')
    .argument('[paths...]', "folders of records, or files; by default the settings' audit.dir")
    .option('--config <file>', 'the settings that say where the record is', DEFAULT_SETTINGS_FILE)
    .option('--key <file>', "the installation's print.key; by default the one in the folder")
    .option('--json', 'for a program')
    .addHelpText(
      'after',
      examples(
        ['gatewright audit verify', 'the record of gatewright.yaml'],
        ['gatewright audit verify /backup/audit --key /safe/print.key', 'a copy, with a key kept elsewhere'],
        ['gatewright audit verify --json | jq .streams', 'how far each stream has come, to keep elsewhere'],
      ),
    )
    .action(async (paths: readonly string[], flags: VerifyFlags) => {
      const places = await placesFor(cli, paths, flags);
      if (!places.ok) return endInTrouble(cli, places.error);
      const { folders, keyFile } = places.value;
      const checked = await (await cli.loadActs()).verifyRecord({ paths: folders, keyFile });
      if (!checked.ok) return endInTrouble(cli, checked.error);
      const { faults } = checked.value;
      if (flags.json === true) sayJson(cli, { whole: faults.length === 0, ...checked.value });
      else tell(cli, checked.value);
      cli.end(faults.length === 0 ? EXIT.fine : EXIT.differences);
    });
  return new Command('audit').description('the record of a gate').addCommand(verify);
}

interface Places {
  readonly folders: readonly string[];
  /** Where the key is looked for when nobody said. */
  readonly keyFile: { readonly path: string; readonly asked: 'by-name' | 'by-habit' };
}

async function placesFor(
  cli: Cli,
  paths: readonly string[],
  { config, key }: VerifyFlags,
): Promise<Result<Places, Trouble>> {
  const { cwd } = cli.terminal;
  let folders = paths.map((path) => resolve(cwd, path));
  if (folders.length === 0) {
    const settings = await readSettings(cli, config);
    if (!settings.ok) return err(settings.error);
    folders = [settings.value.audit.dir];
  }
  const keyFile =
    key === undefined
      ? ({ path: join(folders[0] ?? cwd, 'print.key'), asked: 'by-habit' } as const)
      : ({ path: resolve(cwd, key), asked: 'by-name' } as const);
  return ok({ folders, keyFile });
}

function tell(cli: Cli, { files, lines, streams, faults, torn, seals }: RecordCheck): void {
  say(cli, `${count(lines, 'line')} in ${count(files, 'file')}, ${count(streams.length, 'stream')}`);
  for (const { stream, first, last, files: own, end, sealedTo } of streams) {
    const sealed = sealedTo === 0 ? 'not sealed' : `sealed to line ${sealedTo}`;
    const ended = end === 'closed' ? 'closed' : 'still open, or ended without a word';
    say(
      cli,
      `  ${stream.padEnd(8)} lines ${first} to ${last} in ${count(own.length, 'file')}; ${sealed}; ${ended}`,
    );
  }
  for (const { file, line } of torn)
    say(cli, `${file}:${line}: a piece of a line: its process was killed as it wrote, or writes now`);
  if (seals.unchecked > 0)
    say(
      cli,
      `${count(seals.unchecked, 'seal')} not checked: there is no key here. Name it with --key print.key`,
    );
  for (const { file, line, text } of faults) warn(cli, `${file}:${line}: ${text}`);
  if (faults.length === 0) say(cli, paint(cli, 'green', 'Whole: every line is there, as it was written.'));
  else warn(cli, paint(cli, 'red', `Broken: ${count(faults.length, 'fault')}.`));
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
