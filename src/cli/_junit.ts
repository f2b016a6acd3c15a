// Results of policy tests as JUnit XML, which build servers read.
// Must not know files or terminals.
import type { Difference, PolicyTestResult } from '../core/policy/policy-test.ts';

/** One suite with one case per policy test. */
export function junitOf(results: readonly PolicyTestResult[]): string {
  const failed = results.filter(({ differences }) => differences.length > 0).length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites><testsuite name="policy" tests="${results.length}" failures="${failed}" errors="0" skipped="0">`,
    ...results.map(caseOf),
    '</testsuite></testsuites>',
    '',
  ].join('\n');
}

/** One difference in a line, for people. */
export function differenceText({ field, expected, actual }: Difference): string {
  return `${field}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`;
}

function caseOf({ test, differences, answer }: PolicyTestResult): string {
  const { name, place } = test;
  const open = `<testcase classname="${xmlText(place.file)}" name="${xmlText(name)}" file="${xmlText(place.file)}" line="${place.line}"`;
  if (differences.length === 0) return `${open}/>`;
  const told = [...differences.map(differenceText), answer.text].join('\n');
  const message = differences.map(differenceText).join('; ');
  return `${open}><failure message="${xmlText(message)}">${xmlText(told)}</failure></testcase>`;
}

// XML 1.0 has no way to write most control characters; a space stands for them.
function xmlText(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, ' ')
    .replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
