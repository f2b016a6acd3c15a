// The results of policy tests as build servers read them: with a real XML parser, attribute by attribute.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { sayTo } from '../../../test/support/command-line.ts';
import { runToEnd } from '../../../test/support/processes.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { requireTool } from '../../../test/support/tools.ts';

const POLICY = `version: 1
restrict: { enterprises: ["12345"] }
allow: [ { preset: github } ]
block: [ { preset: codespaces } ]
otherwise: block
`;
const GOOD = '- { name: stamped, when: "https://github.com/x", then: { restricted: true } }\n';
const HARD = `- name: 'a < b & "c" > d \\u0007 ü 漢 🙂'
  when: https://github.dev/
  then: { verdict: forward, rule: none }
- { name: blocked, when: "https://github.dev/", then: { verdict: block } }
`;
const NOW = Date.parse('2026-11-21T12:00:00.999Z');

interface Element {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  readonly children: readonly Element[];
}

const DUMP = `
import json, sys, xml.etree.ElementTree as tree
def dump(e): return {"tag": e.tag, "attributes": e.attrib, "text": e.text or "", "children": [dump(c) for c in e]}
print(json.dumps(dump(tree.parse(sys.argv[1]).getroot())))
`;

/** Runs `gatewright test`, and gives its status and what a parser makes of its XML; null where there is no parser. */
async function reported(t: TestContext, files: Readonly<Record<string, string>>, tests: readonly string[]) {
  const python = requireTool(t, 'python3');
  if (python === null) return null;
  const cwd = await tempDir(t);
  mkdirSync(join(cwd, 'tests'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  const args = ['test', 'policy.yaml', ...tests, '--junit', 'out.xml'];
  const said = await sayTo(args, { cwd, nowMs: NOW });
  const dumped = await runToEnd(t, [python, '-c', DUMP, join(cwd, 'out.xml')]);
  assert.equal(dumped.status, 0, dumped.stderr);
  const root: Element = JSON.parse(dumped.stdout);
  return { status: said.status, root, cwd };
}

/** Seconds with three decimals, as the strictest schema has it, are taken out; the rest must be exact. */
function withoutTime({ attributes }: Element): Readonly<Record<string, string>> {
  const { time = '', ...rest } = attributes;
  assert.match(time, /^\d+\.\d{3}$/);
  return rest;
}

test('test --junit writes a suite per file with what Jenkins and GitLab want of each case', async (t) => {
  const files = { 'policy.yaml': POLICY, 'policy.test.yaml': GOOD, 'tests/web.v2.test.yaml': HARD };
  const found = await reported(t, files, ['policy.test.yaml', 'tests/web.v2.test.yaml']);
  if (found === null) return;
  const { status, root } = found;
  assert.equal(status, 4);
  assert.equal(root.tag, 'testsuites');
  assert.deepEqual(withoutTime(root), { name: 'policy.yaml', tests: '3', failures: '1', errors: '0' });
  assert.deepEqual(root.children.map(withoutTime), [
    {
      ...{ name: 'policy.test.yaml', file: 'policy.test.yaml', tests: '1', failures: '0', errors: '0' },
      ...{ skipped: '0', timestamp: '2026-11-21T12:00:00' },
    },
    {
      ...{
        name: 'tests/web.v2.test.yaml',
        file: 'tests/web.v2.test.yaml',
        tests: '2',
        failures: '1',
        errors: '0',
      },
      ...{ skipped: '0', timestamp: '2026-11-21T12:00:00' },
    },
  ]);
  const [good, hard] = root.children;
  assert.deepEqual(good?.children.map(withoutTime), [
    { name: 'stamped', classname: 'policy', file: 'policy.test.yaml', line: '1' },
  ]);
  const where = { classname: 'tests.web-v2', file: 'tests/web.v2.test.yaml' };
  assert.deepEqual(hard?.children.map(withoutTime), [
    { name: `a < b & "c" > d ${'\\u0007'} ü 漢 🙂`, ...where, line: '1' },
    { name: 'blocked', ...where, line: '4' },
  ]);
  assert.deepEqual(
    hard?.children.map(({ children }) => children.length),
    [1, 0],
  );
  const failure = hard?.children[0]?.children[0];
  assert.equal(failure?.tag, 'failure');
  assert.deepEqual(failure?.attributes, {
    type: 'difference',
    message: 'verdict: expected "forward", got "block"; rule: expected "none", got "codespaces"',
  });
  assert.match(failure?.text ?? '', /^verdict: .*\nrule: .*\n.*github\.dev/);
});

test('test --junit leaves no older result where a file is wrong or missing: it is an error', async (t) => {
  const wrong = await reported(
    t,
    { 'policy.yaml': `${POLICY}nope: 1\n`, 'policy.test.yaml': '- { nam: x }\n', 'out.xml': '<old/>' },
    ['policy.test.yaml', 'gone.test.yaml'],
  );
  if (wrong === null) return;
  assert.equal(wrong.status, 1);
  const [suite] = wrong.root.children;
  assert.deepEqual(withoutTime(wrong.root), { name: 'policy.yaml', tests: '1', failures: '0', errors: '1' });
  assert.equal(suite?.attributes['errors'], '1');
  const [only] = suite?.children ?? [];
  assert.equal(only?.attributes['classname'], 'policy');
  const error = only?.children[0];
  assert.deepEqual([error?.tag, error?.attributes['type']], ['error', 'invalid']);
  for (const place of ['policy.yaml:6:1', 'policy.test.yaml:1:', '"gone.test.yaml"'])
    assert.ok(error?.text.includes(place), JSON.stringify(error));
});

test('test --junit puts control characters, which XML cannot carry, as blanks', async (t) => {
  const files = {
    'policy.yaml': POLICY,
    'a.yaml': '- { name: "a\\u0007\\u001bb\\ud800", when: "https://github.com/x", then: {} }\n',
  };
  const found = await reported(t, files, ['a.yaml']);
  if (found === null) return;
  const xml = readFileSync(join(found.cwd, 'out.xml'), 'utf8');
  assert.match(xml, /name="a {2}b /);
  assert.match(found.root.children[0]?.children[0]?.attributes['name'] ?? '', /^a {2}b /);
});

test('test --json says nothing of a run that --watch would repeat', async () => {
  const said = await sayTo(['test', 'p.yaml', 't.yaml', '--json', '--watch']);
  assert.equal(said.status, 1);
  assert.match(said.stderr, /--json.*--watch/);
});
