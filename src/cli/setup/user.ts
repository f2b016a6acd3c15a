// `gatewright user`: who may use a listener that requires credentials.
// Must not know how passwords are kept.
import { resolve } from 'node:path';
import { Command } from 'commander';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import { CONFIG_OPTION, settingsAtHand } from '../at-hand.ts';
import { type Cli, endInTrouble, examples, say, sayJson, warn } from '../cli.ts';
import { EXIT } from '../exit-status.ts';

interface UserOptions {
  readonly file?: string;
  readonly config?: string;
  readonly json?: true;
  readonly passwordStdin?: true;
}

export function userCommand(cli: Cli): Command {
  return new Command('user')
    .description('the users of an htpasswd file')
    .addCommand(addCommand(cli))
    .addCommand(removeCommand(cli))
    .addCommand(listCommand(cli));
}

function addCommand(cli: Cli): Command {
  return withFile(new Command('add'))
    .description('add a user, or give a known one a new password')
    .argument('<name>')
    .option('--password-stdin', 'read the password from standard input')
    .addHelpText(
      'after',
      examples(
        ['gatewright user add dave', 'asks for the password'],
        ['gatewright user add dave --file users.htpasswd --password-stdin < secret', 'for scripts'],
      ),
    )
    .action(async (user: string, options: UserOptions) => {
      const file = await usersFile(cli, options);
      if (!file.ok) return endInTrouble(cli, file.error);
      const password = await newPassword(cli, user, options);
      if (!password.ok) return endInTrouble(cli, password.error);
      const acts = await cli.loadActs();
      const set = await acts.setUser({
        file: resolve(cli.terminal.cwd, file.value),
        user,
        password: password.value,
      });
      if (!set.ok) return endInTrouble(cli, set.error);
      say(
        cli,
        set.value === 'added' ? `Added ${user} to ${file.value}.` : `Changed the password of ${user}.`,
      );
      cli.end(EXIT.fine);
    });
}

function removeCommand(cli: Cli): Command {
  return withFile(new Command('remove'))
    .description('remove a user')
    .argument('<name>')
    .addHelpText('after', examples(['gatewright user remove dave', 'dave gets 407 from now on']))
    .action(async (user: string, options: UserOptions) => {
      const file = await usersFile(cli, options);
      if (!file.ok) return endInTrouble(cli, file.error);
      const removed = await (await cli.loadActs()).removeUser({
        file: resolve(cli.terminal.cwd, file.value),
        user,
      });
      if (!removed.ok) return endInTrouble(cli, removed.error);
      say(cli, `Removed ${user} from ${file.value}.`);
      cli.end(EXIT.fine);
    });
}

function listCommand(cli: Cli): Command {
  return withFile(new Command('list'))
    .description('list the users')
    .option('--json', 'for a program')
    .addHelpText('after', examples(['gatewright user list', 'one name per line']))
    .action(async (options: UserOptions) => {
      const file = await usersFile(cli, options);
      if (!file.ok) return endInTrouble(cli, file.error);
      const users = await (await cli.loadActs()).listUsers(resolve(cli.terminal.cwd, file.value));
      if (!users.ok) return endInTrouble(cli, users.error);
      if (options.json === true) sayJson(cli, users.value);
      else for (const user of users.value) say(cli, user);
      cli.end(EXIT.fine);
    });
}

function withFile(command: Command): Command {
  return command
    .option('--file <htpasswd>', "the file of users (the settings' identity.htpasswd, or users.htpasswd)")
    .option(...CONFIG_OPTION);
}

/** The file that is named, the one that the gate of these settings reads, or users.htpasswd. */
async function usersFile(cli: Cli, options: UserOptions): Promise<Result<string, Trouble>> {
  if (options.file !== undefined) return ok(options.file);
  const settings = await settingsAtHand(cli, options.config);
  if (!settings.ok) return settings;
  const own = settings.value?.identity.htpasswd ?? null;
  if (own !== null || settings.value === null) return ok(own ?? DEFAULT_USERS_FILE);
  warn(cli, `The settings name no file of users: write identity: { htpasswd: ${DEFAULT_USERS_FILE} } there.`);
  return ok(DEFAULT_USERS_FILE);
}

const DEFAULT_USERS_FILE = 'users.htpasswd';

async function newPassword(cli: Cli, user: string, options: UserOptions): Promise<Result<string, Trouble>> {
  const refuse = (message: string): Result<string, Trouble> => err({ kind: 'failed', message });
  if (options.passwordStdin === true) {
    const [line = ''] = (await cli.terminal.readInput()).split(/\r?\n/);
    return line === ''
      ? refuse(`Cannot add ${JSON.stringify(user)}: standard input gave no password.`)
      : ok(line);
  }
  if (!cli.terminal.interactive) {
    return refuse(
      `Cannot ask for the password of ${JSON.stringify(user)}: this is no terminal. Use --password-stdin.`,
    );
  }
  const first = await cli.terminal.askSecret(`New password of ${user}: `);
  const again = await cli.terminal.askSecret('Once more: ');
  if (first === again && first !== '') return ok(first);
  return refuse(
    first === ''
      ? 'A password has at least one character.'
      : 'The two passwords differ. Nothing was changed.',
  );
}
