// `gatewright test --watch` beside an editor: every file counts, faults do not end it, and Ctrl-C does.
import assert from 'node:assert/strict';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { GATEWRIGHT, start } from '../support/processes.ts';
import { tempDir } from '../support/temp-dir.ts';

const POLICY = `version: 1
include: rules.yaml
restrict: { enterprises: ["12345"] }
allow: [ { preset: github } ]
otherwise: block
`;
const RULES = 'version: 1\nblock: [ { name: no-x, to: github.com/x } ]\n';
const TESTS = '- { name: x is blocked, when: "https://github.com/x", then: { rule: no-x } }\n';

async function watching(t: TestContext, files: Readonly<Record<string, string>> = {}) {
  const cwd = await tempDir(t);
  const all = { 'policy.yaml': POLICY, 'rules.yaml': RULES, 'policy.test.yaml': TESTS, ...files };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(cwd, name), text);
  const args = ['test', 'policy.yaml', 'policy.test.yaml', '--watch', '--junit', 'out.xml'];
  const program = start(t, [process.execPath, GATEWRIGHT, ...args], { cwd });
  let runs = 0;
  let read = 0;
  /** What the next run says on standard output, once it waits again. */
  const next = async (): Promise<string> => {
    runs += 1;
    const output = await program.until(new RegExp(`(?:Waiting for changes[^]*){${runs}}`));
    const since = output.slice(read);
    read = output.length;
    return since;
  };
  const seen = new Map<string, number>();
  /** Resolves when the next run ended with this fault, which runs before may have had too. */
  const nextFault = async (fault: RegExp): Promise<void> => {
    await next();
    const times = (seen.get(fault.source) ?? 0) + 1;
    seen.set(fault.source, times);
    await program.untilError(new RegExp(`(?:${fault.source}[^]*){${times}}`, 'm'));
  };
  /** As editors do: a new file takes the place of the old one. */
  const save = (name: string, text: string): void => {
    writeFileSync(join(cwd, `.${name}.swp`), text);
    renameSync(join(cwd, `.${name}.swp`), join(cwd, name));
  };
  const junit = (): string => readFileSync(join(cwd, 'out.xml'), 'utf8');
  const interrupt = async (): Promise<number | null> => {
    program.child.kill('SIGINT');
    return (await program.ended).status;
  };
  return { cwd, next, nextFault, save, junit, interrupt };
}

test('test --watch runs again when the policy, what it includes, or a test changes, and ends as the last run did', async (t) => {
  const { next, save, junit, interrupt } = await watching(t);
  assert.match(
    await next(),
    /^pass {2}x is blocked\n1 test, 1 passed, 0 failed in \d+ ms\n\d\d:\d\d:\d\d {2}Waiting/m,
  );
  assert.match(junit(), /failures="0"/);
  save('rules.yaml', RULES.replace('/x', '/y'));
  assert.match(await next(), /^FAIL {2}x is blocked \(policy\.test\.yaml:1:\d+\)$/m);
  assert.match(junit(), /failures="1"/);
  save('policy.yaml', `${POLICY}block: [ { name: no-x-here, to: github.com/x } ]\n`);
  assert.match(await next(), /rule: expected "no-x", got "no-x-here"/);
  save('policy.test.yaml', TESTS.replace('rule: no-x', 'rule: no-x-here'));
  assert.match(await next(), /1 passed, 0 failed/);
  save('policy.test.yaml', TESTS);
  assert.match(await next(), /0 passed, 1 failed/);
  assert.equal(await interrupt(), 4);
});

test('test --watch shows faults and goes on, through files that go, come and are included anew', async (t) => {
  const { cwd, next, nextFault, save, junit, interrupt } = await watching(t, {
    'policy.yaml': `${POLICY}nope: 1\n`,
  });
  await nextFault(/^policy\.yaml:6:1: "nope"/);
  assert.match(junit(), /errors="1"/);
  save('policy.test.yaml', `${TESTS}- {}\n`);
  await nextFault(/^policy\.test\.yaml:2:\d+: /);
  save('policy.test.yaml', TESTS);
  await next();
  save('policy.yaml', POLICY.replace('rules.yaml', '[rules.yaml, later.yaml]'));
  await nextFault(/^policy\.yaml:2:23: "later\.yaml"/);
  save('later.yaml', 'version: 1\ninspect: [a.example.org]\n');
  assert.match(await next(), /1 passed, 0 failed/);
  assert.match(junit(), /errors="0"/);
  rmSync(join(cwd, 'policy.test.yaml'));
  await nextFault(/"policy\.test\.yaml": there is no such file/);
  assert.equal(await interrupt(), 1);
});

test('test --watch ends with 3 while a file is wrong', async (t) => {
  const { nextFault, interrupt } = await watching(t, { 'rules.yaml': 'version: 2\n' });
  await nextFault(/^rules\.yaml:1:10: "2"/);
  assert.equal(await interrupt(), 3);
});
