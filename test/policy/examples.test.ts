// The policies in examples/ load without a warning that is not explained in them, and pass their own tests.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { faultText } from '../../src/core/base/document.ts';
import { parsePolicyTests, runPolicyTests } from '../../src/core/policy/compare/policy-test.ts';
import { compilePolicy } from '../../src/core/policy/compile/compile.ts';
import { parsePolicy } from '../../src/core/policy/language/parse.ts';
import { warningsOf } from '../../src/core/policy/language/warnings.ts';
import { sayTo } from '../support/command-line.ts';

const FOLDER = fileURLToPath(new URL('../../examples/', import.meta.url));
const NOW = Date.parse('2026-11-21T12:00:00Z');
/** The policies say so themselves. */
const EXPLAINED = ['generic-copilot-blocked', 'group-without-members'];

const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.policy.yaml'));

describe('an example policy passes its own tests', () => {
  for (const file of FILES) {
    test(file, () => {
      const parsed = parsePolicy({ text: readFileSync(FOLDER + file, 'utf8'), file }, { timeZone: 'UTC' });
      assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.map(faultText).join('\n'));
      const unexplained = warningsOf(parsed.value, { nowMs: NOW }).filter(
        ({ code }) => !EXPLAINED.includes(code),
      );
      assert.deepEqual(unexplained, []);
      const testFile = file.replace('.policy.yaml', '.policy.test.yaml');
      const tests = parsePolicyTests({ text: readFileSync(FOLDER + testFile, 'utf8'), file: testFile });
      assert.ok(tests.ok, tests.ok ? '' : tests.error.map(faultText).join('\n'));
      assert.ok(tests.value.length > 0);
      const policy = compilePolicy(parsed.value, { revision: file });
      const failed = runPolicyTests(policy, tests.value, { nowMs: NOW }).filter(
        ({ differences }) => differences.length > 0,
      );
      assert.deepEqual(
        failed.map(({ test: one, differences }) => ({ name: one.name, differences })),
        [],
      );
    });
  }
});

describe('gatewright test says so too, and fails on the tests of another policy:', () => {
  for (const [at, file] of FILES.entries()) {
    test(file, async () => {
      const tests = FOLDER + file.replace('.policy.yaml', '.policy.test.yaml');
      const [own, other] = [FOLDER + file, FOLDER + (FILES[(at + 1) % FILES.length] ?? '')];
      assert.equal((await sayTo(['test', own, tests], { nowMs: NOW })).status, 0);
      assert.equal((await sayTo(['test', other, tests], { nowMs: NOW })).status, 4);
    });
  }
});
