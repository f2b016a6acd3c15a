// Every line of GitHub's two pages on firewalls and Copilot: its preset lets in what the line says, no level up, nothing beside.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { faultText } from '../../src/core/base/document.ts';
import { compilePolicy } from '../../src/core/policy/compile/compile.ts';
import type { Policy } from '../../src/core/policy/compile/policy.ts';
import { decideAsked } from '../../src/core/policy/decide/explain.ts';
import { parseQuestion } from '../../src/core/policy/decide/question.ts';
import { parsePolicy } from '../../src/core/policy/language/parse.ts';
import { parsePattern } from '../../src/core/policy/language/pattern.ts';
import { presetNamed, presetNames } from '../../src/core/vendors/github/presets.ts';
import { BARE_POLICY, PAGES, policyFor } from './copilot-pages.ts';

function compiled(text: string): Policy {
  const parsed = parsePolicy({ text, file: 'policy.yaml' }, { timeZone: 'UTC' });
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.map(faultText).join('\n'));
  return compilePolicy(parsed.value, { revision: 'r1' });
}

function verdictOn(policy: Policy, url: string): string {
  const question = parseQuestion(url);
  assert.ok(question.ok);
  const client = { user: 'dave', groups: [], from: null, device: null, listener: null };
  const asked = { question: question.value, client, method: 'GET', websocket: false, nowMs: 0 };
  return decideAsked(policy, asked).kind;
}

for (const { title, lines } of PAGES) {
  describe(`a line of "${title}" is let in, and nothing above or beside it:`, () => {
    for (const line of lines) {
      test(line.line, () => {
        const policy = compiled(policyFor(line));
        assert.notEqual(verdictOn(policy, line.reach), 'block', line.reach);
        assert.equal(verdictOn(policy, line.above), 'block', line.above);
        assert.equal(verdictOn(policy, line.beside), 'block', line.beside);
        assert.equal(verdictOn(compiled(BARE_POLICY), line.reach), 'block', 'without the preset');
      });
    }
  });
}

test('the two pages have 7 and 12 lines', () =>
  assert.deepEqual(
    PAGES.slice(0, 2).map(({ lines }) => lines.length),
    [7, 12],
  ));

describe('every row of a preset is a pattern as it is shown:', () => {
  for (const name of presetNames()) {
    test(name, () => {
      const preset = presetNamed(name);
      assert.ok(preset.ok);
      for (const { pattern } of preset.value.rows) assert.ok(parsePattern(pattern, 443).ok, pattern);
      const patterns = preset.value.rows.map(({ pattern }) => pattern);
      assert.deepEqual(patterns, [...new Set(patterns)], 'no row stands twice');
    });
  }
});

test('of vscode.dev nothing but /redirect is let in by any preset', () => {
  for (const name of presetNames().filter((each) => presetOf(each) === 'allow')) {
    const policy = compiled(`version: 1\nallow: [{ preset: "${name}" }]\notherwise: block\n`);
    for (const url of [
      'https://vscode.dev/',
      'https://vscode.dev/github/octo-org/app',
      'https://github.dev/',
    ])
      assert.equal(verdictOn(policy, url), 'block', `${name}: ${url}`);
  }
  const policy = compiled('version: 1\nallow: [{ preset: vscode }]\notherwise: block\n');
  assert.equal(verdictOn(policy, 'https://vscode.dev/redirect?code=1'), 'forward');
});

function presetOf(name: string): string {
  const preset = presetNamed(name);
  return preset.ok ? preset.value.use : 'none';
}
