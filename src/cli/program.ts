// The command line as a whole: which commands there are, and how one run of it ends.
// Must not know what a command does.
import { Command, CommanderError } from 'commander';
import { allowlistCommand } from './allowlist.ts';
import { auditCommand } from './audit.ts';
import { caCommand } from './ca.ts';
import { checkCommand } from './check.ts';
import type { Cli } from './cli.ts';
import { demoCommand } from './demo.ts';
import { diffCommand } from './diff.ts';
import { execCommand } from './exec.ts';
import { EXIT, type ExitStatus } from './exit-status.ts';
import { explainCommand } from './explain.ts';
import { initCommand } from './init.ts';
import { presetsCommand } from './presets.ts';
import { reportCommand } from './report.ts';
import { runCommand } from './run.ts';
import { schemaCommand } from './schema.ts';
import { selftestCommand } from './selftest.ts';
import { simulateCommand } from './simulate.ts';
import { stampCommand } from './stamp.ts';
import { statusCommand } from './status.ts';
import type { Terminal } from './terminal.ts';
import { testCommand } from './test-command.ts';
import { userCommand } from './user.ts';
import { versionCommand } from './version.ts';
import { walkthroughCommand } from './walkthrough.ts';
import { worldCommand } from './world.ts';

const COMMANDS = [
  demoCommand,
  initCommand,
  checkCommand,
  explainCommand,
  testCommand,
  diffCommand,
  runCommand,
  statusCommand,
  reportCommand,
  simulateCommand,
  worldCommand,
  stampCommand,
  walkthroughCommand,
  auditCommand,
  caCommand,
  userCommand,
  selftestCommand,
  execCommand,
  presetsCommand,
  allowlistCommand,
  schemaCommand,
  versionCommand,
];

const HELP = `
Start here:
  $ gatewright demo                                  # a gate and a simulated GitHub on this machine
  $ gatewright init --enterprise 12345               # write gatewright.yaml and policy.yaml
  $ gatewright check                                 # are they right?
  $ gatewright explain https://github.com/octo-org/app --policy policy.yaml --user dave
  $ gatewright run --config gatewright.yaml          # open the gate

Exit status: 0 fine, 1 failure, 2 the answer is block, 3 policy or settings invalid, 4 differences found.
\`gatewright COMMAND --help\` shows each command by examples; without a command, the demo runs.
In a checkout, where gatewright is not installed: \`npm start -- COMMAND\`.`;

/** Runs one command line, without the program's name, and resolves with its exit status. */
export async function runCommandLine(
  args: readonly string[],
  surroundings: { readonly terminal: Terminal; readonly loadShell: Cli['loadShell'] },
): Promise<ExitStatus> {
  let status: ExitStatus = EXIT.failure;
  const cli: Cli = {
    ...surroundings,
    end: (ended) => {
      status = ended;
    },
  };
  try {
    await buildProgram(cli).parseAsync(commandOf(args), { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.failure;
    throw error;
  }
}

/** Nothing is the demo; `--version` is what people type before they know the command. */
function commandOf(args: readonly string[]): readonly string[] {
  const [first, ...rest] = args;
  if (first === undefined) return ['demo'];
  return first === '--version' || first === '-V' ? ['version', ...rest] : args;
}

/** The commands as they are typed, `ca init` included; docs/cli.md is tested against it. */
export function commandNames(cli: Cli): string[] {
  const namesUnder = (command: Command, prefix: string): string[] =>
    command.commands.flatMap((child) => {
      const name = `${prefix}${child.name()}`;
      return child.commands.length === 0 ? [name] : namesUnder(child, `${name} `);
    });
  return namesUnder(buildProgram(cli), '');
}

function buildProgram(cli: Cli): Command {
  const program = new Command('gatewright')
    .description("The gate between a company's network and GitHub.")
    .enablePositionalOptions()
    .option('-V, --version', 'as the command version')
    .addHelpText('after', HELP);
  for (const make of COMMANDS) program.addCommand(make(cli));
  return withOutput(program, cli.terminal);
}

// Commander's own output and exits go where the command's go; each subcommand has to be told.
function withOutput(command: Command, terminal: Terminal): Command {
  command
    .exitOverride()
    .showHelpAfterError('(--help shows examples)')
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.err(text),
      getOutHasColors: () => terminal.colours,
      getErrHasColors: () => false,
    });
  for (const child of command.commands) withOutput(child, terminal);
  return command;
}
