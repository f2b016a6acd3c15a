// One run of policy tests: the files read, the policy asked, each answer timed.
// Must not know how results are shown.
import type { Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import {
  type PolicyTest,
  type PolicyTestResult,
  parsePolicyTests,
  runPolicyTests,
} from '../../core/policy/compare/policy-test.ts';
import type { Policy } from '../../core/policy/compile/policy.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { NamedText } from '../files.ts';

export interface TimedResult extends PolicyTestResult {
  readonly ms: number;
}

/** The tests of one file. */
export interface TestSuite {
  readonly file: string;
  readonly results: readonly TimedResult[];
}

/** `suites` is empty when there are troubles: nothing is asked of half a policy, or by half of the tests. */
export interface TestRun {
  readonly policyFile: string;
  /** Milliseconds since 1970 UTC. */
  readonly atMs: number;
  readonly suites: readonly TestSuite[];
  readonly troubles: readonly Trouble[];
}

export interface TestSources {
  readonly policyFile: string;
  readonly testFiles: readonly string[];
  /** Milliseconds since 1970 UTC. */
  readonly atMs: number;
  readPolicy(file: string): Result<Policy, Trouble>;
  readTests(file: string): Result<NamedText, Trouble>;
}

/** Reads every file, whichever of them is wrong, and runs the tests when none is. */
export function runTests(sources: TestSources): TestRun {
  const { policyFile, atMs } = sources;
  const troubles: Trouble[] = [];
  const policy = sources.readPolicy(policyFile);
  if (!policy.ok) troubles.push(policy.error);
  const read = sources.testFiles.map((file) => ({ file, tests: readTests(sources, file, troubles) }));
  const suites =
    policy.ok && troubles.length === 0
      ? read.map(({ file, tests }) => ({
          file,
          results: tests.flatMap((test) => timed(policy.value, test, atMs)),
        }))
      : [];
  return { policyFile, atMs, suites, troubles };
}

export function statusOf({ suites, troubles }: TestRun): ExitStatus {
  if (troubles.some(({ kind }) => kind === 'failed')) return EXIT.failure;
  if (troubles.length > 0) return EXIT.invalid;
  return suites.some(({ results }) => failedOf(results) > 0) ? EXIT.differences : EXIT.fine;
}

/** How many of them differ. */
export function failedOf(results: readonly TimedResult[]): number {
  return results.filter(({ differences }) => differences.length > 0).length;
}

/** Milliseconds that they took together. */
export function msOf(results: readonly TimedResult[]): number {
  return results.reduce((sum, { ms }) => sum + ms, 0);
}

function readTests(sources: TestSources, file: string, troubles: Trouble[]): readonly PolicyTest[] {
  const source = sources.readTests(file);
  if (!source.ok) {
    troubles.push(source.error);
    return [];
  }
  const parsed = parsePolicyTests(source.value);
  if (parsed.ok) return parsed.value;
  troubles.push({ kind: 'invalid', faults: parsed.error });
  return [];
}

function timed(policy: Policy, test: PolicyTest, nowMs: number): TimedResult[] {
  const beganMs = performance.now();
  const results = runPolicyTests(policy, [test], { nowMs });
  const ms = performance.now() - beganMs;
  return results.map((result) => ({ ...result, ms }));
}
