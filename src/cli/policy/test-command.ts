// `gatewright test`: an administrator's own expectations of a policy, run by the code that enforces it, once or on every
// change. Must not know how a policy decides.
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { Acts } from '../../acts.ts';
import type { ReadFile } from '../../core/base/file-content.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import { type Cli, endInTrouble, examples, paint, say, sayJson, sayTrouble } from '../cli.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import { type NamedText, readText, whyNot, whyNotCode } from '../files.ts';
import { policyReader } from '../policy-file.ts';
import { counted, printable } from '../printed.ts';
import { readSettings } from '../settings-file.ts';
import { differenceText, junitOf } from './_junit.ts';
import { failedOf, msOf, runTests, statusOf, type TestRun, type TimedResult } from './_policy-tests.ts';

interface TestOptions {
  readonly junit?: string;
  readonly json?: true;
  readonly watch?: true;
  readonly timeZone?: string;
  readonly config?: string;
}

/** What was asked for on the command line. */
interface TestWish extends TestOptions {
  readonly timeZone: string;
  readonly policyFile: string;
  readonly testFiles: readonly string[];
}

export function testCommand(cli: Cli): Command {
  return new Command('test')
    .description('run policy tests: does the policy say what it should?')
    .argument(
      '<files...>',
      'a policy, and files of policy tests (gatewright schema tests); with --config, the tests alone',
    )
    .option('--config <file>', 'settings, whose policy and time zone are tested')
    .option('--watch', 'again on every change of the policy, its includes or the tests, until Ctrl-C')
    .option('--junit <file>', 'also write the results as JUnit XML')
    .option('--time-zone <name>', "where the days of the policy end (the settings', or UTC)")
    .addOption(new Option('--json', 'for a program').conflicts('watch'))
    .addHelpText(
      'after',
      examples(
        ['gatewright test policy.yaml policy.test.yaml', 'one line per test; 4 when one differs'],
        ['gatewright test policy.yaml policy.test.yaml --watch', 'while you write'],
        [
          'gatewright test --config gatewright.yaml policy.test.yaml',
          'the policy and time zone of the settings',
        ],
        ['gatewright test policy.yaml tests/*.yaml --junit results.xml', 'in a build'],
      ),
    )
    .action(async (files: readonly string[], options: TestOptions) => {
      const asked = await wishOf(cli, files, options);
      if (!asked.ok) return endInTrouble(cli, asked.error);
      const wish = asked.value;
      const acts = await cli.loadActs();
      if (options.watch === true) return watchTests(cli, acts, wish);
      cli.end(show(cli, wish, run(cli, acts, { wish, read: null })));
    });
}

async function wishOf(
  cli: Cli,
  files: readonly string[],
  options: TestOptions,
): Promise<Result<TestWish, Trouble>> {
  const settings = options.config === undefined ? null : await readSettings(cli, options.config);
  if (settings !== null && !settings.ok) return settings;
  const [policyFile = '', ...testFiles] = settings === null ? files : [settings.value.policy, ...files];
  if (testFiles.length === 0) return err({ kind: 'failed', message: NO_TESTS });
  const timeZone = options.timeZone ?? settings?.value.timeZone ?? 'UTC';
  return ok({ ...options, policyFile, testFiles, timeZone });
}

const NO_TESTS =
  'Cannot test a policy without tests: write gatewright test POLICY TESTS, or gatewright test --config SETTINGS TESTS.';

async function watchTests(cli: Cli, acts: Acts, wish: TestWish): Promise<void> {
  const stopped = cli.terminal.untilStopped();
  // What is watched holds no process awake.
  const awake = setInterval(() => undefined, AWAKE_MS);
  let status: ExitStatus = EXIT.failure;
  const again = async (): Promise<void> => {
    const settled = await watch.settled((read) => run(cli, acts, { wish, read }));
    if (settled.kind === 'unsettled') return;
    const one = settled.result;
    if (cli.terminal.wipes) cli.terminal.out(WIPE);
    else say(cli);
    status = show(cli, wish, one);
    const time = new Date(one.atMs).toTimeString().slice(0, 8);
    say(cli, paint(cli, 'dim', `${time}  Waiting for changes; Ctrl-C ends.`));
  };
  const watch = acts.watchFiles(() => void again());
  await again();
  await stopped;
  clearInterval(awake);
  watch.close();
  cli.end(status);
}

const AWAKE_MS = 2 ** 30;
// The screen, what was scrolled away, and the cursor to the first corner.
const WIPE = '\u001b[2J\u001b[3J\u001b[H';

function run(
  cli: Cli,
  acts: Acts,
  { wish, read }: { readonly wish: TestWish; readonly read: ReadFile | null },
): TestRun {
  const { policyFile, testFiles, timeZone } = wish;
  const readPolicy = policyReader(cli, acts);
  return runTests({
    policyFile,
    testFiles,
    atMs: cli.terminal.nowMs(),
    readPolicy: (file) => readPolicy(file, { timeZone, ...(read === null ? {} : { read }) }),
    readTests: (file) => (read === null ? readText(cli, file, TESTS) : readWatched(cli, file, read)),
  });
}

const TESTS = 'the policy tests';

function readWatched(cli: Cli, file: string, read: ReadFile): Result<NamedText, Trouble> {
  const content = read(resolve(cli.terminal.cwd, file));
  if (content.kind === 'text') return ok({ file, text: content.text });
  const message = `Cannot read ${TESTS} ${JSON.stringify(file)}: ${whyNotCode(content.code)}`;
  return err({ kind: 'failed', message });
}

/** Writes and says the results; returns the status that they mean. */
function show(cli: Cli, wish: TestWish, one: TestRun): ExitStatus {
  const written = writeJunit(cli, wish.junit, one);
  for (const trouble of one.troubles) sayTrouble(cli, trouble);
  if (one.troubles.length === 0) {
    const results = one.suites.flatMap((suite) => suite.results);
    if (wish.json === true) sayJson(cli, results.map(forProgram));
    else tell(cli, results);
  }
  if (written.ok) return statusOf(one);
  sayTrouble(cli, written.error);
  return EXIT.failure;
}

function writeJunit(cli: Cli, file: string | undefined, one: TestRun): Result<null, Trouble> {
  if (file === undefined) return ok(null);
  try {
    writeFileSync(resolve(cli.terminal.cwd, file), junitOf(one));
    return ok(null);
  } catch (error) {
    return err({ kind: 'failed', message: `Cannot write ${JSON.stringify(file)}: ${whyNot(error)}` });
  }
}

function tell(cli: Cli, results: readonly TimedResult[]): void {
  for (const { test, differences, answer } of results) {
    if (differences.length === 0) {
      say(cli, `${paint(cli, 'green', 'pass')}  ${printable(test.name)}`);
      continue;
    }
    const { file, line, column } = test.place;
    say(cli, `${paint(cli, 'red', 'FAIL')}  ${printable(test.name)} (${file}:${line}:${column})`);
    for (const difference of differences) say(cli, `      ${printable(differenceText(difference))}`);
    say(cli, `      ${printable(answer.text)}`);
  }
  const failed = failedOf(results);
  const ms = Math.ceil(msOf(results));
  say(
    cli,
    `${counted(results.length, 'test')}, ${results.length - failed} passed, ${failed} failed in ${ms} ms`,
  );
}

function forProgram({ test, differences, answer, ms }: TimedResult): Readonly<Record<string, unknown>> {
  return { name: test.name, ...test.place, passed: differences.length === 0, ms, differences, answer };
}
