// `gatewright test`: an administrator's own expectations of a policy, run by the code that enforces it.
// Must not know how a policy decides.
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { err, ok, type Result } from '../core/base/result.ts';
import {
  type PolicyTest,
  type PolicyTestResult,
  parsePolicyTests,
  runPolicyTests,
} from '../core/policy/policy-test.ts';
import { differenceText, junitOf } from './_junit.ts';
import { type Cli, endInTrouble, examples, paint, say, sayJson } from './cli.ts';
import { EXIT } from './exit-status.ts';
import { readText, whyNot } from './files.ts';
import { readPolicy } from './policy-file.ts';
import type { Trouble } from './shell.ts';

interface TestOptions {
  readonly junit?: string;
  readonly json?: true;
  readonly timeZone: string;
}

export function testCommand(cli: Cli): Command {
  return new Command('test')
    .description('run policy tests: does the policy say what it should?')
    .argument('<policy>')
    .argument('<tests...>', 'files of policy tests (gatewright schema tests)')
    .option('--junit <file>', 'also write the results as JUnit XML')
    .option('--time-zone <name>', 'where the days of the policy end', 'UTC')
    .option('--json', 'for a program')
    .addHelpText(
      'after',
      examples(
        ['gatewright test policy.yaml policy.test.yaml', 'one line per test; 4 when one differs'],
        ['gatewright test policy.yaml tests/*.yaml --junit results.xml', 'in a build'],
      ),
    )
    .action(async (policyFile: string, testFiles: readonly string[], options: TestOptions) => {
      const policy = await readPolicy(cli, policyFile, options.timeZone);
      if (!policy.ok) return endInTrouble(cli, policy.error);
      const tests = readTests(cli, testFiles);
      if (!tests.ok) return endInTrouble(cli, tests.error);
      const results = runPolicyTests(policy.value, tests.value, { nowMs: cli.terminal.nowMs() });
      const written = writeJunit(cli, options.junit, results);
      if (!written.ok) return endInTrouble(cli, written.error);
      if (options.json === true) sayJson(cli, results.map(forProgram));
      else tell(cli, results);
      cli.end(results.some(({ differences }) => differences.length > 0) ? EXIT.differences : EXIT.fine);
    });
}

function readTests(cli: Cli, files: readonly string[]): Result<readonly PolicyTest[], Trouble> {
  const tests: PolicyTest[] = [];
  for (const file of files) {
    const source = readText(cli, file, 'the policy tests');
    if (!source.ok) return source;
    const parsed = parsePolicyTests(source.value);
    if (!parsed.ok) return err({ kind: 'invalid', faults: parsed.error });
    tests.push(...parsed.value);
  }
  return ok(tests);
}

function writeJunit(
  cli: Cli,
  file: string | undefined,
  results: readonly PolicyTestResult[],
): Result<null, Trouble> {
  if (file === undefined) return ok(null);
  try {
    writeFileSync(resolve(cli.terminal.cwd, file), junitOf(results));
    return ok(null);
  } catch (error) {
    return err({ kind: 'failed', message: `Cannot write ${JSON.stringify(file)}: ${whyNot(error)}` });
  }
}

function tell(cli: Cli, results: readonly PolicyTestResult[]): void {
  for (const { test, differences, answer } of results) {
    if (differences.length === 0) {
      say(cli, `${paint(cli, 'green', 'pass')}  ${test.name}`);
      continue;
    }
    const { file, line, column } = test.place;
    say(cli, `${paint(cli, 'red', 'FAIL')}  ${test.name} (${file}:${line}:${column})`);
    for (const difference of differences) say(cli, `      ${differenceText(difference)}`);
    say(cli, `      ${answer.text}`);
  }
  const failed = results.filter(({ differences }) => differences.length > 0).length;
  say(cli, `${results.length} tests, ${results.length - failed} passed, ${failed} failed`);
}

function forProgram({ test, differences, answer }: PolicyTestResult): Readonly<Record<string, unknown>> {
  return { name: test.name, ...test.place, passed: differences.length === 0, differences, answer };
}
