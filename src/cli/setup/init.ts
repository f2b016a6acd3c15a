// `gatewright init`: writes gatewright.yaml and policy.yaml from a few answers or flags, and never over anything.
// Must not know what the files say in detail.
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { parseHostname } from '../../core/base/hostname.ts';
import { makeFolder } from '../../core/base/make-folder.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import { CRL_URL_MEND, parseCrlUrl } from '../../core/settings/crl-url.ts';
import { parseSettings } from '../../core/settings/settings-document.ts';
import { type Cli, endInTrouble, examples, say } from '../cli.ts';
import { EXIT } from '../exit-status.ts';
import { whyNot, writeNew } from '../files.ts';
import { parsePolicyText } from '../policy-file.ts';
import { type Starter, starterPolicy, starterSettings } from './_starter-files.ts';

interface InitOptions {
  readonly dir: string;
  readonly enterprise?: readonly string[];
  readonly listen?: string;
  readonly plans?: readonly string[];
  readonly mode: 'enforce' | 'report';
  readonly publicName?: string;
  readonly crlUrl?: string;
  readonly yes?: true;
}

export function initCommand(cli: Cli): Command {
  return new Command('init')
    .description('write gatewright.yaml and policy.yaml')
    .option('--enterprise <id-or-slug...>', 'whose accounts may be used')
    .option('--listen <address:port>', `where clients connect (${DEFAULT_LISTEN})`)
    .option('--plans <plan...>', 'Copilot plans that may be used: individual, business, enterprise')
    .addOption(
      new Option('--mode <mode>', 'report: everything passes, and the record says what would have been')
        .choices(['enforce', 'report'])
        .default('enforce'),
    )
    .option(
      '--public-name <name>',
      "the gate's name as clients resolve it; they fetch the revocation list there",
    )
    .option('--crl-url <url>', 'where else clients fetch the revocation list')
    .option('--dir <folder>', 'where to write', '.')
    .option('--yes', 'take the defaults instead of asking')
    .addHelpText(
      'after',
      examples(
        ['gatewright init', 'asks three questions'],
        ['gatewright init --enterprise 12345 --listen 0.0.0.0:3128 --plans business --yes', 'asks none'],
        [
          'gatewright init --enterprise 12345 --public-name gate.example.com --mode report --yes',
          'watch first; clients know the gate by that name',
        ],
        ['gatewright init --dir /etc/gatewright --enterprise octo-corp --yes', 'elsewhere'],
      ),
    )
    .action(async (options: InitOptions) => {
      const files = FILES.map((name) => join(options.dir, name));
      const inTheWay = files.find((file) => existsSync(resolve(cli.terminal.cwd, file)));
      if (inTheWay !== undefined)
        return endInTrouble(cli, refuse(`Cannot write ${JSON.stringify(inTheWay)}: ${EXISTS}`));
      const starter = await starterFrom(cli, options);
      if (!starter.ok) return endInTrouble(cli, starter.error);
      const written = write(cli, options.dir, starter.value);
      if (!written.ok) return endInTrouble(cli, written.error);
      tellNext(cli, options.dir);
      cli.end(EXIT.fine);
    });
}

const DEFAULT_LISTEN = '127.0.0.1:3128';
const FILES = ['gatewright.yaml', 'policy.yaml'];
const EXISTS =
  'it exists already, and nothing is overwritten. Move it away or choose another folder with --dir.';

async function starterFrom(cli: Cli, options: InitOptions): Promise<Result<Starter, Trouble>> {
  const asks = options.yes !== true && cli.terminal.interactive;
  const answer = async (given: string | undefined, question: string, otherwise: string): Promise<string> => {
    if (given !== undefined || !asks) return given ?? otherwise;
    return (await cli.terminal.ask(question)).trim() || otherwise;
  };
  const enterprises = await answer(options.enterprise?.join(' '), 'Enterprise IDs or slugs: ', '');
  if (enterprises === '') {
    return err(refuse('Cannot write a policy without an enterprise: name it with --enterprise ID_OR_SLUG.'));
  }
  const listen = await answer(options.listen, `Where clients connect [${DEFAULT_LISTEN}]: `, DEFAULT_LISTEN);
  const plans = await answer(options.plans?.join(' '), 'Copilot plans that may be used [all]: ', '');
  const crlUrl = crlUrlOf(options, listen);
  if (!crlUrl.ok) return err(refuse(crlUrl.error));
  return checked({
    enterprises: words(enterprises),
    listen,
    plans: words(plans),
    mode: options.mode,
    crlUrl: crlUrl.value,
  });
}

/** Null: clients fetch it from the address that the gate listens on, or from the machine's own name. */
function crlUrlOf({ crlUrl, publicName }: InitOptions, listen: string): Result<string | null, string> {
  const quote = JSON.stringify;
  const gate = publicName === undefined ? null : parseHostname(publicName);
  if (gate?.ok === false)
    return err(
      `Cannot use ${quote(publicName)} as --public-name: ${gate.error}. Write the gate's name as DNS has it, such as gate.example.com.`,
    );
  if (crlUrl !== undefined) {
    const read = parseCrlUrl(crlUrl);
    return read.ok ? read : err(`Cannot use ${quote(crlUrl)} as --crl-url: ${read.error}; ${CRL_URL_MEND}.`);
  }
  if (gate === null) return ok(null);
  const [, port = ''] = /:([0-9]+)$/.exec(listen) ?? [];
  if (Number(port) === 0 && port !== '')
    return err(
      `Cannot say where ${quote(publicName)} has the revocation list: --listen ${listen} leaves the port to the system. Name a port there, or the list's address with --crl-url.`,
    );
  const url = parseCrlUrl(`http://${gate.value}:${port}/ca.crl`);
  // What is wrong with the place itself is said by whoever reads the settings.
  return ok(url.ok ? url.value : null);
}

// The files are read as `run` would read them before they are written: a wrong answer leaves nothing behind.
function checked(starter: Starter): Result<Starter, Trouble> {
  const policy = parsePolicyText({ text: starterPolicy(starter), file: 'policy.yaml' });
  if (!policy.ok) return policy;
  const settings = parseSettings({ text: starterSettings(starter), file: 'gatewright.yaml' }, (path) => path);
  return settings.ok ? ok(starter) : err({ kind: 'invalid', faults: settings.error });
}

function write(cli: Cli, dir: string, starter: Starter): Result<null, Trouble> {
  try {
    makeFolder(resolve(cli.terminal.cwd, dir), { mkdir: mkdirSync, parentOf: dirname });
  } catch (error) {
    return err(refuse(`Cannot make the folder ${JSON.stringify(dir)}: ${whyNot(error)}`));
  }
  const policy = writeNew(cli, join(dir, 'policy.yaml'), starterPolicy(starter));
  return policy.ok ? writeNew(cli, join(dir, 'gatewright.yaml'), starterSettings(starter)) : policy;
}

function tellNext(cli: Cli, dir: string): void {
  const config = join(dir, 'gatewright.yaml');
  const option = dir === '.' ? '' : ` --config ${config}`;
  say(cli, `Wrote ${config} and ${join(dir, 'policy.yaml')}. Next:`);
  say(cli, `  gatewright ca init${option}   # the certificate authority that clients will trust`);
  say(cli, `  gatewright check${option}     # are the files right?`);
  say(cli, `  gatewright run${option}       # open the gate`);
}

function words(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}

function refuse(message: string): Trouble {
  return { kind: 'failed', message };
}
