// `gatewright ca`: the certificate authority that clients of this gate trust.
// Must not know how it is kept; nothing here ever shows its key.
import { Command, InvalidArgumentError } from 'commander';
import type { Acts, CaFacts, CaMade } from '../../acts.ts';
import { ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import { type Cli, endInTrouble, examples, say, sayJson, warn } from '../cli.ts';
import { EXIT } from '../exit-status.ts';
import { readText } from '../files.ts';
import { readPolicy } from '../policy-file.ts';
import { DEFAULT_SETTINGS_FILE, readSettings } from '../settings-file.ts';
import { caText } from './_ca-text.ts';

/** Either names the folder, or the settings that name it. */
interface Place {
  readonly dir?: string;
  readonly config: string;
  readonly json?: true;
}
interface NewOptions extends Place {
  readonly permit?: readonly string[];
  readonly name?: string;
  readonly days?: number;
  readonly activateInDays?: number;
}
interface ExportOptions extends Place {
  readonly der?: true;
  readonly next?: true;
}
interface ImportOptions extends Place {
  readonly cert: string;
  readonly key: string;
}

export function caCommand(cli: Cli): Command {
  return new Command('ca')
    .description('the certificate authority that clients trust')
    .addCommand(initCommand(cli))
    .addCommand(showCommand(cli))
    .addCommand(exportCommand(cli))
    .addCommand(importCommand(cli))
    .addCommand(rotateCommand(cli))
    .addCommand(retireCommand(cli));
}

function initCommand(cli: Cli): Command {
  return withNewOptions(withPlace(new Command('init')))
    .description('make a CA that may sign for what the policy needs, and for nothing else')
    .addHelpText(
      'after',
      examples(
        ['gatewright ca init', 'for the policy that gatewright.yaml names'],
        ["gatewright ca init --dir ca --permit github.com '*.githubcopilot.com'", 'for these names'],
      ),
    )
    .action((options: NewOptions) =>
      perform(cli, options, async (acts, dir) => {
        const permit = await permitsOf(cli, options, acts);
        return permit.ok
          ? acts.ca.init({ dir, permit: permit.value, commonName: options.name, days: options.days })
          : permit;
      }),
    );
}

function showCommand(cli: Cli): Command {
  return withPlace(new Command('show'))
    .description('say what the CA is, and for what it may sign')
    .addHelpText(
      'after',
      examples(
        ['gatewright ca show', 'its fingerprint, to compare by telephone'],
        ['gatewright ca show --json', 'for a program'],
      ),
    )
    .action((options: Place) => perform(cli, options, (acts, dir) => acts.ca.show(dir)));
}

function exportCommand(cli: Cli): Command {
  return withPlace(new Command('export'))
    .description('write the certificate to standard output, never the key')
    .option('--der', 'DER instead of PEM, as Windows and Java take it')
    .option('--next', 'with --der: the CA that takes over during a rotation')
    .addHelpText(
      'after',
      examples(
        ['gatewright ca export > gate.pem', 'for clients'],
        ['gatewright ca export --der > gate.cer', 'for Windows'],
      ),
    )
    .action(async (options: ExportOptions) => {
      const dir = await dirOf(cli, options);
      if (!dir.ok) return endInTrouble(cli, dir.error);
      const format = options.der === true ? 'der' : 'pem';
      const which = options.next === true ? 'next' : 'current';
      const exported = await (await cli.loadActs()).ca.export({ dir: dir.value, format, which });
      if (!exported.ok) return endInTrouble(cli, exported.error);
      cli.terminal.outBytes(exported.value);
      cli.end(EXIT.fine);
    });
}

function importCommand(cli: Cli): Command {
  return withPlace(new Command('import'))
    .description("take a CA that exists, such as a subordinate of the company's own")
    .requiredOption('--cert <pem>', 'its certificate, with its issuers up to the root')
    .requiredOption('--key <pem>', 'its key; GATEWRIGHT_CA_PASSPHRASE opens an encrypted one')
    .addHelpText(
      'after',
      examples(['gatewright ca import --cert sub-ca.pem --key sub-ca.key', 'it is linted first']),
    )
    .action((options: ImportOptions) =>
      perform(cli, options, async (acts, dir) => {
        const certificate = readText(cli, options.cert, 'the certificate');
        if (!certificate.ok) return certificate;
        const key = readText(cli, options.key, 'the key');
        if (!key.ok) return key;
        const passphrase = cli.terminal.env['GATEWRIGHT_CA_PASSPHRASE'];
        return acts.ca.import({
          dir,
          certificatePem: certificate.value.text,
          keyPem: key.value.text,
          passphrase,
        });
      }),
    );
}

function rotateCommand(cli: Cli): Command {
  return withNewOptions(withPlace(new Command('rotate')))
    .description('make the next CA; clients get both until it takes over')
    .option('--activate-in-days <days>', 'when the next one signs (30)', wholeNumber)
    .addHelpText(
      'after',
      examples(['gatewright ca rotate', 'then hand out ca.pem again, and `ca retire` at the end']),
    )
    .action((options: NewOptions) =>
      perform(cli, options, async (acts, dir) => {
        const permit = await permitsOf(cli, options, acts);
        if (!permit.ok) return permit;
        const { name, days, activateInDays } = options;
        return acts.ca.rotate({ dir, permit: permit.value, commonName: name, days, activateInDays });
      }),
    );
}

function retireCommand(cli: Cli): Command {
  return withPlace(new Command('retire'))
    .description('end a rotation: forget the CA that no longer signs')
    .addHelpText('after', examples(['gatewright ca retire', 'ca.pem then holds the new one alone']))
    .action((options: Place) => perform(cli, options, (acts, dir) => acts.ca.retire(dir)));
}

/** Does something to the CA in the folder that the options name, and shows the CA. */
async function perform(
  cli: Cli,
  options: Place,
  act: (acts: Acts, dir: string) => Promise<Result<CaFacts | CaMade, Trouble>>,
): Promise<void> {
  const dir = await dirOf(cli, options);
  if (!dir.ok) return endInTrouble(cli, dir.error);
  const done = await act(await cli.loadActs(), dir.value);
  if (!done.ok) return endInTrouble(cli, done.error);
  const { facts, warnings } = 'facts' in done.value ? done.value : { facts: done.value, warnings: [] };
  for (const { text } of warnings) warn(cli, `warning: ${text}`);
  if (options.json === true) sayJson(cli, { ...facts, warnings });
  else for (const line of caText(facts)) say(cli, line);
  cli.end(EXIT.fine);
}

function withPlace(command: Command): Command {
  return command
    .option('--config <file>', 'the settings that name the folder and the policy', DEFAULT_SETTINGS_FILE)
    .option('--dir <folder>', 'the folder itself')
    .option('--json', 'for a program');
}

function withNewOptions(command: Command): Command {
  return command
    .option(
      '--permit <names...>',
      'host names, patterns and networks it may sign for (default: what the policy needs)',
    )
    .option('--name <text>', 'how users see it in their trust store')
    .option('--days <days>', 'how long it is valid (730)', wholeNumber);
}

async function dirOf(cli: Cli, options: Place): Promise<Result<string, Trouble>> {
  if (options.dir !== undefined) return ok(options.dir);
  const settings = await readSettings(cli, options.config);
  return settings.ok ? ok(settings.value.ca.dir) : settings;
}

async function permitsOf(
  cli: Cli,
  options: NewOptions,
  acts: Acts,
): Promise<Result<readonly string[], Trouble>> {
  if (options.permit !== undefined) return ok(options.permit);
  const settings = await readSettings(cli, options.config);
  if (!settings.ok) return settings;
  const policy = await readPolicy(cli, settings.value.policy, settings.value.timeZone);
  return policy.ok ? ok(acts.ca.permitsFor(policy.value)) : policy;
}

function wholeNumber(text: string): number {
  if (!/^[0-9]{1,5}$/.test(text)) throw new InvalidArgumentError('Write a whole number of days.');
  return Number(text);
}
