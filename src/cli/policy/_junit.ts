// Results of policy tests as JUnit XML, as Jenkins and GitLab read it: one suite per file of tests.
// Must not know files or terminals.
import type { Difference } from '../../core/policy/compare/policy-test.ts';
import { faultLine } from '../cli.ts';
import { failedOf, msOf, type TestRun, type TestSuite, type TimedResult } from './_policy-tests.ts';

/** A run in which something could not be read is one error, so that a build server never sees older results. */
export function junitOf(run: TestRun): string {
  const suites =
    run.troubles.length > 0 ? [troubleSuite(run)] : run.suites.map((suite) => suiteOf(suite, run));
  const all = run.suites.flatMap(({ results }) => results);
  const errors = run.troubles.length > 0 ? 1 : 0;
  const counts = countsOf({ tests: all.length + errors, failures: failedOf(all), errors, ms: msOf(all) });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${xmlText(run.policyFile)}" ${counts}>`,
    ...suites.flat(),
    '</testsuites>',
    '',
  ].join('\n');
}

/** One difference in a line, for people. */
export function differenceText({ field, expected, actual }: Difference): string {
  return `${field}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`;
}

function suiteOf({ file, results }: TestSuite, run: TestRun): string[] {
  const counts = countsOf({
    tests: results.length,
    failures: failedOf(results),
    errors: 0,
    ms: msOf(results),
  });
  return [
    `<testsuite name="${xmlText(file)}" ${counts} skipped="0" timestamp="${timestampOf(run)}" file="${xmlText(file)}">`,
    ...results.map(caseOf),
    '</testsuite>',
  ];
}

function caseOf({ test, differences, answer, ms }: TimedResult): string {
  const { file, line } = test.place;
  const open = `<testcase name="${xmlText(test.name)}" classname="${xmlText(classOf(file))}" time="${seconds(ms)}" file="${xmlText(file)}" line="${line}"`;
  if (differences.length === 0) return `${open}/>`;
  const told = [...differences.map(differenceText), answer.text].join('\n');
  const message = differences.map(differenceText).join('; ');
  return `${open}><failure type="difference" message="${xmlText(message)}">${xmlText(told)}</failure></testcase>`;
}

function troubleSuite(run: TestRun): string[] {
  const file = xmlText(run.policyFile);
  const lines = run.troubles.flatMap((trouble) =>
    trouble.kind === 'failed' ? [trouble.message] : trouble.faults.map((fault) => faultLine(fault)),
  );
  const counts = countsOf({ tests: 1, failures: 0, errors: 1, ms: 0 });
  return [
    `<testsuite name="${file}" ${counts} skipped="0" timestamp="${timestampOf(run)}" file="${file}">`,
    `<testcase name="the policy and its tests are valid" classname="${xmlText(classOf(run.policyFile))}" time="0.000" file="${file}">`,
    `<error type="invalid" message="${xmlText(lines[0] ?? '')}">${xmlText(lines.join('\n'))}</error></testcase>`,
    '</testsuite>',
  ];
}

function countsOf(of: {
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
  readonly ms: number;
}): string {
  return `tests="${of.tests}" failures="${of.failures}" errors="${of.errors}" time="${seconds(of.ms)}"`;
}

// The schema of Jenkins' xUnit plugin takes three decimals at most.
function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

/** Without a zone, as the schemas want it: UTC. */
function timestampOf({ atMs }: TestRun): string {
  return new Date(atMs).toISOString().slice(0, 19);
}

/** Jenkins makes a package of what stands before the last dot: a file's folders become one. */
function classOf(file: string): string {
  return file
    .replace(/(\.test)?\.ya?ml$/, '')
    .split('/')
    .filter((part) => part !== '' && part !== '.' && part !== '..')
    .map((part) => part.replaceAll('.', '-'))
    .join('.');
}

// XML 1.0 has no way to write most control characters; a space stands for them.
function xmlText(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, ' ')
    .replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
