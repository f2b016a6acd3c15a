// The command line as a whole: which commands there are, and how one run of it ends.
// Must not know what a command does.
import { Command, CommanderError } from 'commander';
import { allowlistCommand } from './allowlist/allowlist.ts';
import type { Cli } from './cli.ts';
import { EXIT, type ExitStatus } from './exit-status.ts';
import { runCommand } from './gate/run.ts';
import { stampCommand } from './gate/stamp.ts';
import { statusCommand } from './gate/status.ts';
import { checkCommand } from './policy/check.ts';
import { diffCommand } from './policy/diff.ts';
import { explainCommand } from './policy/explain.ts';
import { presetsCommand } from './policy/presets.ts';
import { schemaCommand } from './policy/schema.ts';
import { testCommand } from './policy/test-command.ts';
import { auditCommand } from './record/audit.ts';
import { reportCommand } from './record/report.ts';
import { caCommand } from './setup/ca.ts';
import { initCommand } from './setup/init.ts';
import { userCommand } from './setup/user.ts';
import type { Terminal } from './terminal.ts';
import { demoCommand } from './trial/demo.ts';
import { execCommand } from './trial/exec.ts';
import { selftestCommand } from './trial/selftest.ts';
import { simulateCommand } from './trial/simulate.ts';
import { walkthroughCommand } from './trial/walkthrough.ts';
import { worldCommand } from './trial/world.ts';
import { versionCommand } from './version.ts';

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
  surroundings: { readonly terminal: Terminal; readonly loadActs: Cli['loadActs'] },
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
