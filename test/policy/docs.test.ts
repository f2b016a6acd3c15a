// The YAML in docs/policy.md is read as policies and tests, and its table of presets has every one.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { faultText } from '../../src/core/base/document.ts';
import { err, ok } from '../../src/core/base/result.ts';
import { parsePolicyTests } from '../../src/core/policy/compare/policy-test.ts';
import { parsePolicy } from '../../src/core/policy/language/parse.ts';
import type { ReadInclude } from '../../src/core/policy/language/policy-files.ts';
import { presetNames } from '../../src/core/vendors/github/presets.ts';

const PAGE = readFileSync(new URL('../../docs/policy.md', import.meta.url), 'utf8');
const BLOCKS = [...PAGE.matchAll(/```yaml\n(.*?)```/gs)].map((match) => match[1] ?? '');

/** An included file is read as what includes it would: with the keys that stand elsewhere. */
function wholeOf(text: string): string {
  return /^otherwise:/m.test(text) ? text : `${text}otherwise: block\n`;
}

/** Included files stand on the page too, each under its name. */
const readInclude: ReadInclude = (path) => {
  const text = BLOCKS.find((block) => block.startsWith(`# ${path}\n`));
  return text === undefined
    ? err({ problem: 'the page has no such file', mend: 'show it' })
    : ok({ file: path, text, id: path });
};

describe('an example in docs/policy.md is read:', () => {
  for (const block of BLOCKS) {
    const [first = ''] = block.split('\n');
    test(`${first} ${block.length}`, () => {
      // Recipes show one section; the required keys are elsewhere on the page.
      const text = /^version:/m.test(block) ? block : `version: 1\notherwise: block\n${block}`;
      const isTests = /^- name:/m.test(block);
      const read = isTests
        ? parsePolicyTests({ text: block, file: 'docs/policy.md' })
        : parsePolicy({ text: wholeOf(text), file: 'docs/policy.md' }, { timeZone: 'UTC', readInclude });
      assert.ok(read.ok, read.ok ? '' : read.error.map(faultText).join('\n'));
    });
  }
});

test('docs/policy.md has a row for every preset', () => {
  const section = /^## Presets\n(.*?)^## /ms.exec(PAGE)?.[1] ?? '';
  const rows = [...section.matchAll(/^\| `([^`]+)` \| (?:allow|block) \|/gm)].map((match) => match[1]);
  assert.deepEqual(rows, presetNames());
});
